"""Let the model reason before it answers, and vote over several reasonings."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import regex

from isogloss import plugin
from isogloss.core.claim import Claim
from isogloss.core.field import Count, Rate
from isogloss.core.method import Context, Method, Predict
from isogloss.core.types import Example, Prediction
from isogloss.mini.bench import VERBALISE

WRAPPING = "*_`\"'“”«» \t"
"""What models put around an answer."""


@dataclass(frozen=True)
class Think(Method):
    """Let the model reason before it answers, and vote over several reasonings.

    It is asked twice: for the reasoning, and with that for the answer, of which the
    first line counts, or the label or option that is named first. An answer that names
    none is malformed. Of several reasonings, which are sampled, the most frequent
    answer is taken; malformed ones have no vote.
    """

    tokens: Count = 128
    """Longest reasoning."""
    samples: Count = 1
    """Reasonings; a single one is written as the run's settings of generation say."""
    temperature: Rate = 0.7
    """Of several reasonings."""
    answer_tokens: Count = 16
    """Longest answer."""
    ask: str = "Let's think step by step."
    """What asks for the reasoning."""
    conclude: str = "Therefore, the answer is"
    """What asks for the answer."""

    kinds = ("generate", "classify", "choose")
    families = ("encoder_decoder", "decoder")
    cite = "Kojima et al. 2022, 2205.11916; Wang et al. 2023, 2203.11171"
    claim = "Reasoning before answering is better, and a vote over several better still"
    claims = (
        Claim(
            claim,
            "2205.11916",
            VERBALISE,
            {"not_tested": "the backbones of the built-in world are too small to reason"},
        ),
    )
    example = "think(tokens=4, answer_tokens=4)"

    def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
        """Ask twice."""

        def thought(examples: Sequence[Example], **options: Any) -> list[Prediction]:
            written = {**options, "head": "generate"}
            reasonings = self._reasonings(predict, examples, ctx, written)
            asked = [
                replace(example, reasoning=f"{self.ask} {each}\n{self.conclude}")
                for example, several in zip(examples, reasonings, strict=True)
                for each in several
            ]
            answers = predict(asked, **written, max_tokens=self.answer_tokens)
            read = [_read(*pair, ctx) for pair in zip(asked, answers, strict=True)]
            return [
                _voted(read[first : first + self.samples], ctx)
                for first in range(0, len(read), self.samples)
            ]

        return thought

    def _reasonings(
        self, predict: Predict, examples: Sequence[Example], ctx: Context, options: dict[str, Any]
    ) -> list[list[str]]:
        """Let the model write each example's reasonings."""
        asked = [replace(example, reasoning=self.ask) for example in examples]
        options = {**options, "max_tokens": self.tokens}
        if self.samples == 1:
            return [[str(each.value)] for each in predict(asked, **options)]
        options |= {"sample": True, "temperature": self.temperature}
        found = []
        # Each by itself: what is drawn for an example can't depend on the others.
        for example in asked:
            seed = ctx.rng(f"think {example.lang} {example.id}").getrandbits(31)
            drawn = predict([example] * self.samples, **options, seed=seed)
            found.append([str(each.value) for each in drawn])
        return found


def _read(example: Example, answer: Prediction, ctx: Context) -> Prediction:
    """Turn what was written into an answer to the task."""
    from isogloss.models.head import head_for

    model, kind, written = ctx.model, plugin.kind(ctx.task.kind), str(answer.value)
    flags = {*answer.flags}
    head: Any = head_for(kind.name, model.family.name)
    if options := head.options(model.task, example):
        place = named_first(written, options)
        value = None if place is None else place if kind.options else ctx.task.labels[place]
        flags -= {"limit"}
    else:
        value, rest = first_line(written)
        flags -= {"limit"} if rest else set()
    if value in (None, ""):
        return Prediction(answer.id, kind.nothing, flags=tuple(sorted(flags | {"malformed"})))
    return Prediction(answer.id, value, flags=tuple(sorted(flags)))


def _voted(answers: Sequence[Prediction], ctx: Context) -> Prediction:
    """Take the most frequent answer, the first of them at a tie."""
    valid = [each for each in answers if "malformed" not in each.flags]
    if not valid:
        return answers[0]
    (value, _), *_ = Counter(each.value for each in valid).most_common()
    flags = {flag for each in valid for flag in each.flags}
    return Prediction(answers[0].id, value, flags=tuple(sorted(flags)))


def first_line(written: str) -> tuple[str, bool]:
    """Give the first line that holds something, bare, and whether more follows it."""
    line, end, _ = written.strip().partition("\n")
    line = line.strip(WRAPPING)
    return (line if " " in line else line.rstrip(".")), bool(end)


def named_first(written: str, options: Sequence[str]) -> int | None:
    """Find the option that a text names first, as words if need be within others; or None.

    Case doesn't count. Of options that begin at one place it is the longest.
    """
    text = _plain(written)
    for border in (r"(?<!\w){}(?!\w)", "{}"):
        found = []
        for place, option in enumerate(options):
            match = regex.search(border.format(regex.escape(_plain(option))), text)
            if option and match:
                found.append((match.start(), -len(option), place))
        if found:
            return min(found)[2]
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
