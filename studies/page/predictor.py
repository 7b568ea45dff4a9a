"""What foretells transfer: kinship, features of pairs, published tables, and the claims."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from isogloss.analysis.format import spell
from isogloss.relation.transfer.correlation import Correlation, Difference
from isogloss.relation.transfer.matrix import Gain, Pair, Transfers, contrast, related
from isogloss.report import plain
from isogloss.report.figure import Figure, Heat, HeatMap, Mark, Panel, Series, wrapped
from isogloss.report.md import grid, safe
from page.transfer import Found, Keep

LINGUISTIC = ("syntactic", "morphological", "phonological")
DISTANCES = (*LINGUISTIC, "inventory", "genetic", "geographic")
SIGNS = dict.fromkeys(DISTANCES, -1)
"""Less distance goes with more transfer."""
RUNGS = 4
"""Numbers of shots from which a ladder is drawn."""
NEAR = 1 / 3
"""Share of a target's sources, by syntactic distance, that count as near, and as far."""


def kin(found: Found, keep: Keep) -> Iterator[str]:
    """Compare near sources with far ones."""
    body, panels = [], []
    for task, table in found.tables.items():
        kinds = [(what, table.scores, near) for what, near in _kinds(table).items()]
        for count in found.counts[task][1:]:
            what = f"a relative among {count.number}, against none"
            kinds.append((what, found.groups(task, count.number), _relative))
        for what, scores, near in kinds:
            one = contrasted(scores, near)
            if one is not None:
                body.append([spell(task), what, ends(one), str(one.targets), _told(one.verdict)])
        panels.append(Panel(spell(task), "score", 1.0, tuple(_marks(table))))
    yield from ("", "## Near and far sources")
    picture = Figure(
        name="distance",
        title="Score against syntactic distance",
        note="A point for each source and target, means over seeds; triangles: pairs with a known "
        "common ancestor.",
        panels=wrapped(panels),
        x="syntactic distance",
        log=False,
        ticks=tuple((x / 10, f"{x / 10:g}") for x in range(3, 9)),
    )
    yield from keep([picture])
    yield ""
    yield from grid(
        ["task", "near sources are", "near less far (95 %)", "targets", "near is better"],
        body,
        text=True,
    )
    yield from (
        "",
        "Differences are within targets, of targets that have sources of both kinds; intervals are "
        "over targets and sources. Fewer than 5 targets decide nothing.",
    )


def _kinds(table: Transfers) -> dict[str, Any]:
    nearest = _thirds(table)
    script = table.features.get("same_script", {})
    return {
        "relatives": related,
        "in the same script": lambda one, other: (
            None if math.isnan(script.get((one, other), math.nan)) else bool(script[one, other])
        ),
        "the syntactically nearest third, against the farthest": lambda one, other: nearest.get(
            (one, other)
        ),
    }


def _thirds(table: Transfers) -> dict[tuple[str, str], bool]:
    found: dict[tuple[str, str], bool] = {}
    known = table.features.get("syntactic", {})
    for target in table.targets:
        own = sorted(
            (known[pair], pair)
            for pair in table.scores
            if pair[1] == target and not math.isnan(known.get(pair, math.nan))
        )
        third = max(1, round(NEAR * len(own)))
        if len(own) >= 2 * third:
            found |= {pair: True for _, pair in own[:third]}
            found |= {pair: False for _, pair in own[-third:]}
    return found


def _relative(group: str, target: str) -> bool | None:
    """Tell whether a group of sources has a relative of the target."""
    found = [related(lang, target) for lang in group.split("+")]
    return True if True in found else None if None in found else False


def contrasted(scores: Mapping[Pair, float], near: Any) -> Gain | None:
    """Compare near with far sources, where some target has both."""
    from isogloss.core.errors import IsoglossError

    try:
        return contrast(scores, near)
    except IsoglossError:  # no target has sources of both kinds
        return None


