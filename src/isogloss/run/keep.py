"""What is complete is not computed again: folders of what hooks train, values they keep.

A training has its folder by the run's ``train_key``. What is trained after it, in the
weights, adapt and predict stages, has folders in ``out/adapted``, by a key of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss import plugin
from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.method import TRAIN_STAGES, Method
from isogloss.core.recipe import Recipe
from isogloss.core.run import Run
from isogloss.core.types import Example
from isogloss.models.train import manifest
from isogloss.run import material
from isogloss.run.context import Access
from isogloss.store import Store
from isogloss.store.disk import replace_file

if TYPE_CHECKING:
    from isogloss.models.model import Model

ABOUT = "about.json"
"""File of an adapted folder that says whose it is."""


@dataclass(frozen=True)
class Place:
    """A stage of a run, and where what its hooks train and keep lies."""

    store: Store
    stage: str
    key: Callable[[], str]
    """Gives that of the training, or of what is adapted after it."""
    about: dict[str, str]
    """What a folder of an adaptation says of itself."""
    wait: bool = True

    @cached_property
    def folder(self) -> Path:
        """Give the folder of this stage's trainings."""
        early = self.stage in TRAIN_STAGES
        return (self.store.weights if early else self.store.adapted)(self.key())

    def training(self, number: int) -> Path:
        """Give the folder of the stage's nth training."""
        return self.folder / f"{self.stage}-{number}"

    def held(self, training: Path) -> AbstractContextManager[Any]:
        """Hold the folder while something in it is trained; what is done needs no holding."""
        # The train stage is held as a whole, by the pipeline.
        if self.stage == "train" or manifest.whole(training):
            return nullcontext()
        return self._holding()

    @contextmanager
    def _holding(self) -> Iterator[None]:
        with self.store.holding(self.folder, wait=self.wait):
            if self.stage not in TRAIN_STAGES:
                text = json.dumps(self.about, ensure_ascii=False, indent=1)
                replace_file(self.folder / ABOUT, text.encode())
            yield


def late_key(run: Run, stage: str, lang: str, read: str, asked: Sequence[Example]) -> str:
    """Hash what can move what a stage after the training trains.

    Args:
        run: whose stage.
        stage: weights, adapt or predict.
        lang: the target language; empty for the weights stage.
        read: digest of what is read after the training, as ``material.adapt_digest`` gives it.
        asked: inputs of the predict stage.
    """
    acting = run.parsed.acting(("weights", stage))
    methods = run.id if stage == "predict" else acting.identity()
    inputs = [[each.id, each.lang, dict(each.inputs)] for each in asked]
    value = [run.train_key, stage, methods, lang, read, inputs]
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=content_hash)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass
class Fits:
    """Trains for hooks, each call in a folder of its own, numbered in the order of the calls."""

    run: Run
    machine: Machine
    place: Place | None = None
    """None: nothing is kept."""
    common: Any = None
    """A network that is not trained: all languages start from it."""
    count: int = 0

    def __call__(self, model: Model, examples: Sequence[Example], **options: Any) -> Any:
        """Train with the one loop, or open what was trained before.

        Raises:
            IsoglossError: the model is one that others start from.
        """
        from isogloss.models.train.fit import fit

        if self.common is not None and not _weights(model.net).isdisjoint(_weights(self.common)):
            raise IsoglossError(
                "adapt trains the model that other languages start from",
                "train a copy: ctx.fit(model.copy(), ...)",
            )
        settings = replace(self.run.fit, **options)
        fixed: dict[str, Any] = {"fit": settings, "seed": self.run.seed, "machine": self.machine}
        self.count += 1
        if self.place is None:
            return fit(model, examples, **fixed)
        folder = self.place.training(self.count)
        with self.place.held(folder):
            return fit(model, examples, **fixed, folder=folder)


def _weights(net: Any) -> set[int]:
    """Tell a network's parameters from others: two networks may share some."""
    return {id(parameter) for parameter in net.parameters()}


@dataclass(frozen=True)
class Keeper:
    """Finds the places of a run's stages, and binds a context to them."""

    store: Store
    machine: Machine
    wait: bool = True
    kept: bool = True
    """False where nothing may be left, such as for a model on its way."""

    def at(self, ctx: Access, stage: str, lang: str = "", asked: Sequence[Example] = ()) -> Access:
        """Bind a context to a stage: its place, its ``fit`` and its ``cache``.

        Args:
            ctx: the run's.
            stage: one of the seven.
            lang: the target language of the adapt and predict stages.
            asked: inputs of the predict stage.
        """
        run = ctx.run

        def key() -> str:
            if stage in TRAIN_STAGES:
                return run.train_key
            read = material.adapt_digest(run, lang, ctx.digest, stage)
            return late_key(run, stage, lang, read, asked)

        place = Place(self.store, stage, key, _about(run, stage, lang), self.wait)
        here = place if self.kept else None
        loops: dict[str, Any] = {"fit": Fits(run, self.machine, here), "cache": Cache(here)}
        return replace(ctx, loops={**ctx.loops, **loops}, place=here)


def _about(run: Run, stage: str, lang: str) -> dict[str, str]:
    """Say whose the folder of an adaptation is."""
    about = {"train_key": run.train_key, "stage": stage, "lang": lang, "recipe": run.recipe}
    return about | {"task": run.task, "model": run.model}


@dataclass(frozen=True)
class Cache:
    """Keeps values that hooks have computed, in the folder of their stage, or for all runs."""

    place: Place | None

    def __call__(
        self, method: Method, key: Any, make: Callable[[], Any], *, shared: bool = False
    ) -> Any:
        """Give a value that was kept, or make and keep it; see ``core.method.Context``."""
        if self.place is None:
            return make()
        # What one method may read is not handed to another that didn't ask for it.
        needs = [plugin.name_of(type(method)), method.version, sorted(method.needed())]
        if not shared:
            return kept(self.place.folder, [Recipe((method,)).identity(), key], make)
        holding = partial(self.place.store.holding, wait=self.place.wait)
        return kept(self.place.store.out, [needs, key], make, holding)


def kept(
    folder: Path,
    key: Any,
    make: Callable[[], Any],
    holding: Callable[[Path], AbstractContextManager[Any]] = nullcontext,
) -> Any:
    """Give a value that is kept in a folder, or make and keep it.

    Args:
        folder: of a training, an adaptation, or all results.
        key: plain values that tell it from others of the folder.
        make: computes it.
        holding: keeps other processes from making it at the same time.

    Raises:
        IsoglossError: a key that is not plain, or a value that can't be kept.
    """
    from isogloss.models.train import value

    try:
        text = json.dumps(key, sort_keys=True, ensure_ascii=False)
    except TypeError as error:
        raise IsoglossError(
            f"{key[-1]!r} can't be the key of a kept value: {error}",
            "give texts, numbers, and lists or tables of them",
        ) from None
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    if there := value.load(folder / "cache", name):
        return there[0]
    with holding(folder / "cache" / name):
        there = value.load(folder / "cache", name)  # another may have made it meanwhile
        return there[0] if there else value.keep(folder / "cache", name, make())
