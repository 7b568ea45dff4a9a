"""Write a text, such as a summary, in the language that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.kind import Columns, Guess, Kind, Number, Values
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind import column, label, value


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read a text, and the text that answers it."""
    target = None if values.get("target") is None else value.text(values, "target", where)
    return {"text": value.text(values, "text", where)}, target


def read(answer: Any, task: Task, example: Example) -> str:
    """Read a text as any system writes it.

    Raises:
        IsoglossError: it is none.
    """
    text = label.text(answer)
    if text is None:
        raise IsoglossError(f"{type(answer).__name__} where a text is expected", "give one text")
    return text


def problem(example: Example, labels: Sequence[str]) -> str:
    """Assert that the target is a text."""
    target = example.target
    return "" if isinstance(target, str) and target else "the target is no text"


def guess(columns: Columns) -> Guess | None:
    """Take any text and target that are no labels."""
    if (pair := column.text_and_target(columns)) is None:
        return None
    text, target, distinct = pair
    if column.repeats(columns[target], distinct):
        return None
    why = f"'{target}' is a text of its own in most lines"
    return Guess(why, {"text": text, "target": target})


def toy(number: Number) -> Example:
    """Say digits in words."""
    return Example(number.id, number.lang, {"text": number.shown}, number.said)


KIND = Kind(
    fields=("text",),
    build=build,
    read=read,
    problem=problem,
    toy=toy,
    metrics=("chrf", "rouge_l", "exact_match", "correct_language"),
    guess=guess,
    rank=5,
    free=True,
    writes=True,
    words=("generation", "summarization", "summarisation", "translation"),
)
