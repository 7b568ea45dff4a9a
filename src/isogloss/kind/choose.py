"""Choose one of several options, which each item has for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.kind import Columns, Guess, Kind, Number, Values, as_text
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind import column, value
from isogloss.kind.label import option

OPTIONS = "options"


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read a text, its options, and the index or the text of the right one."""
    options = values.get(OPTIONS)
    if not isinstance(options, list | tuple) or len(options) < 2:
        hint = 'give a list, or the names of columns: options = ["a", "b"]'
        raise IsoglossError(f"{where}: options must be a list of two or more", hint)
    listed = value.texts(options, OPTIONS, where)
    inputs = {"text": value.text(values, "text", where), OPTIONS: listed}
    target = values.get("target")
    return inputs, None if target is None else _index(target, listed, where)


def _index(target: Any, options: Sequence[str], where: str) -> int:
    place = option(target, options)
    if place is None and options.count(target) == 1:
        raise IsoglossError(
            f"{where}: '{target}' is the text of option {options.index(target)} and the index of "
            "another",
            "give the index as a number in .jsonl",
        )
    if place is None:
        raise IsoglossError(
            f"{where}: '{value.short(target)}' is none of the {len(options)} options",
            f"give an index from 0 to {len(options) - 1}, or the text of one option",
        )
    return place


def read(answer: Any, task: Task, example: Example) -> int:
    """Read the index or the text of an option.

    Raises:
        IsoglossError: there is no such option.
    """
    options = example.inputs[OPTIONS]
    place = option(answer, options)
    if place is None:
        last = len(options) - 1
        raise IsoglossError(
            f"'{answer}' is none of the {len(options)} options",
            f"give its index, from 0 to {last} (not from 1 to {last + 1}), or its text",
        )
    return place


def problem(example: Example, labels: Sequence[str]) -> str:
    """Assert that the target is the index of an option."""
    options = example.inputs[OPTIONS]
    if len(set(options)) != len(options) or len(options) < 2:
        return "options have to be several, and different"
    there = example.target in range(len(options))
    return "" if there else f"there is no option {example.target}"


def show(given: Any, inputs: Mapping[str, Any]) -> str:
    """Write the option that an index stands for."""
    options = inputs.get(OPTIONS, ())
    there = isinstance(given, int) and 0 <= given < len(options)
    return as_text(options[given] if there else given, inputs)


def guess(columns: Columns) -> Guess | None:
    """Take a column of lists named options, or several columns named option_1 and so on."""
    options: Any = column.named(columns, (OPTIONS, "choices", "endings"))
    if options is None or not all(isinstance(listed, list) for listed in columns[options]):
        options = tuple(name for name in columns if column.OPTION.fullmatch(name))
    rest = {name: values for name, values in columns.items() if name not in options}
    target = column.named(rest, column.TARGETS)
    text = column.text(rest, target)
    if len(options) < 2 or target is None or text is None:
        return None
    return Guess("it has options", {"text": text, OPTIONS: options, "target": target})


def toy(number: Number) -> Example:
    """Choose the word for the last digit."""
    right, last = int("".join(map(str, number.digits))) % 4, number.digits[-1] - 1
    options = tuple(number.words[(last + 2 * (place - right)) % 9] for place in range(4))
    return Example(number.id, number.lang, {"text": number.shown, OPTIONS: options}, right)


KIND = Kind(
    fields=("text", OPTIONS),
    build=build,
    read=read,
    problem=problem,
    toy=toy,
    metrics=("accuracy",),
    show=show,
    guess=guess,
    rank=3,
    nothing=None,
    options=OPTIONS,
    hub="multiple-choice",
    class_of="MultipleChoice",
)
