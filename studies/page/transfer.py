"""Which sources serve which targets: the page of a study over many source languages."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from isogloss.analysis.archive import Packed
from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import WORLD, listed, measured_on, sentence, spell, spell_rate
from isogloss.analysis.system import System, headline, metric, systems
from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.correlation import Correlation, correlations
from isogloss.relation.transfer.matrix import Count, Pair, Transfers, by_number, single, tabulate
from isogloss.relation.transfer.observation import Observation, observations
from isogloss.relation.transfer.regression import Forward, forward
from isogloss.report import plain
from isogloss.report.figure import (
    Figure,
    Heat,
    HeatMap,
    Mark,
    Panel,
    Picture,
    Series,
    wrapped,
)
from isogloss.report.md import grid, safe

PAIRS, PUBLISHED = "pairs.json", "published.json"
"""Files beside the evidence: what is known of the pairs, and figures of published tables."""


@dataclass(frozen=True)
class Found:
    """What a study over sources holds, by task."""

    packed: Packed
    read: dict[str, None] = field(default_factory=dict)
    """Files beside the evidence that were read."""

    @cached_property
    def seen(self) -> tuple[Observation, ...]:
        """List all scores."""
        return tuple(observations(self.packed))

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """List the tasks."""
        return tuple(sorted({one.task for one in self.seen}))

    @cached_property
    def place(self) -> str:
        """Name what was measured on."""
        return measured_on({one.model for one in self.seen}, self.tasks)

    @cached_property
    def tables(self) -> dict[str, Transfers]:
        """Put what is known of each pair beside the scores from one source alone."""
        found = {}
        for task in self.tasks:
            own = [one for one in self.seen if one.task == task]
            known = self._known(own[0].model)
            found[task] = tabulate(spell(task), single(own), known)
        return found

    @cached_property
    def counts(self) -> dict[str, list[Count]]:
        """Average by the number of sources."""
        return {
            task: by_number([one for one in self.seen if one.task == task]) for task in self.tasks
        }

    @cached_property
    def correlations(self) -> dict[str, list[Correlation]]:
        """Correlate each feature with the scores."""
        return {task: correlations(table) for task, table in self.tables.items()}

    @cached_property
    def forward(self) -> dict[str, Forward]:
        """Select features."""
        return {task: forward(table) for task, table in self.tables.items()}

    @cached_property
    def systems(self) -> list[System]:
        """List all that was scored."""
        return systems(self.packed.rows())

    @cached_property
    def published(self) -> dict[str, Any]:
        """Read the figures of published tables."""
        return self.beside(PUBLISHED, "published DATA")

    def singles(self, task: str) -> dict[Pair, float]:
        """Give the scores from one source alone, the source's own among them."""
        return single([one for one in self.seen if one.task == task])

    def groups(self, task: str, size: int) -> dict[Pair, float]:
        """Give the scores of groups of so many sources, joined by +, on other languages."""
        own = [one for one in self.seen if one.task == task and len(one.mix) == size]
        found: dict[Pair, list[float]] = {}
        for one in own:
            langs = [lang for lang, _ in one.mix]
            if one.target not in langs:
                found.setdefault(("+".join(langs), one.target), []).append(one.score)
        return {pair: sum(values) / len(values) for pair, values in found.items()}

    def beside(self, name: str, how: str) -> dict[str, Any]:
        """Read a file that stands beside the evidence.

        Raises:
            IsoglossError: it is not there.
        """
        path = Path(self.packed.out).parent / name
        self.read[name] = None
        try:
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise IsoglossError(
                f"no {name} beside the evidence: {error}",
                f"make it first: python tools/sources.py {how} {path.name}",
            ) from None
        return found

    def _known(self, model: str) -> Callable[[str, str], Mapping[str, float]]:
        found = self.beside(PAIRS, "pairs STUDY").get(model)
        if found is None:
            raise IsoglossError(
                f"{PAIRS} says nothing of {model}", "make it again with the study's file"
            )

        def known(source: str, target: str) -> dict[str, float]:
            pair = f"{source}-{target}"
            return {
                name: math.nan if values.get(pair) is None else values[pair]
                for name, values in found.items()
            }

        return known


Keep = Callable[[Sequence[Picture]], list[str]]
"""Keeps pictures, and gives the lines that show them."""


def opening(found: Found) -> str:
    """Name checkpoints and data."""
    runs = found.packed.runs()
    models = dict(sorted((run.model, run.revision[:12]) for run in runs.values()))
    checkpoints = [f"{safe(model)} (`{revision}`)" for model, revision in models.items()]
    where = f"on {found.place}, " if found.place == WORLD else ""
    trained = [one for one in found.systems if not one.reference]
    data = []
    for task in found.tasks:
        own = [one for one in trained if one.task == task]
        items = sorted({one.n for one in found.seen if one.task == task})
        many = " to ".join(str(n) for n in dict.fromkeys((items[0], items[-1])))
        rates = ", ".join(dict.fromkeys(spell_rate(one.lr) for one in own))
        data.append(
            f"{spell(task)} (version {own[0].task_version}; {many} test items a language; "
            f"{safe(own[0].model)} at rate {rates})"
        )
    langs = sorted({one.target for one in found.seen})
    groups = sorted({one.sources for one in trained}, key=len)
    sizes = dict.fromkeys(str(len(group)) for group in groups)
    seeds = sorted({seed for one in trained for seed in one.seeds})
    return (
        f"Measured {where}with the checkpoints {listed(checkpoints)}, on {listed(data)}, in "
        f"{len(langs)} languages: {', '.join(map(lang_name, langs))}; trained on {len(groups)} "
        f"groups of {listed(list(sizes))} of them; seeds {', '.join(map(str, seeds))}."
    )


