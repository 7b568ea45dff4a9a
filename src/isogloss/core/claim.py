"""What a method's paper says of it, as something that a study can test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMS: Mapping[str, tuple[str, ...]] = {
    "higher": ("higher", "than"),
    "equal": ("first", "second"),
    "interaction": ("higher", "than", "where", "more_than"),
    "exists": ("higher", "than"),
    "inner_optimum": ("rates",),
    "better_fit": ("ladder",),
    "not_tested": (),
}
"""The forms of a claim, each with what it compares."""


@dataclass(frozen=True)
class Bench:
    """Where claims are tested: a study without its recipes."""

    name: str
    """Of the study that ``make claims`` makes of it."""
    task: str
    models: tuple[str, ...]
    targets: tuple[str, ...]
    sources: tuple[str, ...] = ("en",)
    fit: Mapping[str, Any] = field(default_factory=dict)
    """Settings of ``Fit``; they are fixed before any of the seeds is run."""
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)
    """Seed 0 is left for choosing the settings."""


@dataclass(frozen=True)
class Claim:
    """One statement on a method, and how it is tested."""

    says: str
    cite: str
    bench: Bench
    test: Mapping[str, Any]
    """As under [[claims]] of a study, one of ``FORMS`` and what goes with it; but where a study
    has the name of a recipe, this has the recipe, and beside it the settings of ``Fit`` that
    it has for itself: ``{"higher": {"recipe": "lora()", "lr": 5e-4}, "than": {"recipe": ""}}``."""
    also: tuple[Mapping[str, Any], ...] = ()
    """Recipes that have to run besides, such as the rungs of a ladder."""
