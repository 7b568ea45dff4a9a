"""What kind of task a name stands for."""

from __future__ import annotations

from collections.abc import Iterable

from isogloss import plugin
from isogloss.core.errors import IsoglossError, nearest


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
    word, kinds = task.strip().lower(), plugin.kinds()
    words = {word: name for name, kind in kinds.items() for word in (name, *kind.words)}
    if task in plugin.names("task"):
        return task, plugin.task(task).kind
    if word in words:
        return word, words[word]
    if task in (own := tuple(own)):
        return task, ""
    near = nearest(word, [*plugin.names("task"), *own, *words])
    hint = f"did you mean '{near}'?" if near else f"a kind of task: {', '.join(words)}"
    raise IsoglossError(f"unknown task '{task}'", f"{hint} `isogloss list tasks` shows all tasks")
