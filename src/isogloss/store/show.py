"""What a person sees of an example: its input, its right answer, the output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isogloss.core.kind import as_text
from isogloss.core.types import Example, Prediction
from isogloss.language.clip import clip

LONGEST = 500
"""Characters kept of each text; the report shows less."""
Show = Callable[[Any, Mapping[str, Any]], str]
"""(target or answer, inputs of the example) -> text, as the task's kind has it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One stored prediction with the texts around it."""

    prediction: Prediction
    input: str
    gold: str
    output: str


def shown(example: Example | None, prediction: Prediction, show: Show = as_text) -> dict[str, str]:
    """Give the texts stored beside a prediction."""
    if example is None:
        return {"output": clip(as_text(prediction.value, {}), LONGEST)}
    return {
        "input": clip(fields(example.inputs), LONGEST),
        "gold": clip(show(example.target, example.inputs), LONGEST),
        "output": clip(show(prediction.value, example.inputs), LONGEST),
    }


def fields(inputs: Mapping[str, Any]) -> str:
    """Write all inputs in one line."""
    # the options of retrieval are the whole split; they stand in the answers
    parts = [as_text(value, {}) for name, value in inputs.items() if name != "options"]
    return " | ".join(part for part in parts if part)
