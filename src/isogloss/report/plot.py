"""Draw figures and heat maps as SVG, for the page and for files of their own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from isogloss.language.clip import clip
from isogloss.report import plain
from isogloss.report.figure import Figure, Heat, HeatMap, Panel, Picture, Series, Tick

WIDTH = 880
LEFT, RIGHT, GAP = 46, 12, 20
TALL = 150
"""Height of a panel."""
HEAD = 38
"""Room above a row of panels."""
DEEP, HEAT_HEAD = 26, 50
"""Height of a line of a heat map, and of what stands above them."""
LETTER = 6.7
"""Width of a letter, on average; what is laid out by it has room to spare."""
Place = Callable[[float], float]


def draw(picture: Picture) -> Markup:
    """Draw a picture for a page that has the style."""
    inside, height = _heats(picture) if isinstance(picture, HeatMap) else _figure(picture)
    label = escape(plain.tame(f"{picture.title}. {picture.note}"))
    return Markup(
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="{label}">{inside}</svg>'
    )


def alone(picture: Picture) -> str:
    """Draw a picture that carries its style and paper, for a file."""
    svg = draw(picture)
    end = svg.index(">") + 1
    paper = '<rect class="paper" width="100%" height="100%"/>'
    return f"{svg[:end]}<style>{_style()}</style>{paper}{svg[end:]}\n"


@cache
def _style() -> str:
    """Put the page's colours into the plots' style, light and dark."""
    folder = Path(__file__).parent
    colours = re.findall(r":root \{(.*?)\}", (folder / "page.css").read_text("utf-8"), re.S)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+)", text)) for text in colours[:2])
    rules = re.sub(r"\s*\n\s*", " ", (folder / "plot.css").read_text("utf-8")).strip()

    def paint(found: dict[str, str]) -> str:
        return re.sub(r"var\(--([\w-]+)\)", lambda name: found[name[1]], rules)

    return f"{paint(light)} @media (prefers-color-scheme: dark) {{ {paint(light | dark)} }}"


def _figure(figure: Figure) -> tuple[str, int]:
    legend, y = _legend(figure)
    parts = [legend]
    columns = max(len(row) for row in figure.panels)
    wide = (WIDTH - LEFT - RIGHT - GAP * (columns - 1)) / columns
    for row in figure.panels:
        y += HEAD
        for number, panel in enumerate(row):
            left = LEFT + number * (wide + GAP)
            parts.append(_panel(panel, figure, left, y, wide, first=number == 0))
        y += TALL + 24
    parts.append(_text(LEFT + (WIDTH - LEFT - RIGHT) / 2, y + 10, figure.x, "middle"))
    return "".join(parts), y + 20


def _panel(
    panel: Panel, figure: Figure, left: float, top: float, wide: float, *, first: bool
) -> str:
    across = _across(figure, left, wide)

    def down(value: float) -> float:
        return top + TALL * (1 - min(1.0, max(0.0, value / panel.top)))

    parts = [_text(left, top - 8, panel.title, kind="title")]
    if first:
        parts.append(_text(left - 40, top - 24, panel.y))
    for share in (0, 0.5, 1):
        value = share * panel.top
        parts.append(_line("axis", left, down(value), left + wide, down(value)))
        if first:
            parts.append(_text(left - 6, down(value) + 4, f"{value:g}", "end"))
    for x, label in _fitting(figure.ticks, across):
        parts.append(_line("axis", across(x), top, across(x), top + TALL + 4))
        parts.append(_text(across(x), top + TALL + 16, label, "middle"))
    names = _level_names(figure)
    parts += [
        _line(f"level l{names.index(name)}", left, down(value), left + wide, down(value))
        for value, name in panel.levels
    ]
    for number, series in enumerate(panel.series):
        aside = (number - (len(panel.series) - 1) / 2) * 2.4 if series.joined else 0.0
        parts.append(_series(series, across, down, aside))
    labels = [(across(m.x), down(m.y), m.text) for s in panel.series for m in s.marks if m.text]
    parts += _labels(labels, left, left + wide, top)
    return "".join(parts)


def _across(figure: Figure, left: float, wide: float) -> Place:
    """Give the place of a value on the horizontal axis, which all panels share."""
    values = [m.x for row in figure.panels for p in row for s in p.series for m in s.marks]
    scaled = [math.log10(x) if figure.log else x for x in [*values, *(x for x, _ in figure.ticks)]]
    low, high = min(scaled), max(scaled)
    span = (high - low) or 1.0

    def across(x: float) -> float:
        share = ((math.log10(x) if figure.log else x) - low) / span
        return left + wide * (0.05 + 0.9 * share)

    return across


def _fitting(ticks: Sequence[Tick], across: Place) -> Iterator[Tick]:
    """Leave out ticks whose labels would touch the one before."""
    end = -math.inf
    for x, label in ticks:
        half = len(label) * LETTER / 2
        if across(x) - half > end + 4:
            end = across(x) + half
            yield x, label


def _series(series: Series, across: Place, down: Place, aside: float) -> str:
    """Draw a series, a little aside where others have points at the same place."""
    points = [(across(mark.x) + aside, down(mark.y), mark) for mark in series.marks]
    parts = []
    if series.joined and len(points) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        parts.append(f'<polyline class="line {series.style}" points="{path}"/>')
    for x, y, mark in points:
        if mark.low is not None and mark.high is not None:
            parts.append(_line(f"range {series.style}", x, down(mark.low), x, down(mark.high)))
        if mark.taken:
            parts.append(f'<circle class="taken" cx="{x:.1f}" cy="{y:.1f}" r="8"/>')
        parts.append(_shape(series.style, x, y))
    return "".join(parts)


def _shape(style: str, x: float, y: float) -> str:
    """Give each series a form of its own, so that colour is not needed to tell them apart."""
    number = int(style[1:]) % 7
    if number == 0:
        return f'<circle class="dot {style}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    forms = {
        1: ((0, -5), (4.8, 3.6), (-4.8, 3.6)),
        2: ((-3.7, -3.7), (3.7, -3.7), (3.7, 3.7), (-3.7, 3.7)),
        3: ((0, -5.2), (5.2, 0), (0, 5.2), (-5.2, 0)),
        4: ((0, 5), (4.8, -3.6), (-4.8, -3.6)),
        5: ((-4.6, -4.4), (4.6, 4.4), (4.6, -4.4), (-4.6, 4.4)),
        6: ((-5, 0), (3.6, -4.8), (3.6, 4.8)),
    }  # fmt: skip
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in forms[number])
    return f'<polygon class="dot {style}" points="{points}"/>'


def _labels(
    found: Sequence[tuple[float, float, str]], left: float, right: float, top: float
) -> Iterator[str]:
    """Write names beside points, where there is room for them."""
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y, _ in found]
    for x, y, text in sorted(found):
        wide = len(text) * 6.2
        places = [
            (x + 8, y + 4), (x - 8 - wide, y + 4), (x - wide / 2, y - 8), (x - wide / 2, y + 16),
            (x + 7, y - 6), (x + 7, y + 14), (x - 7 - wide, y - 6), (x - 7 - wide, y + 14),
        ]  # fmt: skip
        for at, base in places:
            box = (at, base - 10, at + wide, base + 2)
            inside = left <= box[0] and box[2] <= right and top <= box[1] and box[3] <= top + TALL
            if inside and not any(_touch(box, other) for other in taken):
                taken.append(box)
                yield _text(at, base, text, kind="label")
                break


def _touch(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _legend(figure: Figure) -> tuple[str, int]:
    """Name every series and level once; give the height as well."""
    panels = [panel for row in figure.panels for panel in row]
    styles = {s.name: s for panel in panels for s in panel.series}
    entries = [(s.name, _key(s)) for s in styles.values() if s.name]
    entries += [
        (name, _line(f"level l{n}", 0, 0, 26, 0)) for n, name in enumerate(_level_names(figure))
    ]
    if any(mark.taken for panel in panels for s in panel.series for mark in s.marks):
        entries.append(("taken", '<circle class="taken" cx="13" cy="0" r="8"/>'))
    parts, x, y = [], 6.0, 16
    for name, key in entries:
        wide = 34 + len(name) * 7.2 + 18
        if x > 6 and x + wide > WIDTH:
            x, y = 6.0, y + 22
        parts.append(f'<g transform="translate({x:.0f} {y - 4})">{key}</g>')
        parts.append(_text(x + 33, y, name, kind="name"))
        x += wide
    return "".join(parts), y + (8 if entries else -16)


def _level_names(figure: Figure) -> list[str]:
    panels = [panel for row in figure.panels for panel in row]
    return list(dict.fromkeys(name for panel in panels for _, name in panel.levels))


def _key(series: Series) -> str:
    line = _line(f"line {series.style}", 0, 0, 26, 0) if series.joined else ""
    return line + _shape(series.style, 13, 0)


def _heats(found: HeatMap) -> tuple[str, int]:
    """Draw heats beside each other where they fit, else one below the other."""
    longest = max(len(name) for heat in found.heats for name, _ in heat.rows)
    count = max(len(heat.columns) for heat in found.heats)
    side = min(250.0, 14 + 6.9 * longest)
    wide = min(64.0, (WIDTH - side - GAP) / count)
    whole = side + count * wide + GAP
    beside = max(1, int((WIDTH + GAP) // whole))
    parts, top = [], 0
    for number in range(0, len(found.heats), beside):
        row = found.heats[number : number + beside]
        parts += [_heat(heat, place * whole, top, side, wide) for place, heat in enumerate(row)]
        top += HEAT_HEAD + max(len(heat.rows) for heat in row) * DEEP + 10
    return "".join(parts), top


def _heat(heat: Heat, left: float, top: int, side: float, wide: float) -> str:
    """Draw one; the first column is a mean and stands a little apart."""

    def at(number: int) -> float:
        return left + side + number * wide + (6 if number else 0)

    start = top + HEAT_HEAD
    parts = [_text(left + 2, top + 20, heat.title, kind="title")]
    parts += [
        _text(at(number) + wide / 2, start - 8, name, "middle")
        for number, name in enumerate(heat.columns)
    ]
    for line, (name, values) in enumerate(heat.rows):
        y = start + line * DEEP
        most = int((side - 14) / LETTER)
        short = clip(name, most)
        parts.append(_text(left + side - 8, y + 17, short, "end", kind="name"))
        for number, value in enumerate(values):
            parts.append(_cell(value, heat.scale, at(number), y, wide))
    return "".join(parts)


def _cell(value: float | None, scale: float, x: float, y: float, wide: float) -> str:
    if value is None:
        return _text(x + wide / 2, y + 17, "–", "middle")
    share = min(1.0, max(0.0, value / scale))
    text = plain.number(value, scale)
    text = text.replace("0.", ".", 1) if text.startswith("0.") else text
    return (
        f'<rect class="heat" x="{x + 1:.1f}" y="{y + 1}" width="{wide - 2:.1f}" '
        f'height="{DEEP - 2}" fill-opacity="{share:.2f}"/>'
        + _text(x + wide / 2, y + 17, text, "middle", kind=f"value v{int(10 * share)}")
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str = "", kind: str = "") -> str:
    where = f' text-anchor="{anchor}"' if anchor else ""
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x:.1f}" y="{y:.1f}"{where}>{escape(plain.tame(text))}</text>'
