"""Give each word one of a set of tags: entities, parts of speech, slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.kind import Columns, Guess, Kind, Number, Values, as_text
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind import classify, entity, label, value


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read words, and as many tags."""
    words = value.texts(values.get("words"), "words", where)
    if not words or "" in words:
        raise IsoglossError(f"{where}: an empty word, or no word at all", "remove it")
    if values.get("target") is None:
        return {"words": words}, None
    listed = value.texts(values["target"], "target", where)
    tags = tuple(value.label(tag, where) for tag in listed)
    if len(tags) != len(words):
        raise IsoglossError(f"{where}: {len(words)} words but {len(tags)} tags", "one tag per word")
    return {"words": words}, tags


def read(answer: Any, task: Task, example: Example) -> tuple[str, ...]:
    """Read one tag a word as any system spells them.

    Raises:
        IsoglossError: they are too few or too many, or the task has no such tag.
    """
    words = example.inputs[task.fields[0]]
    if not isinstance(answer, list):
        raise IsoglossError(f"'{answer}' is no list of tags", "give one tag a word")
    if len(answer) != len(words):
        raise IsoglossError(f"{len(answer)} tags for {len(words)} words", "give one tag a word")
    return tuple(classify.read(tag, task, example) for tag in answer)


def outputs(values: Sequence[Any], labels: Sequence[str]) -> list[Any]:
    """Read a file's tags; entities of another scheme as IOB2, where the task has that."""
    listed = [each if (tags := label.listed(each)) is None else tags for each in values]
    if not entity.tells_entities(labels):
        return listed
    places = [n for n, tags in enumerate(listed) if _schemed(tags)]
    written = entity.as_iob2([listed[n] for n in places])
    for place, iob2 in zip(places, written, strict=True):
        listed[place] = list(iob2)
    return listed


def _schemed(tags: Any) -> bool:
    return isinstance(tags, list) and all(map(entity.TAG.fullmatch, tags))


def gold(values: Sequence[Any]) -> Sequence[Any]:
    """Write the tags of a whole file as IOB2, where they are entities in another scheme."""
    listed = [tuple(label.listed(each) or ()) for each in values]
    written = entity.as_iob2(listed)
    if written == listed or any("" in tags for tags in listed):  # a missing tag is told of later
        return values
    return [tags or each for tags, each in zip(written, values, strict=True)]


def problem(example: Example, labels: Sequence[str]) -> str:
    """Assert that there is a known tag for each word."""
    if strange := set(example.target) - set(labels):
        return f"{strange} are no labels"
    same = len(example.target) == len(example.inputs["words"])
    return "" if same else "tags don't fit words"


def show(given: Any, inputs: Mapping[str, Any]) -> str:
    """Write entities with their types, or every word with its tag."""
    words = inputs.get("words", ())
    if not isinstance(given, tuple | list) or len(given) != len(words):
        return as_text(given, inputs)
    if not all(tag == entity.OUTSIDE or tag[:2] in ("B-", "I-") for tag in given):
        return " ".join(f"{word}/{tag}" for word, tag in zip(words, given, strict=True))
    parts: list[tuple[str, list[str]]] = []
    before = entity.OUTSIDE
    for word, tag in zip(words, given, strict=True):
        if tag[:2] == "I-" and before[2:] == tag[2:]:
            parts[-1][1].append(word)
        elif tag != entity.OUTSIDE:
            parts.append((tag[2:], [word]))
        before = tag
    return " · ".join(f"{' '.join(held)} ({kind})" for kind, held in parts) or "(none)"


def guess(columns: Columns) -> Guess | None:
    """Take two columns of lists that are of the same length in every line."""
    lists = [name for name, values in columns.items() if all(map(_is_words, values))]
    for words in lists:
        for tags in lists:
            pairs = zip(columns[words], columns[tags], strict=True)
            if words != tags and all(len(left) == len(right) for left, right in pairs):
                if _distinct(columns[words]) < _distinct(columns[tags]):
                    words, tags = tags, words
                why = f"'{words}' and '{tags}' are lists of the same length"
                return Guess(why, {"words": words, "target": tags})
    return None


def _is_words(listed: Any) -> bool:
    return isinstance(listed, list) and all(isinstance(each, str | int) for each in listed)


def _distinct(lists: Sequence[Sequence[Any]]) -> int:
    return len({str(item) for each in lists for item in each})


def toy(number: Number) -> Example:
    """Tag the odd digits."""
    tags = tuple(KIND.toy_labels[digit % 2] for digit in number.digits)
    return Example(number.id, number.lang, {"words": tuple(number.said.split())}, tags)


KIND = Kind(
    fields=("words",),
    build=build,
    read=read,
    problem=problem,
    toy=toy,
    toy_labels=("O", "B-ODD"),
    metrics=("tag_accuracy",),
    labels=lambda target: target or (),
    label_metrics=lambda labels: ("entity_f1",) if entity.tells_entities(labels) else (),
    outputs=outputs,
    gold=gold,
    show=show,
    guess=guess,
    rank=2,
    nothing=(),
    formats=("conll",),
    hub="token-classification",
    class_of="TokenClassification",
    words=("ner", "pos", "tagging", "slots"),
)
