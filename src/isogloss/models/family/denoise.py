"""Make training pairs of plain text: corrupted text in, the text or what was lost out."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from typing import Any, Literal

import regex

from isogloss import plugin
from isogloss.core.method import Context
from isogloss.core.types import Example
from isogloss.language.registry import find_language
from isogloss.models.family.backbone import Backbone
from isogloss.models.head.text import MARK

Noise = Literal["spans", "masks", "drops", "continue"]
"""As the backbone was pretrained: T5's spans behind sentinels, BART's masks,
dropped words where there is no mask, and continuation for decoders."""

DENSITY = {"spans": 0.15, "masks": 0.35, "drops": 0.35}
"""Share of the words that are lost, as published for T5 and mBART."""
SPAN = {"spans": 3.0, "masks": 3.5, "drops": 1.0}
"""Mean length of a lost span, in words."""

MOST = 10
"""Spans that a text may lose: some backbones have no more sentinels."""


def noise_of(found: Backbone) -> Noise:
    """Choose the noise that a text-to-text backbone knows from its pre-training."""
    from isogloss.models.load import read_tokenizer

    if plugin.family(found.family).in_line:
        return "continue"
    return written_by(read_tokenizer(found))


def written_by(tokenizer: Any) -> Noise:
    """Choose the noise of an encoder-decoder by the marks that its tokenizer has."""
    if tokenizer.convert_tokens_to_ids("<extra_id_0>") not in (None, tokenizer.unk_token_id):
        return "spans"
    return "masks" if tokenizer.mask_token else "drops"


def seen(ctx: Context, steps: int, langs: int) -> int:
    """Count the texts of a language that so many updates see, of all languages in turn."""
    return -(-steps * ctx.run.fit.batch // langs)


def from_text(
    ctx: Context,
    langs: Iterable[str],
    noise: Noise,
    number: int,
    *,
    salt: str = "",
    again: bool = False,
) -> list[Example]:
    """Make training pairs of the text that a method may see.

    Args:
        ctx: gives the text.
        langs: languages of the text.
        noise: what is done to it.
        number: texts per language, at most.
        salt: tells one method's draws from another's.
        again: where there are fewer texts, take them again with other noise.
    """
    made = []
    for lang in langs:
        texts = ctx.text(lang, number)
        if again:
            texts = list(islice(cycle(texts), number))
        made += pairs(texts, lang, noise, ctx.rng(salt + lang))
    return made


def pairs(texts: Sequence[str], lang: str, noise: Noise, rng: random.Random) -> list[Example]:
    """Spoil each text and ask for what was lost, in the same language.

    Words are the units, and graphemes in languages that write no spaces.
    Texts of fewer than two units are left out, and those that hold a mark already.
    """
    made = []
    for index, text in enumerate(texts):
        units = _units(text, lang)
        if len(units) < 2 or MARK.search(text):
            continue
        corrupted, target = _corrupt(units, noise, rng)
        name = f"text-{lang}-{index}"
        made.append(Example(name, lang, {"raw": corrupted}, target, origin="mixed"))
    return made


def _units(text: str, lang: str) -> list[str]:
    spaced = find_language(lang).spaced
    unit = r"\S+\s*" if spaced else r"(?!\s)\X\s*"
    return [match[0] for match in regex.finditer(unit, text.strip())]


def _corrupt(units: list[str], noise: Noise, rng: random.Random) -> tuple[str, str]:
    text = "".join(units)
    if noise == "continue":
        cut = rng.randrange(1, len(units))
        return "".join(units[:cut]).strip(), "".join(units[cut:])
    kept, lost = [], []
    for index, (gone, part) in enumerate(stretches(len(units), noise, rng)):
        words = "".join(units[part])
        mark = {"spans": f" <extra_id_{index // 2}> ", "masks": " <mask> ", "drops": ""}[noise]
        kept.append(mark if gone else words)
        lost.append(words if gone else mark)
    corrupted = " ".join("".join(kept).split())
    return corrupted, " ".join("".join(lost).split()) if noise == "spans" else text


def stretches(units: int, noise: Noise, rng: random.Random) -> Iterator[tuple[bool, slice]]:
    """Split a text into kept and lost stretches in turn, beginning with a kept one."""
    count = max(1, round(DENSITY[noise] * units))
    spans = min(max(1, round(count / SPAN[noise])), MOST)
    starts = sorted(rng.sample(range(units), min(spans, units)))
    end = 0
    for start in starts:
        if start < end:
            continue
        length = min(max(1, round(count / spans)), units - 1)
        yield False, slice(end, start)
        end = min(start + length, units)
        yield True, slice(start, end)
    yield False, slice(end, units)
