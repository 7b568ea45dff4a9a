"""What a picture shows, as plain values: panels of series, or a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Tick = tuple[float, str]
ACROSS = 4
"""Panels beside each other, at most."""


@dataclass(frozen=True)
class Mark:
    """One point of a series."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    """Ends of a whisker."""
    taken: bool = False
    """Whether it is set off: the rate that a policy took."""
    text: str = ""


@dataclass(frozen=True)
class Series:
    """Points of one kind, joined by a line."""

    name: str
    style: str
    """k0 to k6 are kinds, the first of them what others are compared with; r0 to r6 are ranks."""
    marks: tuple[Mark, ...]
    joined: bool = True


@dataclass(frozen=True)
class Panel:
    """One plot of a figure."""

    title: str
    y: str
    """What the vertical axis measures."""
    top: float
    """Upper end of the vertical axis; the lower is 0."""
    series: tuple[Series, ...]
    levels: tuple[Tick, ...] = ()
    """Horizontal lines to compare with, with their names."""


Rows = tuple[tuple[Panel, ...], ...]


def wrapped(panels: Sequence[Panel]) -> Rows:
    """Break panels into rows."""
    return tuple(tuple(panels[i : i + ACROSS]) for i in range(0, len(panels), ACROSS))


@dataclass(frozen=True)
class Figure:
    """Panels in rows, all on one horizontal axis."""

    name: str
    title: str
    note: str
    """What to see in it."""
    panels: Rows
    x: str
    """What the horizontal axis measures."""
    log: bool
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Heat:
    """Values in rows and columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    scale: float


@dataclass(frozen=True)
class HeatMap:
    """Heats with the same rows and columns, one below the other."""

    name: str
    title: str
    note: str
    heats: tuple[Heat, ...]


Picture = Figure | HeatMap