def _marks(table: Transfers) -> Iterator[Series]:
    known = table.features.get("syntactic", {})
    for style, name, kind in (("k2", "unrelated", False), ("k1", "related", True)):
        marks = tuple(
            Mark(known[pair], score)
            for pair, score in table.scores.items()
            if related(*pair) is kind and not math.isnan(known.get(pair, math.nan))
        )
        if marks:
            yield Series(name, style, marks, joined=False)


def features(found: Found, keep: Keep) -> Iterator[str]:
    """Correlate features of pairs with the scores, and select some."""
    yield from ("", "## What goes with transfer here")
    tasks = list(found.tables)
    names = list(dict.fromkeys(name for t in found.tables.values() for name in t.features))
    by = {task: within(found.correlations[task]) for task in tasks}
    yield from keep([_heat("features", f"Features and scores on {found.place}", names, by)])
    yield from ("", *_correlations(found))
    yield from ("", *_forward({spell(task): found.forward[task] for task in tasks}))


def within(every: Sequence[Correlation]) -> dict[str, float | None]:
    """Give each feature's correlation within targets, of distances as nearness."""
    return {
        one.feature: None if one.value is None else SIGNS.get(one.feature, 1) * one.value
        for one in every
        if one.measure == "within"
    }


def _heat(
    name: str,
    title: str,
    rows: Sequence[str],
    by: Mapping[str, Mapping[str, float | None]],
) -> HeatMap:
    lines = []
    for row in rows:
        values = [found.get(row) for found in by.values()]
        known = [value for value in values if value is not None]
        mean = sum(known) / len(known) if known else None
        lines.append((spelled(row), (mean, *values)))
    lines.sort(key=lambda line: -(line[1][0] if line[1][0] is not None else -math.inf))
    return HeatMap(
        name=name,
        title=title,
        note="Pearson's correlation with the score within targets; distances are counted as "
        "nearness, so more is better everywhere.",
        heats=(Heat("", ("mean", *(_short(one) for one in by)), tuple(lines), 1.0),),
    )


def _short(table: str) -> str:
    """Name a column in the little room there is."""
    return spell(table).partition(" (")[0].removesuffix(" quantity")


def spelled(feature: str) -> str:
    """Name a feature; of a distance, that near counts."""
    return f"{spell(feature)}, near" if feature in SIGNS else spell(feature)


def _correlations(found: Found) -> Iterator[str]:
    body = []
    for task, every in found.correlations.items():
        by: dict[str, dict[str, Correlation]] = {}
        for one in every:
            by.setdefault(one.feature, {})[one.measure] = one
        for feature, row in by.items():
            within = row["within"]
            if within.value is not None:
                cells = [rounded(row[name].value) for name in ("pearson", "spearman", "within")]
                ends = f"{rounded(within.low)} to {rounded(within.high)}"
                p = f"{_p(within.p)}, {_p(within.corrected)}"
                body.append([spell(task), spell(feature), *cells, ends, p, str(within.pairs)])
    yield from grid(
        [
            "task",
            "feature",
            "Pearson",
            "Spearman",
            "within targets",
            "95 %",
            "p, corrected",
            "pairs",
        ],
        body,
    )
    yield from (
        "",
        "p: by giving the languages each other's features, 2,000 times, for the correlation within "
        "targets; corrected for the features of a task. Intervals are over languages. Distances "
        "are of typology (URIEL+ and Glottolog, CC BY-SA 4.0), overlaps of the mini world's "
        "texts; likeness is the cosine of parallel sentences in the backbone before any training, "
        "source lml its loss on hidden words of the source's text and source lmem the share of "
        "spans that it fills in exactly.",
    )


