"""A run's settings and its identity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.method import Method
from isogloss.core.recipe import Recipe, parse

FORMAT = 1
"""Version of the identity; a new one makes every run a new run."""


@dataclass(frozen=True)
class Fit:
    """Settings of the one training loop; all of them are part of the identity."""

    steps: int = 1000
    """Updates."""
    batch: int = 32
    """Examples per update, at most."""
    tokens: int = 8192
    """Padded tokens (source and target) per update, at most."""
    lr: float = 1e-4
    """Peak learning rate."""
    optimizer: Literal["adamw", "adafactor"] = "adamw"
    schedule: Literal["linear", "cosine", "constant", "inverse_sqrt"] = "linear"
    warmup: float = 0.1
    """Share of the steps over which the rate rises."""
    weight_decay: float = 0.0
    clip: float = 1.0
    """Largest gradient norm; 0 turns clipping off."""
    label_smoothing: float = 0.0
    dropout: float | None = None
    """None keeps the backbone's own."""
    snapshots: int = 1
    """Evenly spaced snapshots kept, the last step's among them."""
    patience: int = 0
    """Stop after this many snapshots without a better source-dev loss; 0 never stops early."""
    max_source: int = 512
    """Longest input, in tokens."""
    max_target: int = 256
    """Longest target in training, in tokens."""
    long: Literal["head", "head_tail", "chunks"] = "head"
    """What is kept of a longer input; spans always use overlapping windows."""
    stride: int = 128
    """Overlap of windows and chunks, in tokens."""


@dataclass(frozen=True)
class Generate:
    """Settings of generation; all of them are part of the identity."""

    beams: int = 1
    sample: bool = False
    temperature: float = 1.0
    top_p: float = 1.0
    length_penalty: float = 1.0
    no_repeat: int = 0
    """Length of n-grams that may not repeat; 0 allows all."""
    repetition_penalty: float = 1.0
    max_tokens: int | None = None
    """Longest output; None follows the longest source target and the language's tokens per word."""


@dataclass(frozen=True)
class Run:
    """Task x backbone x sources x recipe x seed x fit settings."""

    task: str
    model: str
    sources: tuple[str, ...]
    recipe: str = ""
    seed: int = 0
    fit: Fit = field(default_factory=Fit)
    generate: Generate = field(default_factory=Generate)
    revision: str = ""
    """The backbone's resolved revision, or a digest of its local files."""
    data: str = ""
    """Fingerprint of the training data, where the task can give one."""
    alone: tuple[str, ...] = ()
    """The same of each source by itself, for `singles`; no part of the identity."""
    task_version: str = ""
    """Version of the task; empty: that of the task that goes by this name here."""

    @property
    def parsed(self) -> Recipe:
        """Give the recipe's methods."""
        return parse(self.recipe)

    @property
    def parts(self) -> tuple[Run, ...]:
        """Give the runs that its methods need, and those that these need, each once."""
        direct = [part for method in self.parsed.methods for part in method.parts(self)]
        return tuple(dict.fromkeys(run for part in direct for run in (part, *part.parts)))

    @cached_property
    def id(self) -> str:
        """Hash everything that can move a score."""
        return _digest(self._identity(self.parsed) | {"generate": asdict(self.generate)})

    @cached_property
    def cell(self) -> str:
        """Hash the same without the seed."""
        return replace(self, seed=-1).id

    @property
    def settings(self) -> str:
        """Hash the same without the seed and the learning rate: what a search holds fixed."""
        return replace(self, fit=replace(self.fit, lr=0.0)).cell

    @cached_property
    def train_key(self) -> str:
        """Hash what can move the trained weights; runs with equal keys share them."""
        return _digest(self._identity(self.parsed.training))

    def _identity(self, recipe: Recipe) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "task": [self.task, self.task_version or plugin.task(self.task).version],
            "model": [self.model, self.revision],
            "sources": self.sources,
            "recipe": recipe.identity(),
            "parts": [part.train_key for m in recipe.methods for part in m.parts(self)],
            "seed": self.seed,
            "fit": asdict(self.fit),
            "data": self.data,
        }


def singles(run: Run, method: Method) -> tuple[Run, ...]:
    """Give the run on each of its sources alone, without one method of its recipe.

    They are the runs that a study with these sources one by one has, and share
    their training.

    Raises:
        IsoglossError: it has fewer sources than the method takes.
    """
    if len(run.sources) < method.least_sources:
        raise IsoglossError(
            f"{plugin.name_of(type(method))} takes at least {method.least_sources} sources; "
            f"the run has {', '.join(run.sources)}",
            'list them together: sources = [["en", "de"]]',
        )
    recipe = str(Recipe(tuple(each for each in run.parsed.methods if each != method)))
    prints = run.alone or ("",) * len(run.sources)
    return tuple(
        replace(run, sources=(lang,), recipe=recipe, data=data, alone=(data,) if data else ())
        for lang, data in zip(run.sources, prints, strict=True)
    )


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def to_json(run: Run) -> dict[str, Any]:
    """Give a run as plain values, for ``run.json``."""
    return asdict(run)


def from_json(value: dict[str, Any]) -> Run:
    """Read a run back from ``to_json``."""
    return Run(
        **value
        | {
            "sources": tuple(value["sources"]),
            "alone": tuple(value.get("alone", ())),
            "fit": Fit(**value["fit"]),
            "generate": Generate(**value["generate"]),
        }
    )
