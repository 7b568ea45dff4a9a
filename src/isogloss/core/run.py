"""A run's settings and its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Number, Range, Rate, Share, build
from isogloss.core.method import Method
from isogloss.core.recipe import Recipe, parse

FORMAT = 1
"""Version of the identity; a new one makes every run a new run."""


@dataclass(frozen=True)
class Fit:
    """Settings of the one training loop; all of them are part of the identity."""

    steps: Count = 1000
    """Updates."""
    batch: Count = 32
    """Examples per update, at most."""
    tokens: Count = 8192
    """Padded tokens (source and target) per update, at most."""
    lr: Rate = 1e-4
    """Peak learning rate."""
    optimizer: Literal["adamw", "adafactor"] = "adamw"
    schedule: Literal["linear", "cosine", "constant", "inverse_sqrt"] = "linear"
    warmup: Annotated[float, Range(least=0, most=1)] = 0.1
    """Share of the steps over which the rate rises."""
    weight_decay: Annotated[float, Range(least=0)] = 0.0
    clip: Annotated[float, Range(least=0)] = 1.0
    """Largest gradient norm; 0 turns clipping off."""
    label_smoothing: Share = 0.0
    dropout: Share | None = None
    """None keeps the backbone's own."""
    snapshots: Annotated[int, Range(least=1, most=1000)] = 1
    """Evenly spaced snapshots kept, the last step's among them."""
    patience: Number = 0
    """Stop after this many snapshots without a better source-dev loss; 0 never stops early."""
    max_source: Count = 512
    """Longest input, in tokens."""
    max_target: Count = 256
    """Longest target in training, in tokens; labels and options are read whole."""
    long: Literal["head", "head_tail", "chunks"] = "head"
    """What is kept of a longer input; spans always use overlapping windows."""
    stride: Number = 128
    """Overlap of windows and chunks, in tokens."""


@dataclass(frozen=True)
class Generate:
    """Settings of generation; all of them are part of the identity."""

    beams: Annotated[int, Range(least=1, most=1000)] = 1
    sample: bool = False
    temperature: Annotated[float, Range(above=0)] = 1.0
    top_p: Annotated[float, Range(above=0, most=1)] = 1.0
    length_penalty: float = 1.0
    no_repeat: Number = 0
    """Length of n-grams that an output may not repeat; 0 allows all."""
    repetition_penalty: Annotated[float, Range(above=0)] = 1.0
    """Of tokens that the output has already; the input counts in no family."""
    max_tokens: Count | None = None
    """Longest output; None follows the longest source target and the language's tokens per word."""

    def identity(self) -> dict[str, Any]:
        """Give all fields, and what the penalties count, where there are some."""
        penal = self.no_repeat or self.repetition_penalty != 1.0
        return {**plain(self), **({"counts": "output"} if penal else {})}


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

    @cached_property
    def parsed(self) -> Recipe:
        """Give the recipe's methods."""
        return parse(self.recipe)

    @cached_property
    def parts(self) -> tuple[Run, ...]:
        """Give the runs that its methods need, and those that these need, each once."""
        direct = [part for method in self.parsed.methods for part in method.parts(self)]
        return tuple(dict.fromkeys(run for part in direct for run in (part, *part.parts)))

    def check(self) -> None:
        """Refuse a recipe whose methods don't fit the run or each other.

        Raises:
            IsoglossError: as a method's ``check``, or two methods freeze the network
                and train what they add.
        """
        methods = self.parsed.methods
        for method in methods:
            if len(self.sources) < method.least_sources:
                raise IsoglossError(
                    f"{plugin.name_of(type(method))} takes at least {method.least_sources} "
                    f"sources; the run has {', '.join(self.sources)}",
                    'list them together: sources = [["en", "de"]]',
                )
            method.check(self)
        adding = [plugin.name_of(type(method)) for method in methods if method.adds]
        if len(adding) > 1:
            raise IsoglossError(
                f"{adding[1]} can't be added to a model that has {adding[0]}",
                "keep one of them in the recipe",
            )

    @cached_property
    def id(self) -> str:
        """Hash everything that can move a score."""
        return _digest(self._identity(self.parsed) | {"generate": self.generate.identity()})

    @cached_property
    def cell(self) -> str:
        """Hash the same without the seed."""
        return replace(self, seed=-1).id

    @cached_property
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
            "fit": plain(self.fit),
            "data": self.data,
        }


@lru_cache(maxsize=1024)
def plain(settings: Fit | Generate) -> Mapping[str, Any]:
    """Give settings as plain values; runs of a study share them."""
    return asdict(settings)


def singles(run: Run, method: Method) -> tuple[Run, ...]:
    """Give the run on each of its sources alone, without one method of its recipe.

    They are the runs that a study with these sources one by one has, and share
    their training.
    """
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
    """Read a run back from ``to_json``.

    Raises:
        IsoglossError: a setting that a run doesn't have, or of another type.
    """
    parts = {"fit": Fit, "generate": Generate}
    made = {key: build(cls, key, value[key], bounded=False) for key, cls in parts.items()}
    run: Run = build(Run, "run", {**value, **made}, bounded=False)
    return run
