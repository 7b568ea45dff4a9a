"""Build examples from values, and refuse what can't be right."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.types import Answer, Example
from isogloss.kind.label import option, spell
from isogloss.language.clip import clip

FIELDS: dict[str, tuple[str, ...]] = {
    "generate": ("text",),
    "classify": ("text",),
    "tag": ("words",),
    "span": ("question", "context"),
    "choose": ("text", "options"),
    "retrieve": ("text", "options"),
}
"""Input fields of each kind, in the order in which a model reads them."""
MOST_SHOWN = 20
"""Labels that an error lists."""
_WHOLE = re.compile(r"\s*([+-]?[0-9]{1,18})(\.0+)?\s*")
_SPACES = re.compile(r"[ \t\r\n]+")


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
        kind: One of ``core.types.KINDS``.
        values: Input fields and ``target``; a target of None is no label.
        where: File and line, for errors.
        id: The example's id.
        lang: The answer's language.
        labels: Closed label set; empty: any label.

    Raises:
        IsoglossError: a value of the wrong form, a label outside the set, a span
            that does not match its text, or another number of tags than words.
    """
    inputs, target = MAKERS[kind](values, where)
    example = Example(id, lang, inputs, target)
    if labels and target is not None:
        check_labels(example, labels, where)
    return example


