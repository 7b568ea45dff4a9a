"""A kind of task as data: its fields, its target, and how both are read and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from isogloss.core.task import Task
    from isogloss.core.types import Example

Values = Mapping[str, Any]
"""What a line of a file holds: input fields, and ``target``."""
Columns = Mapping[str, Sequence[Any]]
"""A table of unknown meaning: column -> its values, line by line."""


class Guess(NamedTuple):
    """Which columns hold what, if a table is of some kind."""

    why: str
    """What tells, in words."""
    fields: Mapping[str, Any]
    """Field -> column, or a tuple of columns."""


class Number(NamedTuple):
    """A number of several digits, said in a language: what toy examples are made of."""

    id: str
    lang: str
    digits: tuple[int, ...]
    words: tuple[str, ...]
    """The language's words for 1 to 9."""
    split: tuple[str, ...]
    """What all numbers of the split are called, in order."""
    place: int
    """Of this number in the split."""

    @property
    def shown(self) -> str:
        """Write it in digits."""
        return " ".join(map(str, self.digits))

    @property
    def said(self) -> str:
        """Write it in words."""
        return self.split[self.place]


def as_text(value: Any, inputs: Mapping[str, Any]) -> str:
    """Write a target or an answer as it stands."""
    if isinstance(value, tuple | list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _as_they_are(values: Sequence[Any], labels: Sequence[str]) -> Sequence[Any]:
    return values


@dataclass(frozen=True)
class Kind:
    """What tasks of one kind ask; a file ``kind/NAME.py`` holds one as ``KIND``."""

    fields: tuple[str, ...]
    """Input fields in the order in which a model reads them."""
    build: Callable[[Values, str], tuple[dict[str, Any], Any]]
    """(values, file and line) -> inputs and target; a target of None is no label."""
    read: Callable[[Any, Task, Example], Any]
    """(answer of a system, task, example) -> the same in the form of a target."""
    problem: Callable[[Example, Sequence[str]], str]
    """(labelled example, the task's labels) -> what is wrong with its target; or empty."""
    toy: Callable[[Number], Example]
    """A number -> a toy example of it."""
    metrics: tuple[str, ...]
    """What own tasks are scored with by default, the headline first."""
    inputs: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Field -> the name of a file in ``input``; the others hold text."""
    toy_labels: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    """Input fields that a file may have besides."""
    beside: tuple[str, ...] = ()
    """Columns that say more of the target."""
    labels: Callable[[Any], Iterable[str]] | None = None
    """Target -> the labels in it; None where there is no closed set of them."""
    label_metrics: Callable[[Sequence[str]], tuple[str, ...]] = lambda labels: ()
    """The task's labels -> metrics that come before the others, for labels like these."""
    outputs: Callable[[Sequence[Any], Sequence[str]], Sequence[Any]] = _as_they_are
    """(all answers of a file, the task's labels) -> the same in the form that ``read`` takes."""
    gold: Callable[[Sequence[Any]], Sequence[Any]] = lambda values: values
    """All targets of a file -> the same in the form that ``build`` takes."""
    show: Callable[[Any, Mapping[str, Any]], str] = as_text
    """(target or answer, inputs of the example) -> what a person sees of it."""
    guess: Callable[[Columns], Guess | None] = lambda columns: None
    """Look whether a table is of this kind."""
    rank: int = 0
    """Kinds of a lower rank guess first: those that a table is hardly taken for by mistake."""
    nothing: Any = ""
    """What stands for an answer that is not there."""
    free: bool = False
    """Answers are texts, and may be empty."""
    writes: bool = False
    """Answers are written in a language, and may be in the wrong one."""
    exact: bool = False
    """Targets count characters of a field, so that no text may be changed in reading."""
    options: str = ""
    """Field with what is chosen from; empty where answers are no index."""
    shared: bool = False
    """All items of a split choose from the same, which may be the targets of all."""
    formats: tuple[str, ...] = ()
    """Layouts of files beside tables: `conll`, `squad`."""
    hub: str = ""
    """The hub's name of what an encoder does here; empty where encoders don't serve."""
    class_of: str = ""
    """What transformers' classes of encoders with a head for it are called."""
    words: tuple[str, ...] = ()
    """What people call tasks of this kind."""
    name: str = ""
    """The file's name; set by the lookup."""
