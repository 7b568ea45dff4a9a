"""Tell by their names and values what the columns of a table hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.core.kind import Columns

TARGETS = (
    "target", "label", "labels", "category", "class", "topic", "intent", "sentiment", "gold",
    "summary", "answer", "answers", "output", "response", "translation", "completion", "tags",
    "ner_tags", "upos", "pos",
)  # fmt: skip
PAIRS = (
    ("premise", "hypothesis"), ("sentence1", "sentence2"), ("text1", "text2"),
    ("text_a", "text_b"), ("question1", "question2"),
)  # fmt: skip
"""Names of columns with two texts that are judged together."""
CONTEXTS = ("context", "passage", "paragraph")
OPTION = re.compile(r"(choice|option|ending|answer|sol)[_ ]?([0-9]|[a-e])", re.IGNORECASE)
ID = re.compile(r"(.*_)?(id|idx|guid|uid)", re.IGNORECASE)
TEXTS = ("text", "body", "sentence", "input", "document", "article", "source", "prompt", "premise")


def named(columns: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """Give the first column that has one of the names, in any case."""
    lowered = {name.lower(): name for name in columns}
    return next((lowered[name] for name in names if name in lowered), None)


def text(columns: Columns, target: str | None) -> str | None:
    """Find the input: by its name, else the column with the longest texts."""
    rest = {name: v for name, v in columns.items() if name != target and isinstance(v[0], str)}
    longest = sorted(rest, key=lambda name: -sum(len(str(value)) for value in rest[name]))
    return named(rest, TEXTS) or next(iter(longest), None)


def fewest(columns: Columns) -> str | None:
    """Give the column with the fewest distinct values, if several have more than one."""
    counts = {name: len({str(v) for v in values}) for name, values in columns.items()}
    order = sorted((name for name in counts if counts[name] > 1), key=counts.__getitem__)
    return order[0] if len(order) > 1 else None


def text_and_target(columns: Columns) -> tuple[str, str, int] | None:
    """Find an input and a target, and count the target's values."""
    target = named(columns, TARGETS) or fewest(columns)
    source = text(columns, target)
    if target is None or source is None:
        return None
    return source, target, len({str(value) for value in columns[target]})


def repeats(values: Sequence[Any], distinct: int) -> bool:
    """Tell labels, which repeat, from texts of their own."""
    return distinct <= max(2, min(100, len(values) // 5))
