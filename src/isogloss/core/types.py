"""What flows through the pipeline: examples in, predictions and rows out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """A gold answer span: its text and its first character in the context."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Example:
    """One item of a task.

    What ``inputs`` and ``target`` hold follows from the task's kind:

    ==========  ==============================  ==================================
    kind        inputs                          target
    ==========  ==============================  ==================================
    generate    text                            str
    classify    text, and pair where there are  one of the task's labels
                two texts
    tag         words: tuple of str             tuple of labels, one per word
    span        question, context               tuple of ``Answer``, all of them right
    choose      text, options: tuple of str     index of the right option
    retrieve    text, options: tuple of str     index of the right option; options
                                                are shared by the whole split
    image_text  text, options: tuple of         the same
                ``Media``
    sound       sound: ``Media``                one of the task's labels
    ==========  ==============================  ==================================

    A target of None is an example without label.
    """

    id: str
    lang: str
    """The answer's language, BCP-47."""
    inputs: Mapping[str, Any]
    target: Any = None
    langs: Mapping[str, str] = field(default_factory=dict)
    """A field's own language where it differs from ``lang``."""
    origin: str = "gold"
    """One of gold, translated, mixed, pseudo."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer to one example."""

    id: str
    value: Any
    """In the form of the example's target; for spans the answer's text."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Log-probabilities by label or option, where the head has them."""
    flags: tuple[str, ...] = ()
    """What went wrong on the way: cut (input truncated), limit (output hit the
    length limit), malformed (output could not be parsed)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One score: a language (or condition) x a metric x a run, flat scalars."""

    run: str
    cell: str
    task: str
    task_version: str
    model: str
    recipe: str
    lr: float
    step: int
    needs: str
    """Kinds of supervision beyond source labels, joined by commas."""
    sources: str
    """Source languages, joined by commas."""
    target: str
    condition: str
    """Empty; or `reference` for a score of the references themselves; or a
    language pair such as `question=de,context=ru`."""
    split: str
    metric: str
    signature: str
    value: float | None
    n: int
    seed: int
    low: float | None = None
    high: float | None = None
    """Bootstrap interval over items, 95 %."""
    trained: int = 0
    """Trained parameters."""
    size: int = 0
    """All parameters."""
    seconds: float = 0.0
    """Training time of the run, and of the parts that it has needed so far."""
    machine: str = ""
    note: str = ""
    created: str = ""
    version: str = ""
    """Version of isogloss."""
    settings: str = ""
    """Digest of all settings but seed and rate: runs with the same are one search."""
    optimizer: str = ""
    material: str = ""
    """Digest of what was read of the target alone; empty where nothing was. A score holds as
    long as it stays the same."""
    label: str = field(default="", compare=False)
    """The recipe's name in the study that asked for it."""
