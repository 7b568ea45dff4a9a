"""What methods read of languages, beyond the sources' training data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from isogloss.core.method import Method

OF_RUN = ("examples", "dev_examples", "answers", "backbone")
"""What is read and no file of ``material`` gives: `examples` are those of the task's train split,
with labels or without; `answers` are what a model answers while it is trained, which moves with
the settings of generation; a `backbone` is that of a part, where the run's is another."""
SPLITS = {"train": "examples", "dev": "dev_examples"}
"""Split -> material."""
TARGET = "*"
"""Stands in a reading for the language that a model is adapted to or asked in."""


class Toy(NamedTuple):
    """A world of toy languages that say the same, for conformance."""

    words: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, tuple[str, ...]]


class Opened(NamedTuple):
    """Where a material comes from: what gives it, and its fingerprint, both by languages."""

    give: Callable[..., Any]
    digest: Callable[..., str]


@dataclass(frozen=True)
class Material:
    """A kind of supervision; a file ``material/NEED.py`` holds one as ``MATERIAL``.

    NEED is what methods have among their `needs`, and ask the context for:
    ``ctx.get("NEED", lang="sw")``.
    """

    key: str = ""
    """What readings and `[supply]` call it; empty: as the file."""
    langs: tuple[str, ...] | None = ("lang",)
    """What it is asked by: a `lang`; a `source` and a `target`, in any order; nothing, where
    it serves all languages alike. None: nothing is read, it comes by itself."""
    example: str = ""
    """What a study writes under `[supply]`; empty where it has no place there."""
    read: Callable[..., Any] | None = None
    """(file) -> what it holds; with two languages, (file, whether it names them in the other
    order). The file is found by a pattern, and its bytes are the fingerprint."""
    open: Callable[[str, Path], Opened] | None = None
    """(what `[supply]` says, the study's folder) -> its place, where that is no file."""
    toy: Callable[..., Any] | None = None
    """(``Toy``, languages) -> what conformance has of it."""
    short: str = ""
    """The method of the context that gives it; empty: `get` alone."""
    free: bool = False
    """Whether a source language's are there for every method."""
    instead: str = ""
    """What is read of the task where `[supply]` has none."""
    name: str = ""
    """The file's name; set by the lookup."""


class Reading(NamedTuple):
    """One material of one language, or of a pair, and the stage that reads it.

    What is read up to the `train` stage is part of the training's identity; later
    stages' part of the run's alone; and what is read of the language that is asked
    (`TARGET`) is part of that language's scores alone.
    """

    material: str
    """The key of a ``Material``, or one of ``OF_RUN``."""
    langs: tuple[str, ...]
    """One language; two in any order; none; as the material has it. Of a `backbone`, its name."""
    stage: str
    """The earliest stage that reads it."""


def readings(method: Method, sources: Iterable[str]) -> tuple[Reading, ...]:
    """Say what a method reads, as its ``needed()`` and its field `langs` or `lang` tell.

    The languages of the field are read by its first stage; a method without one reads
    the language that is asked.
    """
    langs = getattr(method, "langs", None) or (getattr(method, "lang", None) or TARGET,)
    from isogloss.core.catalogue import catalogue

    late = [stage for stage in method.stages if stage in ("adapt", "predict")]
    stages = late if langs == (TARGET,) else method.stages
    found = []
    for need in method.needed():
        material = catalogue().material(need)
        if material.langs == ():
            found.append(Reading(material.key, (), method.stages[0]))
        elif material.langs and stages:
            paired = len(material.langs) == 2
            groups = [(s, lang) for s in sources for lang in langs] if paired else zip(langs)
            found += [Reading(material.key, tuple(group), stages[0]) for group in groups]
    return tuple(found)
