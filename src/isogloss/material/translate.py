"""A translation model as a supply: any encoder-decoder that has language tags."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.language.registry import find_language
from isogloss.language.sentence import parted, sentences
from isogloss.material.translation import Unfinished
from isogloss.models.family.backbone import backbone

if TYPE_CHECKING:
    from isogloss.models.model import Model

log = logging.getLogger("isogloss")

FIT = Fit(max_source=256)
"""A longer sentence is translated in parts."""
GENERATE = Generate(beams=4, max_tokens=512)

Translate = Callable[[Sequence[str], str, str], list[str]]


def translator(name: str) -> Translate:
    """Give a function (texts, source, target) -> translations; loads nothing yet.

    Texts are translated sentence by sentence, as such models are trained, and
    none is cut. A translation that found no end is ``Unfinished``, and warned of.
    """
    return partial(_translate, name)


def revision(name: str) -> str:
    """Give a translator's revision; empty where the hub is out of reach, as it is then."""
    try:
        return backbone(name, away=True).revision
    except IsoglossError:
        return ""


def _translate(name: str, texts: Sequence[str], source: str, target: str) -> list[str]:
    from isogloss.models.decode.predict import predict

    model = _model(name)
    split = {text: _pieces(model, text, source) for text in dict.fromkeys(texts)}
    unique = dict.fromkeys(piece.strip() for pieces in split.values() for piece in pieces)
    examples = [
        Example(str(i), target, {"text": piece}, langs={"text": source})
        for i, piece in enumerate(filter(None, unique))
    ]
    answers = predict(model, examples, fit=FIT, generate=GENERATE, machine=Machine())
    found = {
        example.inputs["text"]: Unfinished(answer.value) if answer.flags else str(answer.value)
        for example, answer in zip(examples, answers, strict=True)
    }
    joiner = " " if find_language(target).spaced else ""
    whole = {text: _joined(pieces, found, joiner) for text, pieces in split.items()}
    lost = sum(isinstance(each, Unfinished) for each in whole.values())
    if lost:
        told = f"{lost} of {len(whole)} translations from '{source}' into '{target}'"
        log.warning("%s: %s are unfinished, at %d tokens", name, told, GENERATE.max_tokens)
    return [whole[text] for text in texts]


def _pieces(model: Model, text: str, lang: str) -> list[str]:
    """Split a text into sentences, and into parts those that the model can't read whole."""
    from isogloss.models.head.seq import Source
    from isogloss.models.head.text import tokens

    space = Source(model, FIT).space(1)

    def fits(piece: str) -> bool:
        return len(tokens(model.tokenizer, [piece.strip()])[0]) <= space

    return [part for sentence in sentences(text, lang) for part in parted(sentence, fits)]


def _joined(pieces: Sequence[str], found: dict[str, str], joiner: str) -> str:
    """Put translations together as the text was: line breaks stay."""
    whole, gap, lost = "", "", False
    for piece in pieces:
        core = piece.strip()
        if core:
            whole += (gap if "\n" in gap else joiner) * bool(whole) + found[core]
            lost |= isinstance(found[core], Unfinished)
            gap = ""
        gap += piece[len(piece.rstrip()) :]
    return Unfinished(whole) if lost else whole


@cache
def _model(name: str) -> Any:
    from isogloss.models.load import build

    task = Task("1", "generate", (), lambda lang, split, data: [], ("chrf",), name="translate")
    return build(name, task, fit=Fit(), seed=0, machine=Machine())