def asked(
    kind: str, fields: Sequence[str], values: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """Give the inputs of an example alone.

    Raises:
        IsoglossError: a field is missing or of the wrong form.
    """
    if kind == "generate":
        return {field: _text(values, field, where) for field in fields}
    given = {field: values.get(field) for field in fields}
    inputs, _ = MAKERS[kind](given, where)
    return inputs


def check_labels(example: Example, labels: Sequence[str], where: str) -> None:
    """Refuse a label outside the set."""
    given = example.target if isinstance(example.target, tuple) else (example.target,)
    for label in given:
        if label not in labels:
            near = nearest(label, labels)
            known = "labels: " + ", ".join(labels[:MOST_SHOWN]) + ", …" * (len(labels) > MOST_SHOWN)
            hint = f"did you mean '{near}'? {known}" if near else known
            what = f"{where}: label '{_shown(label)}' is not in the label set"
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


def plain(value: Any, field: str, where: str) -> str:
    """Take a value as text; numbers are written out.

    Raises:
        IsoglossError: it is neither, not finite, or half of a character.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(value[error.start]):x}"
            what = f"{where}: {field} has a lone surrogate, {half}: half of a character"
            raise IsoglossError(what, "write the whole character, or take it out") from None
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return str(value)
    got = "nothing" if value is None else type(value).__name__
    got = f"{value}, which is no number" if isinstance(value, float) else got
    raise IsoglossError(
        f"{where}: {field} must be text, got {got}", "write it in quotes, or take the line out"
    )


def _text(values: Mapping[str, Any], field: str, where: str) -> str:
    return plain(values.get(field), field, where)


def _label(value: Any, where: str) -> str:
    found = spell(plain(value, "target", where))
    if not found:
        raise IsoglossError(f"{where}: an empty label", "fill it in, or take the line out")
    return found


def _list(value: Any, field: str, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [piece for piece in _SPACES.split(value) if piece]
    if not isinstance(value, list | tuple):
        what = f"{where}: {field} must be a list, got {type(value).__name__}"
        raise IsoglossError(what, "write a list, or words with spaces between them")
    return tuple(plain(item, f"each of {field}", where) for item in value)


def _whole(value: Any) -> int | None:
    """Read a whole number; None where it is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _WHOLE.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def _shown(value: Any) -> str:
    return clip(str(value), 80)


def _generate(values: Mapping[str, Any], where: str) -> tuple[dict[str, Any], Any]:
    target = None if values.get("target") is None else _text(values, "target", where)
    return {"text": _text(values, "text", where)}, target


def _classify(values: Mapping[str, Any], where: str) -> tuple[dict[str, Any], Any]:
    inputs = {"text": _text(values, "text", where)}
    if "pair" in values:
        inputs["pair"] = _text(values, "pair", where)
    target = values.get("target")
    if target is None:
        return inputs, None
    if isinstance(target, bool):
        return inputs, spell(target)
    return inputs, _label(target, where)


def _tag(values: Mapping[str, Any], where: str) -> tuple[dict[str, Any], Any]:
    words = _list(values.get("words"), "words", where)
    if not words or "" in words:
        raise IsoglossError(f"{where}: an empty word, or no word at all", "remove it")
    if values.get("target") is None:
        return {"words": words}, None
    tags = tuple(_label(tag, where) for tag in _list(values["target"], "target", where))
    if len(tags) != len(words):
        raise IsoglossError(f"{where}: {len(words)} words but {len(tags)} tags", "one tag per word")
    return {"words": words}, tags


def _span(values: Mapping[str, Any], where: str) -> tuple[dict[str, Any], Any]:
    inputs = {field: _text(values, field, where) for field in FIELDS["span"]}
    target = values.get("target")
    if target is None:
        return inputs, None
    pairs = _answers(target, values.get("start"), where)
    if not pairs:
        raise IsoglossError(
            f"{where}: a question without an answer", "remove it: every answer must be in the text"
        )
    return inputs, tuple(answer(inputs["context"], text, start, where) for text, start in pairs)


def _answers(target: Any, start: Any, where: str) -> list[tuple[Any, Any]]:
    """List answers with their starts, in any of the forms that data sets use."""
    if isinstance(target, Mapping) and isinstance(target.get("text"), list | tuple):
        start = target.get("answer_start", target.get("start"))
        target = target["text"]
    if isinstance(target, list | tuple) and start not in (None, ""):
        if not isinstance(start, list | tuple) or len(start) != len(target):
            count = len(start) if isinstance(start, list | tuple) else 1
            what = f"{where}: {len(target)} answers but {count} starts"
            raise IsoglossError(what, "give each answer a start, or none at all")
        return list(zip(target, start, strict=True))
    if isinstance(target, list | tuple):
        return [_pair(one, where) for one in target]
    return [_pair(target, where) if isinstance(target, Mapping) else (target, start)]


def _pair(one: Any, where: str) -> tuple[Any, Any]:
    if not isinstance(one, Mapping):
        return one, None
    if "text" in one:
        return one["text"], one.get("answer_start", one.get("start"))
    raise IsoglossError(f"{where}: an answer without text", 'write {"text": "...", "start": 0}')


def answer(context: str, text: str, start: Any, where: str) -> Answer:
    """Check that an answer stands where it says; find it where it says nothing.

    Raises:
        IsoglossError: it is no text, or is not at its start, or without a start it
            is not there exactly once.
    """
    if not isinstance(text, str):
        raise IsoglossError(
            f"{where}: an answer must be text, got {type(text).__name__}",
            "write it in quotes, as it stands in the context",
        )
    places = _places(context, text)
    if start is None or start == "":
        if len(places) == 1:
            return Answer(text, places[0])
        raise IsoglossError(
            f"{where}: the answer '{text}' is {len(places)} times in the context",
            "the answer must be copied from the context"
            if not places
            else "say which: give its first character in a column start",
        )
    first = _whole(start)
    if first is None:
        what = f"{where}: start '{_shown(start)}' is no number"
        raise IsoglossError(what, "starts count characters from 0")
    if first in places:
        return Answer(text, first)
    if not places:
        found = context[max(first, 0) : max(first, 0) + len(text)]
        hint = f"at {first} stands '{found}', and the answer is nowhere in the context"
    else:
        near = min(places, key=lambda place: abs(place - first))
        hint = f"it starts at {near}: starts count characters (not bytes) from 0"
    raise IsoglossError(f"{where}: the answer '{text}' is not at {first} of its context", hint)


def _places(context: str, text: str) -> list[int]:
    places: list[int] = []
    at = context.find(text) if text else -1
    while at >= 0:
        places.append(at)
        at = context.find(text, at + 1)
    return places


def _choose(values: Mapping[str, Any], where: str) -> tuple[dict[str, Any], Any]:
    options = values.get("options")
    if not isinstance(options, list | tuple) or len(options) < 2:
        hint = 'give a list, or the names of columns: options = ["a", "b"]'
        raise IsoglossError(f"{where}: options must be a list of two or more", hint)
    inputs = {"text": _text(values, "text", where), "options": _list(options, "options", where)}
    target = values.get("target")
    if target is None:
        return inputs, None
    return inputs, _index(target, inputs["options"], where)


def _index(target: Any, options: Sequence[str], where: str) -> int:
    found = option(target, options)
    if found is None and options.count(target) == 1:
        raise IsoglossError(
            f"{where}: '{target}' is the text of option {options.index(target)} and the index of "
            "another",
            "give the index as a number in .jsonl",
        )
    if found is None:
        raise IsoglossError(
            f"{where}: '{_shown(target)}' is none of the {len(options)} options",
            f"give an index from 0 to {len(options) - 1}, or the text of one option",
        )
    return found


MAKERS = {
    "generate": _generate,
    "classify": _classify,
    "tag": _tag,
    "span": _span,
    "choose": _choose,
    "retrieve": _choose,
}
