"""A run's settings and its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from isogloss.core.catalogue import catalogue
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.field import Count, Number, Range, Rate, Share, build
from isogloss.core.material import TARGET, Reading
from isogloss.core.method import STAGES, TRAIN_STAGES, Method
from isogloss.core.recipe import Recipe, parse

FORMAT = 2
"""Version of the identity; a new one makes every run a new run."""
WEIGHT_STAGES = (*TRAIN_STAGES, "weights")


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
    material: tuple[tuple[str, ...], ...] = ()
    """(material, languages, digest) of all that the run and its parts read, as far as it is
    known; each identity holds what is read for it."""
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

    def on(self, model: str, **changes: Any) -> Run:
        """Give a run on another backbone, at the revision that was looked up for this one.

        Args:
            model: the backbone, which ``reads`` announces: Reading("backbone", (model,), stage).
            changes: other fields.
        """
        revision = self.digests.get(("backbone", model), "")
        return replace(self, model=model, revision=revision, **changes)

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
                    f"{catalogue().name_of(type(method))} takes at least {method.least_sources} "
                    f"sources; the run has {', '.join(self.sources)}",
                    'list them together: sources = [["en", "de"]]',
                )
            method.check(self)
        adding = [catalogue().name_of(type(method)) for method in methods if method.adds]
        if len(adding) > 1:
            raise IsoglossError(
                f"{adding[1]} can't be added to a model that has {adding[0]}",
                "keep one of them in the recipe",
            )

    @cached_property
    def id(self) -> str:
        """Hash everything that can move a score."""
        return _digest(self._identity(STAGES))

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
        return _digest(self._identity(TRAIN_STAGES))

    @cached_property
    def weights_key(self) -> str:
        """Hash what can move the weights that others get as a part."""
        return _digest(self._identity(WEIGHT_STAGES))

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """List what is read of languages: the sources' training data, and what methods announce.

        Raises:
            IsoglossError: a method announces what doesn't exist.
        """
        materials = ("examples", "dev_examples") if self.fit.patience else ("examples",)
        found = [Reading(name, (lang,), "data") for name in materials for lang in self.sources]
        found += [reading for method in self.parsed.methods for reading in method.reads(self)]
        for reading in found:
            if reading.material not in (readable := catalogue().readable()):
                raise unknown("material", reading.material, readable)
            if reading.stage not in STAGES:
                raise unknown("stage", reading.stage, STAGES)
        return tuple(dict.fromkeys(found))

    @cached_property
    def digests(self) -> Mapping[tuple[str, str], str]:
        """Give the digests of ``material``: (material, languages) -> digest."""
        return {(name, langs): digest for name, langs, digest in self.material}

    def _identity(self, stages: tuple[str, ...]) -> dict[str, Any]:
        """Give what can move the outcome of these stages."""
        recipe = self.parsed.acting(stages)
        read = {place(r.material, r.langs) for r in self.readings if r.stage in stages}
        known = sorted(each for each in read if TARGET not in each[1])
        answers = "predict" in stages or place("answers", ()) in read
        return {
            "format": FORMAT,
            "task": [self.task, self.task_version or catalogue().task(self.task).version],
            "model": [self.model, self.revision],
            "sources": self.sources,
            "recipe": recipe.identity(),
            "parts": [part.weights_key for m in recipe.methods for part in m.parts(self)],
            "seed": self.seed,
            "fit": plain(self.fit),
            "material": [[*each, self.digests.get(each, "")] for each in known],
            **({"generate": self.generate.identity()} if answers else {}),
        }


def place(material: str, langs: Iterable[str]) -> tuple[str, str]:
    """Spell a material and its languages, in whichever order these come."""
    return material, ",".join(sorted(langs))


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
    return tuple(replace(run, sources=(lang,), recipe=recipe) for lang in run.sources)


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
