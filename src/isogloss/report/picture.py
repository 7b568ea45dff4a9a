"""Pictures drawn by hand: SVG that prints, scales and follows the page's colours."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from isogloss.report.model import Curve, Section, Summary
from isogloss.report.plain import tame

STRIP = 240
"""Width of the plot in a system's line."""
WIDTH, HEIGHT = 300, 200
LEFT, RIGHT, TOP, BOTTOM = 34, 14, 16, 30


def strip(summary: Summary, scale: float, reference: float | None) -> Markup:
    """Draw a system's mean with its interval, its source score, and the gap between.

    Args:
        reference: what the untouched model has: a thin line to beat.
    """

    def at(value: float) -> str:
        return f"{6 + (STRIP - 12) * min(1.0, max(0.0, value / scale)):.1f}"

    parts = [
        f'<line class="axis" x1="{at(share * scale)}" x2="{at(share * scale)}" y1="2" y2="26"/>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    if reference is not None:
        x = at(reference)
        parts.append(f'<line class="beat" x1="{x}" x2="{x}" y1="0" y2="28"/>')
    mean, source = summary.mean, summary.source
    if mean is not None and source is not None:
        parts.append(f'<line class="gap" x1="{at(mean.value)}" x2="{at(source)}" y1="14" y2="14"/>')
    if source is not None:
        x = at(source)
        parts.append(f'<circle class="source" cx="{x}" cy="14" r="4.5"/>')
    if mean is not None:
        if mean.low is not None and mean.high is not None:
            parts.append(
                f'<line class="whisker" x1="{at(mean.low)}" x2="{at(mean.high)}" y1="14" y2="14"/>'
            )
        parts.append(f'<circle class="mean" cx="{at(mean.value)}" cy="14" r="4"/>')
    return _svg("strip", STRIP, 28, "".join(parts), _say(summary, scale))


def ruler(scale: float) -> Markup:
    """Draw the numbers above the strips."""
    texts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = 6 + (STRIP - 12) * share
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        label = f"{share * scale:g}"
        texts.append(f'<text x="{x:.1f}" y="12" text-anchor="{anchor}">{label}</text>')
    return _svg("ruler", STRIP, 16, "".join(texts), "")


def curve(found: Curve, section: Section) -> Markup:
    """Draw source score, target score and correct-language rate over learning rates."""
    points = found.points
    logs = [math.log10(point.lr) if point.lr > 0 else -9.0 for point in points]
    low, high = min(logs), max(logs)
    span = (high - low) or 1.0
    xs = [LEFT + (WIDTH - LEFT - RIGHT) * (0.04 + 0.92 * (x - low) / span) for x in logs]
    parts = [_grid(section.scale)]
    parts += [
        f'<text x="{x:.1f}" y="{HEIGHT - 12}" text-anchor="middle"'
        f"{' class=chosen' if point.rate == found.chosen else ''}>"
        f"{'= ' if point.tied and point.rate != found.chosen else ''}{escape(point.rate)}</text>"
        for x, point in zip(xs, points, strict=True)
    ]
    for x, point in zip(xs, points, strict=True):
        if point.rate == found.chosen:
            parts.insert(
                0, f'<rect class="band" x="{x - 11:.1f}" y="{TOP}" width="22" height="{_deep()}"/>'
            )
    own = section.fidelity.own if section.fidelity else None
    if own is not None:
        y = _y(own)
        parts.append(f'<line class="own" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
    scale = section.scale
    for kind, values in (
        ("dev", [None if p.dev is None else p.dev / scale for p in points]),
        ("rate", [point.fidelity for point in points]),
        ("target", [None if p.target is None else p.target / scale for p in points]),
    ):
        parts.append(_line(kind, xs, values))
    return _svg("curve", WIDTH, HEIGHT, "".join(parts), f"{found.name} over learning rates")


def mark(kind: str) -> Markup:
    """Draw the mark of a curve for the legend."""
    line = f'<line class="{kind}" x1="1" x2="27" y1="8" y2="8"/>'
    return _svg("mark", 28, 16, line + _shape(kind, 14, 8), "")


def _line(kind: str, xs: Sequence[float], values: Sequence[float | None]) -> str:
    known = [(x, float(_y(v))) for x, v in zip(xs, values, strict=True) if v is not None]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in known)
    shapes = "".join(_shape(kind, x, y) for x, y in known)
    return f'<polyline class="{kind}" points="{path}"/>{shapes}'


def _shape(kind: str, x: float, y: float) -> str:
    """Give each curve a form of its own, so that colour is not needed to tell them apart."""
    if kind == "dev":
        return (
            f'<rect class="{kind} dot" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'
        )
    if kind == "rate":
        points = f"{x:.1f},{y - 5:.1f} {x - 4.6:.1f},{y + 3.4:.1f} {x + 4.6:.1f},{y + 3.4:.1f}"
        return f'<polygon class="{kind} dot" points="{points}"/>'
    if kind == "target":
        return f'<circle class="{kind} dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    return ""


def _grid(scale: float) -> str:
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(share)
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        label = f"{share * scale:g}"
        parts.append(f'<text x="{LEFT - 6}" y="{y}" dy="4" text-anchor="end">{label}</text>')
    return "".join(parts)


def _deep() -> int:
    return HEIGHT - TOP - BOTTOM


def _y(share: float) -> str:
    return f"{TOP + _deep() * (1 - min(1.0, max(0.0, share))):.1f}"


def _say(summary: Summary, scale: float) -> str:
    if summary.mean is None:
        return "no mean over shared languages"
    digits = 2 if scale <= 1 else 1
    text = f"targets {summary.mean.value:.{digits}f}"
    return text if summary.source is None else f"{text}, sources {summary.source:.{digits}f}"


def _svg(kind: str, width: int, height: int, inside: str, label: str) -> Markup:
    said = f' role="img" aria-label="{escape(tame(label))}"' if label else ' aria-hidden="true"'
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}"{said}>{inside}</svg>'
    )
