"""A study's results made of chance, with effects that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from isogloss.analysis.select import Choice
from isogloss.analysis.system import Key, Score, System
from isogloss.claim import Verdict, verdicts
from isogloss.core.run import Run
from isogloss.store import Store

LANGS = ("fr", "de", "tr", "fi", "ar", "ja")
N = 80


class Drawn(Store):
    """A store in memory: item difficulties, trainings that differ, and true skills."""

    def __init__(self, seed: int = 0, n: int = N) -> None:
        super().__init__("nowhere")
        self.rng = np.random.default_rng(seed)
        self.n = n
        self.items_of: dict[tuple[str, str], str] = {}
        self.hard = self.rng.normal(0, 1, n)
        self.kept: dict[tuple[str, str], Any] = {}
        self.systems: list[System] = []
        self.recipes: dict[str, str] = {}

    def stats(self, run_id: str, lang: str, metric: str, split: str = "test") -> Any:
        return self.kept.get((run_id, lang), [])

    def items(self, run_id: str, lang: str, split: str = "test") -> str:
        return self.items_of.get((run_id, lang), "same")

    def runs(self) -> dict[str, Run]:
        return {}

    def study(self) -> dict[str, Any]:
        return {"recipes": self.recipes}

    def add(
        self,
        recipe: str,
        skill: float,
        *,
        lr: float = 1e-4,
        seeds: int = 3,
        model: str = "mini/mt5",
        moved: Mapping[str, float] | None = None,
        langs: Sequence[str] = LANGS,
        spread: float = 0.03,
    ) -> System:
        """Draw a system whose share of right answers is `skill` plus what chance does."""
        cell = f"{recipe} {lr} {model}"
        runs = tuple(f"{cell} {seed}" for seed in range(seeds))
        for run in runs:
            shift = self.rng.normal(0, spread)
            for lang in langs:
                level = skill + (moved or {}).get(lang, 0.0) + shift + self.rng.normal(0, 0.02)
                ease = (self.hard + self.rng.normal(0, 1, self.n)) / 2**0.5
                hit = np.argsort(np.argsort(ease)) < self.rng.binomial(self.n, np.clip(level, 0, 1))
                self.kept[run, lang] = np.stack([hit.astype(float), np.ones(self.n)], axis=1)
        score = Score(skill, None, None, 0.0, self.n, (), "")
        system = System(
            task="verbalise", task_version="1", model=model, sources=("en",), recipe=recipe,
            label=recipe, lr=lr, step=10, cell=cell, needs=(), trained=1, size=1, seconds=1.0,
            machines=(), notes=(), runs=runs, seeds=tuple(range(seeds)),
            scores={Key(lang, "exact_match"): score for lang in langs},
        )  # fmt: skip
        self.systems.append(system)
        return system

    def judge(self, *claims: Mapping[str, Any], chosen: Sequence[float] = ()) -> list[Verdict]:
        """Judge claims; every system is the selected one, or those at the rates given."""
        picked = [s for s in self.systems if not chosen or s.lr in chosen]
        choices = [Choice(system, (system,), "") for system in picked]
        return verdicts(self, self.systems, choices, [{"says": "it", **one} for one in claims])
