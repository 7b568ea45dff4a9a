"""What became of the methods' claims: the verdicts of ``make claims``, kept with the package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("verdicts")
"""One file a method, written by tools/claims.py."""
MINI = "mini/"


@dataclass(frozen=True)
class Checked:
    """One claim of a method, and what a study found of it."""

    method: str
    says: str
    cite: str
    verdict: str
    where: str
    scope: str
    numbers: str
    delta: float | None
    low: float | None
    high: float | None
    models: tuple[str, ...]
    study: str
    created: str
    """Day."""
    version: str
    """Of isogloss."""
    revisions: tuple[str, ...]
    """Of the backbones, in the order of the models."""

    def __str__(self) -> str:
        """Give the verdict with its figures, in a few words."""
        text = f"{self.verdict} {self.where}".strip()
        if self.delta is None or self.low is None or self.high is None:
            return text
        ends = f"[{_signed(self.low)}, {_signed(self.high)}]"
        return f"{text}, {_signed(self.delta)} {ends}"


def _signed(value: float) -> str:
    text = f"{abs(value):.2f}"
    return ("±" if text == "0.00" else "+" if value > 0 else "−") + text


def checked(method: str) -> list[Checked]:
    """List what was found of a method's claims."""
    return [*_read(FOLDER / f"{method}.json")]


@cache
def _read(path: Path) -> tuple[Checked, ...]:
    """Read the claims of a method; none where they were never checked."""
    if not path.is_file():
        return ()
    names = [f.name for f in fields(Checked) if f.name != "method"]
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    lists = ("models", "revisions")
    return tuple(
        Checked(path.stem, **{**{n: one[n] for n in names}, **{n: tuple(one[n]) for n in lists}})
        for one in entries
    )


def seen(found: Sequence[Checked]) -> str:
    """Say on what a method was seen at work: real checkpoints, mini ones, or random ones only."""
    models = dict.fromkeys(model for one in found if one.delta is not None for model in one.models)
    real = [model for model in models if not model.startswith(MINI)]
    mini = ["mini backbones"] if len(real) < len(models) else []
    return ", ".join([*real, *mini]) or "random checkpoints only"
