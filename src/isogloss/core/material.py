"""What methods read of languages, beyond the sources' training data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from isogloss.core.method import Method

MATERIALS = (
    "examples", "dev_examples", "text", "parallel", "dictionary", "translator", "answers",
    "backbone",
)  # fmt: skip
"""`examples` are those of the task's train split, with labels or without; `answers` are what
a model answers while it is trained, which moves with the settings of generation; a `backbone`
is that of a part, where the run's is another."""
SPLITS = {"train": "examples", "dev": "dev_examples"}
"""Split -> material."""
TARGET = "*"
"""Stands in a reading for the language that a model is adapted to or asked in."""
GIVEN = {
    "target_labels": "examples",
    "target_text": "text",
    "parallel_text": "parallel",
    "dictionary": "dictionary",
    "translator": "translator",
}
"""Kind of supervision -> material that gives it."""


class Reading(NamedTuple):
    """One material of one language, or of a pair, and the stage that reads it.

    What is read up to the `train` stage is part of the training's identity; later
    stages' part of the run's alone; and what is read of the language that is asked
    (`TARGET`) is part of that language's scores alone.
    """

    material: str
    """One of ``MATERIALS``."""
    langs: tuple[str, ...]
    """One language; two in any order for `parallel` and `dictionary`; a `backbone`'s name; none
    for the rest."""
    stage: str
    """The earliest stage that reads it."""


def readings(method: Method, sources: Iterable[str]) -> tuple[Reading, ...]:
    """Say what a method reads, as its ``needed()`` and its field `langs` or `lang` tell.

    The languages of the field are read by its first stage; a method without one reads
    the language that is asked.
    """
    langs = getattr(method, "langs", None) or (getattr(method, "lang", None) or TARGET,)
    late = [stage for stage in method.stages if stage in ("adapt", "predict")]
    stages = late if langs == (TARGET,) else method.stages
    found = []
    for need in method.needed():
        material = GIVEN.get(need, "")
        if material == "translator":
            found.append(Reading(material, (), method.stages[0]))
        elif material and stages:
            paired = material in ("parallel", "dictionary")
            groups = [(s, lang) for s in sources for lang in langs] if paired else zip(langs)
            found += [Reading(material, tuple(group), stages[0]) for group in groups]
    return tuple(found)