def _forward(found: Mapping[str, Any]) -> Iterator[str]:
    body = []
    for name, one in found.items():
        weights = ", ".join(f"{spell(f)} {rounded(w)}" for f, w in one.coefficients.items())
        errors = " → ".join(f"{error:.3g}" for error in one.errors)
        left = ", ".join(spell(f) for f in one.left_out)
        body.append([name, weights or "none", errors, f"{one.nested:.3g}", str(one.pairs), left])
    yield from grid(
        ["table", "taken, standardised", "error", "nested", "pairs", "not known enough"],
        body,
        text=True,
    )
    yield from (
        "",
        "Features are taken one by one while the mean absolute error on a language left out, as a "
        "source too, falls by 1 %. Error: without features, then after each. Nested: where the "
        "selection has not seen that language either.",
    )


def published(found: Found, keep: Keep) -> Iterator[str]:
    """Show what published tables say of the same features."""
    told = found.published
    tables = told["tables"]
    by = {t["name"]: within([Correlation(**c) for c in t["correlations"]]) for t in tables}
    names = list(dict.fromkeys(name for row in by.values() for name in row))
    yield from ("", "## The same in published tables")
    yield from keep([_heat("published", "Features and scores in published tables", names, by)])
    body = []
    for t in tables:
        gain = points(t["family"])
        sure = [
            f"{spelled(c['feature'])} {rounded(SIGNS.get(c['feature'], 1) * c['value'])}"
            for c in t["correlations"]
            if c["measure"] == "within" and c["corrected"] is not None and c["corrected"] < 0.05
        ]
        body.append([t["name"], str(t["pairs"]), str(t["langs"]), ", ".join(sure) or "none", gain])
    yield ""
    yield from grid(
        ["table", "pairs", "languages", "correlate (corrected p < 0.05)", "relatives less others"],
        body,
        text=True,
    )
    yield from ("", *_selected(tables), "")
    yield from (f"- {safe(name)}: {safe(text)}" for name, text in told["sources"].items())
    yield from keep([_ladders(told)])


def _selected(tables: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    from isogloss.relation.transfer.regression import Forward

    yield from _forward({t["name"]: Forward(**t["forward"]) for t in tables})


def _ladders(told: Mapping[str, Any]) -> Figure:
    ladders = {name: steps for name, steps in told["ladders"].items() if len(steps) >= RUNGS}
    top = float(math.ceil(max(gain for points in ladders.values() for _, gain, _ in points)))
    panels = [
        Panel(
            name,
            "points over none",
            top,
            (Series("mean", "k1", tuple(Mark(math.log10(1 + k), gain) for k, gain, _ in points)),),
        )
        for name, points in ladders.items()
    ]
    return Figure(
        name="shots",
        title="What labelled examples of the target add",
        note="Steps from one number to the next, means over the languages that have both, at "
        "least 5, in tables with 4 such numbers; what the other languages of the mixes add is "
        "taken out.",
        panels=wrapped(panels),
        x="examples of the target, logarithm",
        log=False,
        ticks=tuple((math.log10(1 + k), f"{k:,}") for k in (0, 100, 10_000)),
    )


def ends(one: Gain | Difference) -> str:
    """Write a difference of scores, with its interval."""
    value, low, high = (rounded(x, signed=True) for x in (one.value, one.low, one.high))
    return f"{value} ({low} to {high})"


def points(told: Mapping[str, Any]) -> str:
    """Write a difference in a table's own unit, with its interval."""
    found = [f"{told[key]:+.3g}".replace("-", "−") for key in ("value", "low", "high")]
    return f"{found[0]} ({found[1]} to {found[2]})"


def rounded(value: float | None, *, signed: bool = False) -> str:
    """Write two digits, or a dash."""
    if value is None:
        return "–"
    return plain.signed(value) if signed or value < 0 else plain.number(value)


def _p(value: float | None) -> str:
    return "–" if value is None else "<0.01" if value < 0.01 else f"{value:.2f}"


def _told(judged: str) -> str:
    return {"supported": "yes", "refuted": "no"}.get(judged, "undecided")