def matrix(found: Found, keep: Keep) -> Iterator[str]:
    """Show every source by every target."""
    heats = []
    for task in found.tasks:
        scores = found.singles(task)
        sources = [lang for lang, _ in ranked(scores)]
        targets = sorted({other for _, other in scores})
        about = metric(headline(task, found.systems))
        heats.append(
            Heat(
                title=f"{sentence(spell(task))}, {spell(about.name)}",
                columns=("mean", *targets),
                rows=tuple(
                    (
                        lang_name(source),
                        (
                            _mean(scores, source),
                            *(scores.get((source, target)) for target in targets),
                        ),
                    )
                    for source in sources
                ),
                scale=1.0,
            )
        )
    yield from ("", "## One source: every pair of languages")
    yield from keep(
        [
            HeatMap(
                name="matrix",
                title="Scores by source and target",
                note="A line for each source, best first; means over seeds. The mean leaves out "
                "the source itself.",
                heats=tuple(heats),
            )
        ]
    )
    yield ""
    yield from grid(
        ["task", "best source", "worst source", "spread over sources", "spread over targets"],
        [_spread(task, found.singles(task)) for task in found.tasks],
        text=True,
    )
    yield from (
        "",
        "Spread: the mean range, over the sources of a target or over the targets of a source.",
    )


def _spread(task: str, scores: Mapping[Pair, float]) -> list[str]:
    apart = {pair: score for pair, score in scores.items() if pair[0] != pair[1]}
    order = ranked(scores)
    ranges = []
    for side in (1, 0):
        groups: dict[str, list[float]] = {}
        for pair, score in apart.items():
            groups.setdefault(pair[side], []).append(score)
        ranges.append(sum(max(v) - min(v) for v in groups.values()) / len(groups))
    return [
        spell(task),
        *map(named, (order[0], order[-1])),
        *(plain.number(value) for value in ranges),
    ]


def ranked(scores: Mapping[Pair, float]) -> list[tuple[str, float]]:
    """Order sources by what they give to other languages on average, best first."""
    sources = sorted({one for one, _ in scores})
    return sorted(((lang, _mean(scores, lang)) for lang in sources), key=lambda one: -one[1])


def named(one: tuple[str, float]) -> str:
    """Name a source with its mean."""
    return f"{lang_name(one[0])} {plain.number(one[1])}"


def _mean(scores: Mapping[Pair, float], source: str) -> float:
    own = [score for (one, other), score in scores.items() if one == source != other]
    return sum(own) / len(own)


def number(found: Found, keep: Keep) -> Iterator[str]:
    """Show the score against the number of sources."""
    panels, body = [], []
    for task, counts in found.counts.items():
        marks = tuple(Mark(c.number, c.score.value, c.score.low, c.score.high) for c in counts)
        best = _best(found.singles(task))
        panels.append(
            Panel(
                title=spell(task),
                y="score",
                top=1.0,
                series=(Series("mean on languages not trained on", "k1", marks),),
                levels=((best, "best single source, in hindsight"),),
            )
        )
        for one in counts:
            over = one.over
            gain = "" if over is None else _gain(over.value, over.low, over.high)
            body.append(
                [
                    spell(task),
                    str(one.number),
                    plain.number(one.score.value),
                    plain.interval(one.score.low, one.score.high),
                    gain,
                    str(one.score.groups),
                ]
            )
    ticks = sorted({one.number for counts in found.counts.values() for one in counts})
    yield from ("", "## Several sources, as many labels")
    yield from keep(
        [
            Figure(
                name="number",
                title="Score against the number of sources",
                note="Means over groups of sources and over the targets that no such group has; "
                "whiskers: 95 %, over targets and groups.",
                panels=wrapped(panels),
                x="source languages",
                log=True,
                ticks=tuple((float(k), str(k)) for k in ticks),
            )
        ]
    )
    yield ""
    yield from grid(["task", "sources", "score", "95 %", "over one", "targets x groups"], body)
    yield from (
        "",
        "Every run has as many labelled examples and steps, so a further source is no further "
        "label.",
    )


def _best(scores: Mapping[Pair, float]) -> float:
    best: dict[str, float] = {}
    for (one, other), score in scores.items():
        if one != other:
            best[other] = max(score, best.get(other, 0.0))
    return sum(best.values()) / len(best)


def _gain(value: float, low: float, high: float) -> str:
    return f"{plain.signed(value)} ({plain.signed(low)} to {plain.signed(high)})"
