"""Write the answers to questions on a paragraph (XQuAD), split by article.

The questions, articles and splits of ``xquad``, answered with text instead of a
span. Questions whose English answer has a digit are left out in all languages, as
published: a number looks the same in most languages, and tells nothing about the
language of the answer.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind.span import FIELDS
from isogloss.reader import xquad


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Read one split of one language."""
    numbers = {
        example.id
        for example in xquad.load("en", split, data)
        if any(letter.isdigit() for answer in example.target for letter in answer.text)
    }
    return [
        replace(example, target=example.target[0].text)
        for example in xquad.load(lang, split, data)
        if example.id not in numbers
    ]


def digest(lang: str, split: str, data: Path | None) -> str:
    """Fingerprint the questions, and the English ones that decide which are asked."""
    return "-".join(xquad.digest(code, split, data) for code in dict.fromkeys((lang, "en")))


TASK = Task(
    version="1",
    kind="generate",
    langs=xquad.LANGS,
    load=load,
    metrics=("squad_f1", "squad_em", "correct_language"),
    fields=FIELDS,
    available=xquad.available,
    digest=digest,
    source=xquad.SOURCE,
    licence=xquad.LICENCE,
    cite=f"{xquad.CITE}; as a generative task: Chirkova and Nikoulina (2024), arXiv:2402.12279",
)
