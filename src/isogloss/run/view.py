"""What a hook gets: the context's public names, and nothing behind them.

What begins with an underscore is closed by agreement alone, as everywhere in Python.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from isogloss.core.errors import Undeclared
from isogloss.core.machine import Machine
from isogloss.core.run import Run
from isogloss.core.task import Task, bare
from isogloss.core.types import Example, Prediction

if TYPE_CHECKING:
    from isogloss.models.model import Model
    from isogloss.run.context import Access


def shown(task: Task, asking: str = "a method") -> Task:
    """Give a task as methods see it: without its data."""
    return bare(task, partial(_closed, asking, task.name))


def _closed(asking: str, task: str, *args: Any) -> NoReturn:
    raise Undeclared(
        f"{asking} reaches for the data of {task} beside the context",
        "ask the context: ctx.labels(lang), ctx.inputs(lang), ctx.text(lang), ...",
    )


class View:
    """One method's ``core.method.Context`` at one stage."""

    __slots__ = ("_access", "_task")

    def __init__(self, access: Access) -> None:
        self._access = access
        self._task = shown(access.task, access.asking)

    @property
    def run(self) -> Run:
        return self._access.run

    @property
    def task(self) -> Task:
        return self._task

    @property
    def machine(self) -> Machine:
        return self._access.machine

    @property
    def sources(self) -> tuple[str, ...]:
        return self._access.sources

    def get(self, need: str, n: int | None = None, **asked: Any) -> Any:
        return self._access.get(need, n, **asked)

    @property
    def model(self) -> Any:
        return self._access.model

    def text(self, lang: str, n: int | None = None) -> list[str]:
        return self._access.text(lang, n)

    def inputs(self, lang: str, n: int | None = None) -> list[Example]:
        return self._access.inputs(lang, n)

    def labels(
        self, lang: str, n: int | None = None, split: str = "train", *, draw: int = 0
    ) -> list[Example]:
        return self._access.labels(lang, n, split, draw=draw)

    def parallel(self, source: str, target: str, n: int | None = None) -> list[tuple[str, str]]:
        return self._access.parallel(source, target, n)

    def dictionary(self, source: str, target: str) -> Mapping[str, Sequence[str]]:
        return self._access.dictionary(source, target)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        return self._access.translate(texts, source, target)

    def part(self, run: Run) -> Any:
        return self._access.part(run)

    def snapshots(self) -> list[Path]:
        return self._access.snapshots()

    def fit(self, model: Model, examples: Sequence[Example], **options: Any) -> Any:
        return self._access.fit(model, examples, **options)

    def predict(
        self, model: Model, examples: Sequence[Example], **options: Any
    ) -> list[Prediction]:
        return self._access.predict(model, examples, **options)

    def cache(self, key: Any, make: Callable[[], Any], *, shared: bool = False) -> Any:
        return self._access.cache(key, make, shared=shared)

    def states(self, model: Model, texts: Sequence[Any], *given: Any, **options: Any) -> Any:
        return self._access.states(model, texts, *given, **options)

    def embed(self, model: Model, texts: Sequence[Any], *given: Any, **options: Any) -> Any:
        return self._access.embed(model, texts, *given, **options)

    def score(self, model: Model, prompts: Sequence[str], *given: Any, **options: Any) -> Any:
        return self._access.score(model, prompts, *given, **options)

    def sample(self, model: Model, prompts: Sequence[str], *given: Any, **options: Any) -> Any:
        return self._access.sample(model, prompts, *given, **options)

    def rng(self, salt: str = "") -> random.Random:
        return self._access.rng(salt)
