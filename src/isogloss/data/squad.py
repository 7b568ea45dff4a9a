"""Read questions and answers in the form of SQuAD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.core.errors import IsoglossError
from isogloss.data import text


class Question(NamedTuple):
    """One question, and the title of the article that it is about."""

    where: str
    id: str
    article: str
    question: str
    context: str
    answers: list[dict[str, Any]] | None
    """None where the file gives none: a question without gold answer."""


@text.kept
def read(path: Path) -> tuple[Question, ...]:
    """Read all questions of a file, in its order.

    Raises:
        IsoglossError: broken JSON, another structure, or no question at all.
    """
    content = text.read(path)
    try:
        data = json.loads(content)
    except json.JSONDecodeError as error:
        what = f"{path}:{error.lineno}: broken JSON at column {error.colno}: {error.msg}"
        raise IsoglossError(what, "mend or download the file again") from None
    try:
        found = tuple(_questions(path, content, data))
    except (KeyError, TypeError) as error:
        missing = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise IsoglossError(
            f"{path}: not in the form of SQuAD: {missing}",
            "data -> paragraphs -> context and qas -> id, question and answers; "
            "tables of questions go into .jsonl",
        ) from None
    if not found:
        raise IsoglossError(f"{path}: no question in it", "put data into it, or remove it")
    return found


def _questions(path: Path, content: str, data: Any) -> Iterator[Question]:
    at, line = 0, 1
    for number, article in enumerate(data["data"], 1):
        title = article.get("title") or str(number)
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                # A question's line is where its id stands; ids come in the file's order.
                here = content.find(json.dumps(str(item["id"])), at)
                if here > at:
                    line += content.count("\n", at, here)
                    at = here
                yield Question(
                    f"{path}:{line}",
                    str(item["id"]),
                    title,
                    item["question"],
                    paragraph["context"],
                    item.get("answers"),
                )
