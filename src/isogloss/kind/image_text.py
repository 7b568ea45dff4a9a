"""Find the picture that a text tells of, among all those of the split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.input import Media
from isogloss.core.kind import Kind, Number, Values
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind import choose, value

OPTIONS = choose.OPTIONS


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read a text, the pictures, and the index of the right one."""
    options, target = values.get(OPTIONS), values.get("target")
    if not isinstance(options, list | tuple) or not all(isinstance(o, Media) for o in options):
        hint = "name the right picture's path in the column target; all of them are the options"
        raise IsoglossError(f"{where}: the pictures to choose from are missing", hint)
    if isinstance(target, Media) and target in options:
        target = options.index(target)
    if target is not None and target not in range(len(options)):
        what = f"{where}: '{value.short(target)}' is none of the {len(options)} pictures"
        raise IsoglossError(what, "give the path of one")
    return {"text": value.text(values, "text", where), OPTIONS: tuple(options)}, target


def read(answer: Any, task: Task, example: Example) -> int:
    """Read the index or the path of a picture.

    Raises:
        IsoglossError: there is no such picture.
    """
    named = tuple(map(str, example.inputs[OPTIONS]))
    return choose.read(answer, task, Example("", example.lang, {OPTIONS: named}))


def toy(number: Number) -> Example:
    """Find the picture of a number, among all numbers of the split."""
    pictures = tuple(_bars(each, number.words) for each in number.split)
    inputs = {"text": number.shown, OPTIONS: pictures}
    return Example(number.id, number.lang, inputs, number.place)


def _bars(said: str, words: Sequence[str]) -> Media:
    """Draw a bar for each word of a number, as bright as its digit is high."""
    import numpy as np

    bars = np.array([25 * words.index(word) for word in said.split()], np.uint8)
    return Media(np.tile(bars.repeat(8)[None, :, None], (32, 1, 3)), said)


KIND = Kind(
    fields=("text", OPTIONS),
    inputs={OPTIONS: "image"},
    build=build,
    read=read,
    problem=choose.problem,
    toy=toy,
    metrics=("accuracy",),
    nothing=None,
    options=OPTIONS,
    shared=True,
    hub="zero-shot-image-classification",
    words=("image-retrieval", "image-text"),
)
