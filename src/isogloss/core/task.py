"""A benchmark as data: one file each, languages are values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from isogloss.core.template import Template
from isogloss.core.types import Example

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class Supply:
    """Where a task's extra material comes from."""

    gives: Mapping[str, Callable[..., Any]] = field(default_factory=dict, hash=False)
    """Key of a material -> (languages) -> what there is of it: `text` of a language, disjoint
    from every test split, `parallel` and `dictionary` of two; `translator`: (texts, source,
    target) -> translations, in order. See the files of ``material``."""
    digests: Mapping[str, Callable[..., str]] = field(
        default_factory=dict, hash=False, compare=False
    )
    """Key -> (languages) -> fingerprint of what there is, where that costs less than reading
    it, or can't be had by reading: a translator has to give its name and version."""
    definition: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)
    """The table that it was built from, and the folder that paths are relative to."""

    def over(self, other: Supply) -> Supply:
        """Give this supply, and where it has nothing, the other."""
        kept = {key: look for key, look in other.digests.items() if key not in self.gives}
        return Supply(
            {**other.gives, **self.gives},
            {**kept, **self.digests},
            self.definition or other.definition,
        )


@dataclass(frozen=True)
class Task:
    """One benchmark: what it asks, in which languages, and where its items are."""

    version: str
    """Bump when a score could change."""
    kind: str
    """The name of a file in ``kind``."""
    langs: tuple[str, ...]
    """Every language it has, BCP-47."""
    load: Callable[[str, str, Path | None], list[Example]]
    """(language, split, data folder or None for the hub) -> examples; a split that
    a language lacks is an empty list."""
    metrics: tuple[str, ...]
    """The first is the headline."""
    labels: tuple[str, ...] = ()
    """Closed label set, where the kind has one, in the order of the head's outputs."""
    fields: tuple[str, ...] = ("text",)
    """Input fields in the order in which a model reads them."""
    answers: str = "same"
    """Language of a generated answer: `same` as the example's `lang`."""
    prompt: str = ""
    """Instruction put before the input; may be empty. The simplest template."""
    template: Template = field(default_factory=Template, hash=False)
    """How else text-to-text models are asked."""
    supply: Supply = field(default_factory=Supply)
    available: Callable[[Path | None], Mapping[str, tuple[str, ...]]] | None = None
    """Data folder -> language -> splits that are there; None: every split of every language."""
    digest: Callable[[str, str, Path | None], str] | None = None
    """(language, split, data folder) -> fingerprint of the train or dev data, for identities;
    None: ``version`` stands for them."""
    moving: str = ""
    """What is read from the hub without a data folder at a revision that may move: a branch or
    a tag. Empty for a commit; rows and plans tell of the others."""
    source: str = ""
    licence: str = ""
    cite: str = ""
    default_targets: tuple[str, ...] = ()
    """Languages evaluated when a study says nothing; empty: all."""
    name: str = ""
    """The file's name; set by the lookup."""
    notes: tuple[str, ...] = ()
    """What a plan tells of it: which columns were taken, which labels there are."""
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Labels of the benchmark's files that are read as another, in gold and in outputs alike."""
    inputs: Callable[[Path, str, str], list[Example]] | None = None
    """(file, language, split) -> the file's items without their labels, with the ids that the
    split would give them; None: the columns have the names of the fields."""
    definition: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)
    """What it was built from, as plain values, where no file of the package defines it."""
    overlap: float = 0.0
    """Largest share of a language's test items that its released training or dev data hold
    word for word: they can be learned by heart."""


def instruction(task: Task, lang: str) -> str:
    """Give what is put before the input of an example in a language."""
    return task.template.instructed(lang) or task.prompt


def bare(task: Task, closed: Callable[..., Any]) -> Task:
    """Give a task without its data: whoever calls for them calls ``closed``."""
    supply = Supply(dict.fromkeys(task.supply.gives, closed))
    return replace(
        task, load=closed, supply=supply, available=None, digest=None, inputs=None, definition={}
    )


TEXTS = ("version", "kind", "prompt", "source", "licence", "cite")
LISTS = ("metrics", "labels", "fields")


def about(task: Task) -> dict[str, Any]:
    """Give a task as plain values, without its data."""
    texts = {name: getattr(task, name) for name in TEXTS}
    return texts | {name: list(getattr(task, name)) for name in LISTS}


def described(name: str, values: Mapping[str, Any]) -> Task:
    """Make a task of what ``about`` gave; it has no data."""
    texts = {key: str(values[key]) for key in TEXTS}
    lists = {key: tuple(map(str, values[key])) for key in LISTS}
    return Task(langs=(), load=lambda *_: [], name=name, **texts, **lists)  # type: ignore[arg-type]
