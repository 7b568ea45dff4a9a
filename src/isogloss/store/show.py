"""What a person sees of an example: its input, its right answer, the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.core.types import Example, Prediction
from isogloss.language.clip import clip

LONGEST = 500
"""Characters kept of each text; the report shows less."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One stored prediction with the texts around it."""

    prediction: Prediction
    input: str
    gold: str
    output: str


def shown(example: Example | None, prediction: Prediction) -> dict[str, str]:
    """Give the texts stored beside a prediction."""
    if example is None:
        return {"output": clip(_plain(prediction.value), LONGEST)}
    return {
        "input": clip(_fields(example.inputs), LONGEST),
        "gold": clip(_answer(example.target, example.inputs), LONGEST),
        "output": clip(_answer(prediction.value, example.inputs), LONGEST),
    }


def _fields(inputs: Mapping[str, Any]) -> str:
    # the options of retrieval are the whole split; they stand in the answers
    parts = [_plain(value) for name, value in inputs.items() if name != "options"]
    return " | ".join(part for part in parts if part)


def _answer(value: Any, inputs: Mapping[str, Any]) -> str:
    options, words = inputs.get("options"), inputs.get("words")
    if options is not None and isinstance(value, int) and 0 <= value < len(options):
        return _plain(options[value])
    if words is not None and isinstance(value, tuple | list) and len(value) == len(words):
        return _tagged(words, value)
    return _plain(value)


def _tagged(words: Sequence[str], labels: Sequence[str]) -> str:
    """Write entities with their labels, or every word with its tag."""
    if not all(label == "O" or label[:2] in ("B-", "I-") for label in labels):
        return " ".join(f"{word}/{label}" for word, label in zip(words, labels, strict=True))
    found: list[tuple[str, list[str]]] = []
    before = "O"
    for word, label in zip(words, labels, strict=True):
        if label[:2] == "I-" and before[2:] == label[2:]:
            found[-1][1].append(word)
        elif label != "O":
            found.append((label[2:], [word]))
        before = label
    return " · ".join(f"{' '.join(parts)} ({label})" for label, parts in found) or "(none)"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        if value and isinstance(value[0], tuple):  # right answers of a span task
            return " / ".join(dict.fromkeys(str(answer[0]) for answer in value))
        return " ".join(str(part) for part in value)
    return str(value)
