"""What a report says, as plain values: pages, tables and JSON are drawn from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import regex

from isogloss.analysis.format import sentence, spell
from isogloss.analysis.ladder import Ladder
from isogloss.claim import Verdict
from isogloss.report.figure import Picture

Pair = tuple[str, float]


@dataclass(frozen=True)
class Search:
    """What finding a recipe's rate cost, over all rates and seeds."""

    rates: int
    trainings: int
    updates: int
    seconds: float


@dataclass(frozen=True)
class Column:
    """One system of a table."""

    name: str
    recipe: str
    model: str
    sources: tuple[str, ...]
    rate: str
    """The learning rate as it is spelled; empty where nothing was trained."""
    kind: str
    """reference (nothing was trained), trained or outside."""
    chosen: bool
    """Whether the selection policy takes this rate."""
    why: str
    """What it was taken for."""
    needs: tuple[str, ...]
    trained: int
    size: int
    seconds: float
    seeds: tuple[int, ...]
    notes: tuple[str, ...]
    runs: tuple[str, ...]
    optimizer: str = ""
    search: Search | None = None
    """Of a rate that was taken."""


@dataclass(frozen=True)
class Cell:
    """One number with what a reader needs beside it."""

    value: float
    low: float | None
    high: float | None
    n: int
    seeds: tuple[float, ...]
    fidelity: float | None = None
    """Correct-language rate of the same outputs."""
    own: float | None = None
    """Correct-language rate of the references."""
    coverage: float | None = None
    """Share of the outputs that the rate is over: whose language could be told."""
    sibling: float | None = None
    """Share of these that may be in a close relative which can't be told from the language."""
    collapsed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One language of a table."""

    lang: str
    name: str
    family: str
    source: bool
    own: float | None
    """The references' own value, for metrics that judge references too."""
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Matrix:
    """Languages x columns for one metric."""

    metric: str
    scale: float
    higher: bool
    lines: tuple[Line, ...]
    means: tuple[Cell | None, ...]
    """Over the shared target languages."""
    own: float | None
    shared: tuple[str, ...]
    left_out: tuple[str, ...]
    """Target languages that some column has no number for."""


@dataclass(frozen=True)
class Summary:
    """One column in figures."""

    mean: Cell | None
    source: float | None
    gap: float | None
    fidelity: float | None
    worst: tuple[Pair, ...]
    delta: tuple[float, float, float, float] | None = None
    """Difference from the baseline: value, low, high, corrected p."""
    sure: bool = False
    """Whether that leaves zero out."""
    tied: tuple[Pair, Pair] | None = None
    """(rate, mean over targets) of the worst and the best of the rates that the policy could
    not tell from the one taken, where there are several."""


@dataclass(frozen=True)
class Point:
    """One learning rate of a curve."""

    lr: float
    rate: str
    dev: float | None
    target: float | None
    fidelity: float | None
    tied: bool = False
    """Whether the policy could not tell it from the one taken."""


@dataclass(frozen=True)
class Curve:
    """A recipe over its learning rates, with one optimizer."""

    name: str
    model: str
    points: tuple[Point, ...]
    chosen: str
    why: str
    optimizer: str = ""


@dataclass(frozen=True)
class Output:
    """One system's answer to one item."""

    column: int
    text: str
    right: bool | None
    """Whether the headline metric gives it full marks; None where that is not known."""
    wrong_language: str
    """The language it is in, where that is not the expected one, or what it is instead."""
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One item with all answers."""

    id: str
    input: str
    gold: str
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Examples:
    """Some items of one language."""

    lang: str
    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Rate:
    """A share that outputs should not have, beside the references' own."""

    metric: str
    words: str
    own: float | None
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class About:
    """A system that a warning is about, where it is about one."""

    system: str
    langs: tuple[str, ...]
    detail: str


@dataclass(frozen=True)
class Warning:
    """An alarm in words, with all that it is about."""

    kind: str
    text: str
    grave: bool
    about: tuple[About, ...] = ()

    @property
    def said(self) -> str:
        """Begin with a capital, unless a system's name comes first."""
        return sentence(self.text) if self.about else self.text


@dataclass(frozen=True)
class Sample:
    """One output that is not right, by its verdict."""

    kind: str
    lang: str
    name: str
    """The language that was asked for."""
    text: str
    into: str
    """The language found."""
    spans: tuple[str, ...]
    """Foreign words."""
    reason: str


@dataclass(frozen=True)
class Fall:
    """In which languages a system's outputs are, and what those in the right one score."""

    column: int
    flows: tuple[tuple[str, str, int], ...]
    """(language asked for, language or verdict given, outputs)."""
    kinds: tuple[tuple[str, int], ...]
    """(verdict, outputs)."""
    samples: tuple[Sample, ...]
    shared: float | None
    """The task's score over items that all systems here answered in the right language."""
    shared_n: int
    own: float | None
    """The same over items that this system answered in the right language."""
    own_n: int
    total: int


@dataclass(frozen=True)
class Section:
    """Everything on one task, and one backbone."""

    task: str
    backbone: str
    """Its short name, where the task has sections for several."""
    version: str
    kind: str
    licence: str
    metric: str
    scale: float
    higher: bool
    columns: tuple[Column, ...]
    summaries: tuple[Summary, ...]
    baseline: str
    matrix: Matrix
    fidelity: Matrix | None
    falls: tuple[Fall, ...]
    others: tuple[Matrix, ...]
    rates: tuple[Rate, ...]
    curves: tuple[Curve, ...]
    examples: tuple[Examples, ...]
    alarms: tuple[Warning, ...]
    findings: tuple[str, ...]
    methods: str
    hidden: int
    """Rates that were tried and have no column."""
    policy: str = "source_dev"
    """What rates were taken by."""
    bound: bool = False
    """Whether that is an upper bound and no result."""
    pictures: tuple[Picture, ...] = ()
    """Rates, steps and cost of many recipes, where there are rows for it."""
    ladders: tuple[Ladder, ...] = ()
    """Recipes at several numbers of shots."""
    leaders: tuple[int | None, ...] = ()
    """The matrix's lines, and their mean: the column that is best among the trained ones and
    differs from the next best on the same items; None where there is none."""

    @property
    def title(self) -> str:
        """Say what it is about."""
        on = f" on {self.backbone}" if self.backbone else ""
        return f"{spell(self.task)}{on}: {spell(self.metric)} across languages"

    @property
    def anchor(self) -> str:
        """Name its place in a page."""
        name: str = regex.sub(r"[^\w.-]+", "-", f"{self.task} {self.backbone}".strip())
        return name


@dataclass(frozen=True)
class Report:
    """All tasks of a results folder."""

    created: str
    version: str
    runs: int
    rows: int
    sections: tuple[Section, ...]
    bibliography: tuple[str, ...]
    errors: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What went wrong, by run id."""
    claims: tuple[Verdict, ...] = ()
    """What the study claims, judged."""
