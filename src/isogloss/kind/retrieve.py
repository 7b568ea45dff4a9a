"""Find the text that belongs to another, among all those of the split."""

from __future__ import annotations

from isogloss.core.kind import Kind, Number
from isogloss.core.types import Example
from isogloss.kind import choose


def toy(number: Number) -> Example:
    """Find how a number is said, among all numbers of the split."""
    inputs = {"text": number.shown, choose.OPTIONS: number.split}
    return Example(number.id, number.lang, inputs, number.place)


KIND = Kind(
    fields=("text", choose.OPTIONS),
    build=choose.build,
    read=choose.read,
    problem=choose.problem,
    toy=toy,
    metrics=("accuracy",),
    show=choose.show,
    nothing=None,
    options=choose.OPTIONS,
    shared=True,
    hub="sentence-similarity",
    words=("retrieval",),
)
