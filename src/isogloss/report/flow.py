"""A page on language fidelity: the flow from asked to given language, rates, examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup, escape

from isogloss.analysis.fidelity import Flow, flow, lang_name
from isogloss.fidelity import KINDS, Judge
from isogloss.fidelity.file import Example, Group, Survey
from isogloss.fidelity.reliability import doubts
from isogloss.fidelity.verdict import MEANING
from isogloss.report import plain

WIDTH, LEFT, RIGHT, BAR = 760, 190, 540, 10
GAP, LEAST, TALL = 7, 9, 460
SHOWN = 10
"""Languages given that are drawn by name; the rest is one node."""
NAMELESS = ("sibling", "copied", "repeated", "empty", "short", "unjudged")
STYLE = """
main { max-width: 1000px; padding-bottom: 60px; }
table { border-collapse: collapse; margin: 8px 0 18px; }
th, td { text-align: right; padding: 3px 12px 3px 0; white-space: nowrap; }
th { color: var(--muted); font-weight: 500; font-size: 13px; border-bottom: 1px solid var(--line); }
.word { text-align: left; }
.wide { overflow-x: auto; }
mark { background: var(--red-soft); color: var(--red); padding: 0 2px; border-radius: 3px; }
dl.examples dt { color: var(--muted); font-size: 13px; margin-top: 8px; }
dl.examples dd { margin: 0; overflow-wrap: anywhere; }
"""


class _Node(NamedTuple):
    """A bar at one side of the picture."""

    top: float
    height: float
    n: int


def picture(counts: Iterable[tuple[str, str, int]]) -> Markup:
    """Draw from which language asked for how many texts went to which given."""
    flows = _grouped([Flow(*count) for count in counts])
    left = _column([(one.asked, one.n) for one in flows])
    order = {name: i for i, name in enumerate(left)}
    last = len(order)
    right = _column(
        (one.given, one.n)
        for one in sorted(
            flows, key=lambda one: (order.get(one.given, last), one.given in NAMELESS)
        )
    )
    height = max(node.top + node.height for node in [*left.values(), *right.values()]) + 26
    ribbons = _ribbons(flows, left, right)
    bars = [_bar(LEFT - BAR, name, node, left=True) for name, node in left.items()]
    bars += [_bar(RIGHT, name, node, left=False) for name, node in right.items()]
    return Markup(
        '<svg class="flow" viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">'
        '<text class="muted" x="{}" y="12" text-anchor="end">asked for</text>'
        '<text class="muted" x="{}" y="12">given</text>{}{}</svg>'
    ).format(
        WIDTH, height, "Texts from the language asked for to the language given", LEFT,
        RIGHT, Markup("").join(ribbons), Markup("").join(bars),
    )  # fmt: skip


def _grouped(flows: Sequence[Flow]) -> list[Flow]:
    """Put rare given languages together."""
    totals: dict[str, int] = defaultdict(int)
    asked = {one.asked for one in flows}
    for one in flows:
        totals[one.given] += one.n
    others = [name for name in totals if name not in asked and name not in NAMELESS]
    kept = set(sorted(others, key=lambda name: (-totals[name], name))[:SHOWN])
    merged: dict[tuple[str, str], int] = defaultdict(int)
    for one in flows:
        rare = one.given in others and one.given not in kept
        merged[one.asked, "other languages" if rare else one.given] += one.n
    return [Flow(*key, n) for key, n in merged.items()]


def _column(parts: Iterable[tuple[str, int]]) -> dict[str, _Node]:
    totals: dict[str, int] = {}
    for name, n in parts:
        totals[name] = totals.get(name, 0) + n
    scale = TALL / max(1, sum(totals.values()))
    found, top = {}, 24.0
    for name, n in totals.items():
        height = max(1.0, n * scale)
        found[name] = _Node(top, height, n)
        top += max(height, LEAST) + GAP
    return found


def _ribbons(
    flows: Sequence[Flow], left: dict[str, _Node], right: dict[str, _Node]
) -> list[Markup]:
    used_left = {name: node.top for name, node in left.items()}
    used_right = {name: node.top for name, node in right.items()}
    places = list(right)
    found = []
    for one in sorted(
        flows, key=lambda one: (list(left).index(one.asked), places.index(one.given))
    ):
        start, end = left[one.asked], right[one.given]
        a, b = used_left[one.asked], used_right[one.given]
        high, low = start.height * one.n / start.n, end.height * one.n / end.n
        used_left[one.asked] += high
        used_right[one.given] += low
        middle = (LEFT + RIGHT) / 2
        kind = "kept" if one.asked == one.given else "none" if one.given in NAMELESS else "lost"
        path = (
            f"M{LEFT} {a:.1f}C{middle} {a:.1f} {middle} {b:.1f} {RIGHT} {b:.1f}"
            f"V{b + low:.1f}C{middle} {b + low:.1f} {middle} {a + high:.1f} {LEFT} {a + high:.1f}Z"
        )
        title = f"{_name(one.asked)} to {_name(one.given)}: {one.n}"
        found.append(
            Markup('<path class="{}" d="{}"><title>{}</title></path>').format(kind, path, title)
        )
    return found


def _bar(x: float, name: str, node: _Node, left: bool) -> Markup:
    label_x, anchor = (x - 8, "end") if left else (x + BAR + 8, "start")
    return Markup(
        '<rect x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>'
        '<text x="{}" y="{:.1f}" text-anchor="{}">{} <tspan class="muted">{}</tspan></text>'
    ).format(
        x, node.top, BAR, node.height, label_x, node.top + node.height / 2 + 4.5, anchor,
        _name(name), node.n,
    )  # fmt: skip


def _name(code: str) -> str:
    if code.startswith("und-"):
        return f"unknown, {code[4:]} script"
    return code if code in NAMELESS or code == "other languages" else lang_name(code)


def page(found: Survey, using: Judge, by: Sequence[str]) -> str:
    """Draw the whole page; every text in it is escaped."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8") + STYLE
    groups = found.ordered()
    parts = [_part(key, [g for g in groups if g.by == key], by) for key in _keys(groups)]
    langs = dict.fromkeys(group.rate.lang for group in groups)
    notes = [
        "Rate: right of judged, where sibling is in the language or in a relative that can't be "
        "told from it. Interval: 95 %, Wilson, widened by the identifier's own errors as measured "
        "on real text, and down as if every sibling were wrong. Worst and best: all that is not "
        "judged wrong (in the worst case siblings too), or right.",
        *dict.fromkeys(filter(None, (group.rate.hint for group in groups))),
        *(doubts(langs) if using.measured else ()),
        using.signature(next(iter(langs))),
    ]
    body = Markup("").join(parts) + Markup("<section><h2>What it rests on</h2>{}</section>").format(
        Markup("").join(Markup('<p class="note">{}</p>').format(note) for note in notes)
    )
    return str(
        Markup(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><title>Language fidelity</title>'
            "<style>{}</style></head><body><main><h1>Language fidelity</h1>"
            '<p class="note">{} texts in {} expected languages. A text in two languages flows to '
            "the one that was not asked for.</p>{}</main></body></html>\n"
        ).format(Markup(style), f"{found.n:,}", len(langs), body)
    )


