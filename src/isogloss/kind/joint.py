"""Give a sentence an intent, and each word a tag: its slots, as IOB2."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from isogloss.core.errors import IsoglossError
from isogloss.core.kind import Columns, Guess, Kind, Number, Values, as_text
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind import classify, column, entity, label, tag, value

INTENTS = ("intent", "scenario", "action")
"""Columns that may hold it."""
_TAG = re.compile(r"O|[BI](-.+)?")
_BOTH = 'give both: ["intent", ["O", "B-TYPE"]], or the text "intent O B-TYPE"'


class Frame(NamedTuple):
    """What is asked for, and with which details."""

    intent: str | None
    """None where a system gave none."""
    tags: tuple[str, ...]
    """One a word."""


def intents(labels: Sequence[str]) -> tuple[str, ...]:
    """List the labels that are no tags: a task has one set for both."""
    return tuple(name for name in labels if not _TAG.fullmatch(name))


def tags(labels: Sequence[str]) -> tuple[str, ...]:
    """List the labels of words."""
    return tuple(name for name in labels if _TAG.fullmatch(name))


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read words, an intent, and as many tags as words."""
    inputs, slots = tag.build({**values, "target": _parts(values.get("target"))[1]}, where)
    if slots is None:
        return inputs, None
    intent = _parts(values["target"], values.get("intent"))[0]
    if intent is None:
        hint = 'name its column, or in CoNLL its comment: columns = { intent = "intent" }'
        raise IsoglossError(f"{where}: tags without an intent", hint)
    intent = value.label(intent, where)
    if _TAG.fullmatch(intent):
        raise IsoglossError(f"{where}: the intent '{intent}' looks like a tag", "rename it")
    for each in slots:
        if not _TAG.fullmatch(each):
            what = f"{where}: '{value.short(each)}' is no tag of a slot"
            raise IsoglossError(what, "slots are O, B-TYPE and I-TYPE")
    return inputs, Frame(intent, slots)


def _parts(target: Any, intent: Any = None) -> tuple[Any, Any]:
    """Take a target, or an answer, apart; tags alone have their intent beside them."""
    if isinstance(target, Mapping):
        return target.get("intent", intent), target.get("tags")
    if isinstance(target, list | tuple) and len(target) == 2:
        if isinstance(target[1], list | tuple):
            return target[0], target[1]
    return intent, target


def gold(values: Sequence[Any]) -> Sequence[Any]:
    """Write the tags of a whole file as IOB2, where they are in another scheme."""
    parts = [_parts(each) for each in values]
    slots = [each for _, each in parts]
    written = tag.gold(slots)
    if written is slots:
        return values
    return [
        each if intent is None else (intent, each)
        for (intent, _), each in zip(parts, written, strict=True)
    ]


def outputs(values: Sequence[Any], labels: Sequence[str]) -> list[Any]:
    """Read a file's answers; tags of another scheme as IOB2."""
    parts = [_parts(_split(each) if isinstance(each, str) else each) for each in values]
    slots = tag.outputs([each for _, each in parts], tags(labels))
    return [
        (intent, each) if isinstance(each, list | tuple) and not label.missing(given) else given
        for given, (intent, _), each in zip(values, parts, slots, strict=True)
    ]


def _split(text: str) -> tuple[str, list[str]]:
    """Part an intent from the tags behind it."""
    pieces = text.split()
    count = len(pieces)
    while count and entity.TAG.fullmatch(pieces[count - 1]):
        count -= 1
    return " ".join(pieces[:count]), pieces[count:]


def read(answer: Any, task: Task, example: Example) -> Frame:
    """Read an intent and one tag a word as any system spells them.

    Raises:
        IsoglossError: one of them is missing or unknown, or the tags are too few or too many.
    """
    intent, slots = _parts(_split(answer) if isinstance(answer, str) else answer)
    if not isinstance(slots, list | tuple):
        raise IsoglossError(f"'{value.short(answer)}' is no intent with tags", _BOTH)
    known = replace(task, labels=tags(task.labels))
    read_tags = tag.read(list(slots), known, example)
    if label.missing(intent):
        return Frame(None, read_tags)
    known = replace(task, labels=intents(task.labels))
    return Frame(classify.read(intent, known, example), read_tags)


def problem(example: Example, labels: Sequence[str]) -> str:
    """Assert that there is a known intent, and a known tag for each word."""
    if example.target.intent not in intents(labels):
        return f"'{example.target.intent}' is no intent"
    return tag.problem(replace(example, target=example.target.tags), tags(labels))


def show(given: Any, inputs: Mapping[str, Any]) -> str:
    """Write the intent, and the slots with their words."""
    intent, slots = _parts(given)
    if not isinstance(slots, list | tuple):
        return as_text(given, inputs)
    return f"{intent or '(none)'}: {tag.show(slots, inputs)}"


def guess(columns: Columns) -> Guess | None:
    """Take a column named intent beside two of lists of the same length."""
    intent = column.named(columns, INTENTS)
    if intent is None or not all(isinstance(each, str) for each in columns[intent]):
        return None
    rest = tag.guess(columns)
    if rest is None:
        return None
    return Guess(f"'{intent}' stands beside them: {rest.why}", {**rest.fields, "intent": intent})


def toy(number: Number) -> Example:
    """Tell even numbers from odd ones, and tag the odd digits."""
    tagged = tag.toy(number)
    return replace(tagged, target=Frame(classify.toy(number).target, tagged.target))


KIND = Kind(
    fields=("words",),
    build=build,
    read=read,
    problem=problem,
    toy=toy,
    toy_labels=(*classify.EVEN_ODD, *tag.KIND.toy_labels),
    metrics=("slot_f1", "intent_accuracy", "frame_accuracy"),
    beside=("intent",),
    labels=lambda target: (target.intent, *target.tags),
    outputs=outputs,
    gold=gold,
    show=show,
    guess=guess,
    rank=1,
    nothing=None,
    formats=("conll",),
    hub="token-classification",
    class_of="TokenClassification",
    words=("slu", "nlu", "intent and slots"),
)
