"""Give a text, or a pair of texts, one of a set of labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.kind import Columns, Guess, Kind, Number, Values
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind import column, label, value

EVEN_ODD = ("even", "odd")


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read one text or two, and a label."""
    inputs = {"text": value.text(values, "text", where)}
    if "pair" in values:
        inputs["pair"] = value.text(values, "pair", where)
    target = values.get("target")
    return inputs, None if target is None else value.label(target, where)


def read(answer: Any, task: Task, example: Example) -> str:
    """Read a label as any system spells it.

    Raises:
        IsoglossError: the task has no such label.
    """
    known = task.labels
    matched = label.match(answer, known, task.aliases) if known else label.spell(answer)
    if matched is None:
        near = nearest(str(answer), known)
        hint = f"did you mean '{near}'? " if near else ""
        what = f"'{answer}' is no label of {task.name}"
        raise IsoglossError(what, f"{hint}labels: {', '.join(known)}")
    return matched


def problem(example: Example, labels: Sequence[str]) -> str:
    """Assert that the target is a label."""
    return "" if example.target in labels else f"'{example.target}' is no label"


def guess(columns: Columns) -> Guess | None:
    """Take a text, or a known pair of texts, and a target whose values repeat."""
    if (pair := column.text_and_target(columns)) is None:
        return None
    text, target, distinct = pair
    if not column.repeats(columns[target], distinct):
        return None
    fields = {"text": text, "target": target}
    lowered = {name.lower(): name for name in columns}
    for first, second in column.PAIRS:
        if first in lowered and second in lowered:
            fields |= {"text": lowered[first], "pair": lowered[second]}
    return Guess(f"'{target}' has {distinct} values", fields)


def toy(number: Number) -> Example:
    """Tell even numbers from odd ones."""
    return Example(number.id, number.lang, {"text": number.said}, EVEN_ODD[number.digits[-1] % 2])


KIND = Kind(
    fields=("text",),
    build=build,
    read=read,
    problem=problem,
    toy=toy,
    toy_labels=EVEN_ODD,
    metrics=("accuracy", "macro_f1"),
    extra=("pair",),
    labels=lambda target: (target,),
    guess=guess,
    rank=4,
    hub="text-classification",
    class_of="SequenceClassification",
    words=("nli", "classification", "sentiment", "topic", "paraphrase", "intent"),
)