def _keys(groups: Sequence[Group]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(group.by for group in groups))


def _part(key: tuple[str, ...], groups: Sequence[Group], by: Sequence[str]) -> Markup:
    title = ", ".join(f"{name} {value}" for name, value in zip(by, key, strict=True))
    return Markup('<section><h2>{}</h2><div class="wide">{}</div>{}{}</section>').format(
        plain.tame(title) or "All texts",
        picture(flow(group.rate for group in groups)),
        _table(groups),
        _examples(groups),
    )


def _table(groups: Sequence[Group]) -> Markup:
    present = [kind for kind in KINDS if any(group.rate.kinds[kind] for group in groups)]
    referenced = any(group.reference for group in groups)
    header = ["texts", "judged", "rate", "or sibling", "95 %", "worst to best"]
    header += (["references"] if referenced else []) + present
    heads = Markup("").join(
        Markup('<th title="{}">{}</th>').format(MEANING.get(name, ""), name) for name in header
    )
    rows = [_row(group, present, referenced) for group in groups]
    return Markup(
        '<div class="wide"><table><tr><th class="word">asked for</th>{}</tr>{}</table></div>'
    ).format(heads, Markup("").join(rows))


def _row(group: Group, present: Sequence[str], referenced: bool) -> Markup:
    rate = group.rate
    low, high = rate.interval
    cells = [
        f"{rate.n:,}", _share(rate.coverage), _share(rate.rate), _share(rate.sibling),
        f"{_share(low)}–{_share(high)}", f"{_share(rate.worst)}–{_share(rate.best)}",
    ]  # fmt: skip
    if referenced:
        cells.append(_share(group.reference.rate) if group.reference else "")
    cells += [str(rate.kinds[kind] or "") for kind in present]
    drawn = Markup("").join(Markup("<td>{}</td>").format(cell) for cell in cells)
    return Markup('<tr><td class="word">{}</td>{}</tr>').format(lang_name(rate.lang), drawn)


def _examples(groups: Sequence[Group]) -> Markup:
    drawn = []
    for kind in KINDS[1:]:
        kept = [(g.rate.lang, one) for g in groups for one in g.examples.get(kind, [])[:1]][:3]
        drawn += [_example(kind, lang, one) for lang, one in kept]
    return Markup(
        '<details><summary>Examples</summary><dl class="examples">{}</dl></details>'
    ).format(Markup("").join(drawn))


def _example(kind: str, lang: str, one: Example) -> Markup:
    verdict = one.verdict
    why = verdict.reason or (_name(verdict.lang) if verdict.lang and verdict.lang != lang else "")
    told = f"{kind}, {lang_name(lang)} asked, line {one.line}" + (f": {why}" if why else "")
    text, end = Markup(""), 0
    for span in verdict.spans:
        if end <= span.start < len(one.text):
            text += escape(plain.tame(one.text[end : span.start]))
            text += Markup("<mark>{}</mark>").format(plain.tame(one.text[span.start : span.end]))
            end = span.end
    text += escape(plain.tame(one.text[end:]))
    return Markup('<dt>{}</dt><dd dir="auto">{}</dd>').format(told, text)


def _share(value: float) -> str:
    return "–" if value != value else f"{100 * value:.1f}"
