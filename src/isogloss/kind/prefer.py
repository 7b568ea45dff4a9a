"""Prefer one of two answers to a prompt: the chosen one to the rejected one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.kind import Columns, Guess, Kind, Number, Values
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind import column, label, value

CHOSEN, REJECTED = ANSWERS = ("chosen", "rejected")
PROMPTS = ("prompt", "instruction", "question", "input", "text")
TURN = "\n\nAssistant:"
"""What precedes an answer in a dialogue that is one text."""

Chat = tuple[dict[str, str], ...]
"""Messages, each with its ``role`` and its ``content``."""


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read a prompt and two answers, of which the first is preferred.

    Answers that are whole chats, or whole dialogues in the column of the prompt too,
    give the prompt themselves: it is what stands before the last message of both.
    """
    prompt, *both = (_given(values.get(name), name, where) for name in KIND.fields)
    if all(isinstance(each, tuple) for each in both):
        prompt, both = _of_chats(prompt, both, where)
    elif not all(isinstance(each, str) for each in both):
        raise IsoglossError(
            f"{where}: one answer is a text, and the other a list of messages",
            "write both as texts, or both as lists",
        )
    elif prompt == both[0]:
        prompt, both = _of_dialogues(both, where)
    chosen, rejected = (answer.strip() for answer in both)
    if chosen == rejected:
        raise IsoglossError(f"{where}: chosen and rejected are the same text", "take the line out")
    if values.get("target") not in (None, CHOSEN):
        raise IsoglossError(
            f"{where}: target is {value.short(values['target'])!r}, and the preferred answer is "
            "what stands in chosen",
            'name its column: columns = { chosen = "..." }, and take the target out',
        )
    return {"prompt": prompt, CHOSEN: chosen, REJECTED: rejected}, CHOSEN


def _given(given: Any, field: str, where: str) -> Any:
    """Take a text, or a list of messages."""
    if not isinstance(given, list | tuple):
        return value.plain(given, field, where)
    known = all(isinstance(each, Mapping) and {"role", "content"} <= set(each) for each in given)
    if not given or not known:
        raise IsoglossError(
            f"{where}: {field} is a list, and no chat",
            f'write "{field}": "a text", or [{{"role": "user", "content": "a text"}}]',
        )
    return tuple(
        {name: value.plain(each[name], f"{name} of {field}", where) for name in ("role", "content")}
        for each in given
    )


def _of_chats(prompt: Any, both: Sequence[Chat], where: str) -> tuple[Any, list[str]]:
    """Part whole chats, or answers that are one message each."""
    (*before, first), (*other, second) = both
    if before != other or first["role"] == "user" or first["role"] != second["role"]:
        raise IsoglossError(
            f"{where}: the two chats differ in more than their last message",
            "write chats that are the same up to the assistant's last answer",
        )
    return tuple(before) or prompt, [first["content"], second["content"]]


def _of_dialogues(both: Sequence[str], where: str) -> tuple[str, list[str]]:
    """Part dialogues that are one text each."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(*both, strict=False))
    common = "".join(char for char, _ in pairs)
    end = common.rfind(TURN) + len(TURN)
    if end < len(TURN):
        raise IsoglossError(
            f"{where}: no turn of the assistant begins alike in chosen and rejected",
            'name the column of the prompt: columns = { prompt = "..." }',
        )
    return common[:end].strip(), [each[end:] for each in both]


def read(answer: Any, task: Task, example: Example) -> str:
    """Read which answer a system prefers: by name, by its text, or by two rewards.

    Raises:
        IsoglossError: it is none of these.
    """
    if isinstance(answer, Mapping) and set(ANSWERS) <= set(answer):
        answer = [answer[name] for name in ANSWERS]
    if isinstance(answer, list | tuple) and len(answer) == len(ANSWERS):
        rewards = [each for each in answer if isinstance(each, int | float) and each == each]
        if len(rewards) == len(ANSWERS):
            return preferred(*rewards)
    texts = {label.spell(example.inputs[name]): name for name in ANSWERS}
    named = label.match(answer, ANSWERS) or texts.get(label.spell(answer))
    if named is None:
        raise IsoglossError(
            f"'{value.short(answer)}' is none of the two answers",
            'give "chosen" or "rejected", the text of one, or two rewards: [1.2, -0.3]',
        )
    return named


def preferred(chosen: float, rejected: float) -> str:
    """Name the answer with the higher reward; who can't tell them apart has it wrong."""
    return CHOSEN if chosen > rejected else REJECTED


def problem(example: Example, labels: Sequence[str]) -> str:
    """Assert that the chosen answer is preferred to another one."""
    if example.target != CHOSEN:
        return f"'{example.target}' is preferred, and not what is chosen"
    chosen, rejected = (example.inputs[name] for name in ANSWERS)
    return "chosen and rejected are the same" if chosen == rejected else ""


def guess(columns: Columns) -> Guess | None:
    """Take columns that are named chosen and rejected."""
    pair = {name: column.named(columns, (name,)) for name in ANSWERS}
    if None in pair.values():
        return None
    prompt = column.named(columns, PROMPTS) or pair[CHOSEN]
    return Guess("it has chosen and rejected answers", {"prompt": prompt, **pair})


def toy(number: Number) -> Example:
    """Prefer the number's words to those of the next number."""
    other = number.split[(number.place + 1) % len(number.split)]
    inputs = {"prompt": number.shown, CHOSEN: number.said, REJECTED: other}
    return Example(number.id, number.lang, inputs, CHOSEN)


KIND = Kind(
    fields=("prompt", *ANSWERS),
    build=build,
    read=read,
    problem=problem,
    toy=toy,
    metrics=("accuracy",),
    guess=guess,
    rank=0,
    nothing=None,
    words=("preference", "reward", "rlhf", "dpo"),
)
