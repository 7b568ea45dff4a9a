"""What papers claim of sources and targets, judged by published tables and by the study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from isogloss.analysis.format import spell
from isogloss.relation.transfer.correlation import Correlation, Difference, compare, missed
from isogloss.relation.transfer.matrix import Gain, related, verdict
from isogloss.report.md import grid, safe
from page.predictor import (
    DISTANCES,
    LINGUISTIC,
    SIGNS,
    contrasted,
    ends,
    points,
    rounded,
    spelled,
    within,
)
from page.transfer import Found, Keep, named, ranked


def answers(found: Found, keep: Keep) -> Iterator[str]:
    """Say what was found, and judge what papers claim."""
    yield from ("", "## In one minute", "", *_minute(found))
    yield from ("", "## Claims", "")
    rows = [*_overlap(found), *_shots(found), *_likeness(found), *_several(found), *_near(found)]
    body = [
        [says, f"**{judged}** on {safe(where)}", safe(figures), cite]
        for says, judged, where, figures, cite in rows
    ]
    yield from grid(["claim", "verdict", "figures", "claimed in"], body, text=True)
    yield from (
        "",
        "A verdict is read from a 95 % interval over languages, not corrected for the number of "
        "claims. Published tables decide where there are some; what was "
        "measured here illustrates. How the law of shots is judged, of which tables likeness is "
        "asked and how few targets decide were settled with these figures in view, so their "
        "verdicts are exploratory.",
    )


ENDS = {"value": "", "low": "_low", "high": "_high"}


def _minute(found: Found) -> Iterator[str]:
    sources = []
    for task in found.tasks:
        best, *_, worst = ranked(found.singles(task))
        sources.append(f"{spell(task)} {named(best)} and {named(worst)}")
    yield (
        f"- **Which source.** The best and the worst for the other languages: {'; '.join(sources)}."
    )
    many = [
        f"{spell(task)} {ends(counts[-1].over)}"
        for task, counts in found.counts.items()
        if counts[-1].over is not None
    ]
    number = max(counts[-1].number for counts in found.counts.values())
    yield (
        f"- **How many.** {number} sources instead of one, with as many labels and steps, add on "
        f"languages not trained on: {'; '.join(many)}."
    )
    here = _best(list(map(within, found.correlations.values())))
    tables = found.published["tables"]
    there = _best([within([Correlation(**c) for c in t["correlations"]]) for t in tables])
    yield (
        f"- **What foretells it.** Highest correlation within targets here: {here}; in "
        f"{len(tables)} published tables: {there}; of the features that all but one table know."
    )
    judged = [Gain(**table["family"]).verdict for table in tables]
    yield (
        f"- **Near or far.** Related sources beat unrelated ones in {judged.count('supported')} of "
        f"{len(tables)} published tables, and lose in {judged.count('refuted')}; the others leave "
        "it open."
    )


def _best(by_table: Sequence[Mapping[str, float | None]]) -> str:
    """Name the three features with the highest mean, of those that all but one table know."""
    names = dict.fromkeys(name for table in by_table for name in table)
    known = {name: [v for t in by_table if (v := t.get(name)) is not None] for name in names}
    means = {n: sum(v) / len(v) for n, v in known.items() if len(v) >= len(by_table) - 1}
    best = sorted(means, key=means.__getitem__, reverse=True)[:3]
    return ", ".join(f"{spelled(name)} {rounded(means[name])}" for name in best)


Answer = tuple[str, str, str, str, str]
"""Claim, verdict, where, figures, paper."""


def _overlap(found: Found) -> Iterator[Answer]:
    says = "Syntax, morphology and phonology predict transfer better than lexical overlap"
    told = found.published
    whole = _difference(told["overlap"])
    kinds = [f"{name} {_apart(told['overlap_by_kind'][name])}" for name in LINGUISTIC]
    tables = [f"{name} {rounded(value, signed=True)}" for name, value in whole.by_table.items()]
    figures = (
        "mean correlation within targets, each on the pairs where it is known, of nearness less "
        f"of overlap: {_apart(told['overlap'])}; "
        f"{', '.join(kinds)}; by table {', '.join(tables)}; over all pairs "
        f"{_apart(told['overlap_pearson'])}. {whole.langs} languages."
    )
    yield says, whole.verdict, "4 published tables (LangRank)", figures, "2212.01757"
    here = compare(list(found.tables.values()), LINGUISTIC, ["word_overlap"], signs=SIGNS)
    yield says, here.verdict, _here(found), f"{ends(here)}. {here.langs} languages.", "2212.01757"


def _shots(found: Found) -> Iterator[Answer]:
    says = "The score grows with the logarithm of the number of target examples"
    for name, one in found.published["growth_by_table"].items():
        fits = verdict(one["better_low"], one["better_high"])
        grows = verdict(one["low"], one["high"])
        judged = fits if grows == "supported" else grows
        better = {key: one[f"better{end}"] for key, end in ENDS.items()}
        slope = points(one | {"value": one["slope"]})
        figures = (
            f"points for each tenfold: {slope}; of a language's variance, the logarithm leaves "
            f"{one['logarithm']:.2f} and a straight line {one['line']:.2f} (difference "
            f"{points(better)}). {one['langs']} languages."
        )
        yield says, judged, f"{name} (SumEval)", figures, "2212.01757"


def _likeness(found: Found) -> Iterator[Answer]:
    says = "A similarity measured in a model chooses sources better than typology"
    told = found.published["likeness"]
    whole = _difference(told)
    kinds = [f"{name} {_apart(one)}" for name, one in found.published["likeness_by_kind"].items()]
    figures = (
        f"missed by the 3 sources taken, where 0 is the best choice and 1 the average source: "
        f"{told['first']:.2f} by likeness, {told['second']:.2f} by typology's distances on average "
        f"(difference {_apart(told)}); against each: {', '.join(kinds)}. {whole.langs} targets."
    )
    where = f"{len(whole.by_table)} published tables (LangRank, SumEval; XLM-R base, layer 8)"
    yield says, whole.verdict, where, figures, "2305.13684"
    kept = [name for name in DISTANCES if name not in ("morphological", "phonological")]
    first, second, here = missed(list(found.tables.values()), ["likeness"], kept, signs=SIGNS)
    figures = (
        f"missed: {first:.2f} by likeness, {second:.2f} by typology (difference {ends(here)}). "
        f"{here.langs} targets."
    )
    yield says, here.verdict, _here(found), figures, "2305.13684"


def _several(found: Found) -> Iterator[Answer]:
    for task, counts in found.counts.items():
        gains = [one for one in counts if one.over is not None]
        parts = [f"{one.number}: {ends(one.over)}" for one in gains if one.over]
        judged = {one.over.verdict for one in gains if one.over}
        word = judged.pop() if len(judged) == 1 else "undecided"
        yield (
            "Several sources beat one, with as many labels",
            word,
            f"{_here(found)}: {spell(task)}",
            f"over one source, by number of them: {', '.join(parts)}.",
            "",
        )


def _near(found: Found) -> Iterator[Answer]:
    says = "Related sources beat unrelated ones"
    for table in found.published["tables"]:
        one = Gain(**table["family"])
        figures = f"{points(table['family'])}. {one.targets} targets."
        yield says, one.verdict, table["name"], figures, ""
    for task, own in found.tables.items():
        found_here = contrasted(own.scores, related)
        if found_here is not None:
            figures = f"{ends(found_here)}. {found_here.targets} targets."
            yield says, found_here.verdict, f"{_here(found)}: {spell(task)}", figures, ""


def _here(found: Found) -> str:
    return f"{found.place}, as an illustration"


def _difference(told: Mapping[str, Any]) -> Difference:
    return Difference(**{name: told[name] for name in Difference.__dataclass_fields__})


def _apart(told: Mapping[str, Any]) -> str:
    return ends(Gain(told["value"], told["low"], told["high"], 0, 0))
