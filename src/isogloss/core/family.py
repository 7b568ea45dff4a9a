"""A family of backbones as data: how such a network reads and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Family:
    """What backbones of one make have in common; ``models/family/NAME.py`` holds ``FAMILY``."""

    architectures: tuple[str, ...]
    """Values of `model_type` in a config.json."""
    auto: str
    """transformers' Auto class of the network without a task's head."""
    reader: Callable[[Any], Any]
    """Network -> the part of it that reads the input."""
    stacks: Callable[[set[str]], Iterable[str]]
    """Names on a parameter's path -> the stack it is in: `encoder`, `decoder`."""
    top: Callable[[Any], Iterable[Any]]
    """Network -> the parameters that turn hidden states into answers."""
    learner: Callable[[], Any] | None = None
    """Gives the head that learns from plain text, by the objective of pre-training."""
    reads: tuple[str, ...] = ("text",)
    """Names of files in ``input``: what it has a processor for."""
    towers: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Module's name -> the named part that all of it is in: `image_tower`."""
    writes: bool = True
    """Answers are texts; else they are read off a new head."""
    in_line: bool = False
    """The answer follows the input in one sequence, so that they share positions."""
    peft: str | None = None
    """PEFT's sort of model where answers are texts."""
    example: str = ""
    """A built-in backbone of the family, for hints and conformance."""
    name: str = ""
    """The file's name; set by the lookup."""

    def __str__(self) -> str:
        """Give the name."""
        return self.name
