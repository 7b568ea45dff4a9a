"""Answer a question by a stretch of a context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.kind import Columns, Guess, Kind, Number, Values, as_text
from isogloss.core.types import Answer, Example
from isogloss.kind import column, generate, value

FIELDS = ("question", "context")


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read a question, its context, and all answers that are right."""
    inputs = {field: value.text(values, field, where) for field in FIELDS}
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
        return [_pair(each, where) for each in target]
    return [_pair(target, where) if isinstance(target, Mapping) else (target, start)]


def _pair(given: Any, where: str) -> tuple[Any, Any]:
    if not isinstance(given, Mapping):
        return given, None
    if "text" in given:
        return given["text"], given.get("answer_start", given.get("start"))
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
    first = value.whole(start)
    if first is None:
        what = f"{where}: start '{value.short(start)}' is no number"
        raise IsoglossError(what, "starts count characters from 0")
    if first in places:
        return Answer(text, first)
    if not places:
        there = context[max(first, 0) : max(first, 0) + len(text)]
        hint = f"at {first} stands '{there}', and the answer is nowhere in the context"
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


def problem(example: Example, labels: Sequence[str]) -> str:
    """Assert that every answer stands where it says."""
    context, answers = example.inputs["context"], example.target
    off = [a for a in answers if context[a.start : a.start + len(a.text)] != a.text]
    if off:
        return f"'{off[0].text}' is not at {off[0].start}"
    return "" if answers else "no answer"


def show(given: Any, inputs: Mapping[str, Any]) -> str:
    """Write each right answer once, or the one that was given."""
    if isinstance(given, tuple | list) and given and isinstance(given[0], tuple):
        return " / ".join(dict.fromkeys(str(answer[0]) for answer in given))
    return as_text(given, inputs)


def guess(columns: Columns) -> Guess | None:
    """Take a question, a context and an answer by their names."""
    context, question = column.named(columns, column.CONTEXTS), column.named(columns, ("question",))
    target = column.named(columns, ("answers", "answer", "target"))
    if not (context and question and target):
        return None
    fields = {"context": context, "question": question, "target": target}
    start = column.named(columns, ("answer_start", "start"))
    return Guess("it has questions and contexts", fields | ({"start": start} if start else {}))


def toy(number: Number) -> Example:
    """Find the word for the last digit."""
    word = number.words[number.digits[-1] - 1]
    inputs = {"question": str(number.digits[-1]), "context": number.said}
    return Example(number.id, number.lang, inputs, (Answer(word, number.said.rindex(word)),))


KIND = Kind(
    fields=FIELDS,
    build=build,
    read=generate.read,
    problem=problem,
    toy=toy,
    metrics=("squad_f1", "squad_em"),
    beside=("start",),
    show=show,
    guess=guess,
    rank=1,
    free=True,
    exact=True,
    formats=("squad",),
    hub="question-answering",
    class_of="QuestionAnswering",
    words=("qa", "question-answering"),
)
