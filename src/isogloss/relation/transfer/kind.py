"""What kind of task a name stands for."""

from __future__ import annotations

from collections.abc import Iterable

from isogloss.core.errors import IsoglossError

WORDS = {
    "ner": "tag", "pos": "tag", "tagging": "tag", "slots": "tag",
    "nli": "classify", "classification": "classify", "sentiment": "classify",
    "topic": "classify", "paraphrase": "classify", "intent": "classify",
    "qa": "span", "question-answering": "span",
    "generation": "generate", "summarization": "generate", "summarisation": "generate",
    "translation": "generate", "retrieval": "retrieve",
}  # fmt: skip
"""What people call a kind of task -> the kind."""


def kind_of(task: str) -> str:
    """Give a task's kind, empty where its name does not tell."""
    try:
        return known_kind(task, [task])[1]
    except IsoglossError:
        return ""


def known_kind(task: str, own: Iterable[str] = ()) -> tuple[str, str]:
    """Give a task's name and kind, empty where not known.

    Args:
        task: of the catalogue, one that was run, or a word for a kind.
        own: tasks that were run.

    Raises:
        IsoglossError: none of these.
    """
    from isogloss import plugin
    from isogloss.core.errors import nearest
    from isogloss.core.types import KINDS

    word = task.strip().lower()
    if task in plugin.names("task"):
        return task, plugin.task(task).kind
    if word in KINDS:
        return word, word
    if word in WORDS:
        return word, WORDS[word]
    if task in (own := tuple(own)):
        return task, ""
    near = nearest(word, [*plugin.names("task"), *own, *KINDS, *WORDS])
    hint = f"did you mean '{near}'?" if near else f"a kind of task: {', '.join([*KINDS, *WORDS])}"
    raise IsoglossError(f"unknown task '{task}'", f"{hint} `isogloss list tasks` shows all tasks")
