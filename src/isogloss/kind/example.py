"""Build examples from values, and refuse what can't be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.types import Example
from isogloss.kind import value

MOST_SHOWN = 20
"""Labels that an error lists."""


def build(
    kind: str,
    values: Mapping[str, Any],
    *,
    where: str,
    id: str,
    lang: str,
    labels: Sequence[str] = (),
) -> Example:
    """Build one example of a kind.

    Args:
        kind: its name.
        values: Input fields and ``target``; a target of None is no label.
        where: File and line, for errors.
        id: The example's id.
        lang: The answer's language.
        labels: Closed label set; empty: any label.

    Raises:
        IsoglossError: a value of the wrong form, a label outside the set, a span
            that does not match its text, or another number of tags than words.
    """
    asks = plugin.kind(kind)
    inputs, target = asks.build(values, where)
    example = Example(id, lang, inputs, target)
    if labels and target is not None and asks.labels is not None:
        check_labels(asks.labels(target), labels, where)
    return example


def asked(
    kind: str, fields: Sequence[str], values: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """Give the inputs of an example alone.

    Raises:
        IsoglossError: a field is missing or of the wrong form.
    """
    asks = plugin.kind(kind)
    if asks.writes:  # of any texts
        return {field: value.text(values, field, where) for field in fields}
    inputs, _ = asks.build({field: values.get(field) for field in fields}, where)
    return inputs


def check_labels(given: Iterable[str], labels: Sequence[str], where: str) -> None:
    """Refuse a label outside the set."""
    for label in given:
        if label not in labels:
            near = nearest(label, labels)
            known = "labels: " + ", ".join(labels[:MOST_SHOWN]) + ", …" * (len(labels) > MOST_SHOWN)
            hint = f"did you mean '{near}'? {known}" if near else known
            what = f"{where}: label '{value.short(label)}' is not in the label set"
            raise IsoglossError(what, f"{hint}; a task of your own may list more: labels = [...]")


def check_ids(placed: Iterable[tuple[str, Example]]) -> None:
    """Refuse two examples with the same id."""
    seen: dict[str, str] = {}
    for where, example in placed:
        if example.id in seen:
            raise IsoglossError(
                f"{where}: id '{example.id}' is there already, at {seen[example.id]}",
                "give every example of a language its own id",
            )
        seen[example.id] = where
