"""Read questions and answers in the form of SQuAD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.core.errors import IsoglossError
from isogloss.reader import text


class Question(NamedTuple):
    """One question, and the title of the article that it is about."""

    where: str
    id: str
    article: str
    question: str
    context: str
    answers: Any
    """None where the file gives none: a question without gold answer."""


@text.kept
def read(path: Path) -> tuple[Question, ...]:
    """Read all questions of a file, in its order.

    Raises:
        IsoglossError: broken JSON, another structure, or no question at all.
    """
    content = text.read(path)
    try:
        data = text.parse(content)
    except text.BrokenJSON as error:
        what = f"{path}:{error.line}: {error}"
        hint = "download the file again, or save it whole; one object a line goes into .jsonl"
        raise IsoglossError(what, hint) from None
    found = tuple(_questions(path, content, data))
    if not found:
        raise IsoglossError(f"{path}: no question in it", "put data into it, or remove it")
    return found


def _questions(path: Path, content: str, data: Any) -> Iterator[Question]:
    at, line = 0, 1
    for number, article in enumerate(_list(path, data, "data", "the file"), 1):
        name = f"article {number}"
        for paragraph in _list(path, article, "paragraphs", name):
            for item in _list(path, paragraph, "qas", f"a paragraph of {name}"):
                id = _value(path, item, "id", f"a question of {name}")
                if not isinstance(id, str | int):
                    raise _foreign(path, f"an id in {name} is {type(id).__name__}")
                # A question's line is where its id stands; ids come in the file's order.
                here = content.find(json.dumps(str(id)), at)
                if here > at:
                    line += content.count("\n", at, here)
                    at = here
                yield Question(
                    f"{path}:{line}",
                    str(id),
                    str(article.get("title") or number),
                    _value(path, item, "question", f"'{id}'"),
                    _value(path, paragraph, "context", f"the paragraph of '{id}'"),
                    item.get("answers"),
                )


def _value(path: Path, holder: Any, key: str, name: str) -> Any:
    if not isinstance(holder, dict) or key not in holder:
        raise _foreign(path, f"no '{key}' in {name}")
    return holder[key]


def _list(path: Path, holder: Any, key: str, name: str) -> list[Any]:
    found = _value(path, holder, key, name)
    if not isinstance(found, list):
        raise _foreign(path, f"'{key}' in {name} is no list")
    return found


def _foreign(path: Path, why: str) -> IsoglossError:
    return IsoglossError(
        f"{path}: not in the form of SQuAD: {why}",
        "data -> paragraphs -> context and qas -> id, question and answers; "
        "tables of questions go into .jsonl",
    )
