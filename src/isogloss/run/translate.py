"""A translation model as a supply: any encoder-decoder that has language tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example

Translate = Callable[[Sequence[str], str, str], list[str]]


def translator(name: str) -> Translate:
    """Give a function (texts, source, target) -> translations; loads nothing yet."""
    return partial(_translate, name)


def _translate(name: str, texts: Sequence[str], source: str, target: str) -> list[str]:
    from isogloss.models.predict import predict

    unique = list(dict.fromkeys(texts))
    examples = [
        Example(str(i), target, {"text": text}, langs={"text": source})
        for i, text in enumerate(unique)
    ]
    answers = predict(
        _model(name), examples, fit=Fit(), generate=Generate(beams=4), machine=Machine()
    )
    found = {text: answer.value for text, answer in zip(unique, answers, strict=True)}
    return [found[text] for text in texts]


@cache
def _model(name: str) -> Any:
    from isogloss.models.load import build

    task = Task("1", "generate", (), lambda lang, split, data: [], ("chrf",), name="translate")
    return build(name, task, fit=Fit(), seed=0, machine=Machine())
