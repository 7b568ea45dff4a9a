"""What labelled examples of the target repair: the pages of a study of few-shot ladders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from isogloss.analysis.alarm import FIDELITY
from isogloss.analysis.format import sentence, spell, spell_rate
from isogloss.analysis.ladder import Ladder, ladders
from isogloss.analysis.recipe_ranking import KEPT, Backbone
from isogloss.analysis.system import metric
from isogloss.report import ladder, plain
from isogloss.report.curve import slug
from isogloss.report.figure import Figure, Mark, Panel, Series
from isogloss.report.md import grid, safe

LANGUAGE = "correct-language rate"


@dataclass(frozen=True)
class Climb:
    """One recipe at one rate on its way up, by score and by language."""

    backbone: Backbone
    score: Ladder
    language: Ladder | None

    @property
    def name(self) -> str:
        """Name what the shots are added to."""
        bare = re.sub(r"(^| \+ )shots\([^)]*\)", "", self.score.recipe)
        return bare or "plain finetuning"

    @property
    def place(self) -> str:
        """Name the same with its rate."""
        return f"{self.name} {spell_rate(self.score.lr)}"


def climbs(found: Sequence[Backbone]) -> list[Climb]:
    """Find the ladders of each backbone, those of one recipe by rising rate."""
    made = []
    for one in found:
        systems = [tried.system for tried in one.tried]
        by_language = {
            _key(rungs): rungs for rungs in ladders(one.store, systems, metric(FIDELITY))
        }
        own = ladders(one.store, systems, one.metric)
        made += [Climb(one, rungs, by_language.get(_key(rungs))) for rungs in own]
    return made


def _key(rungs: Ladder) -> tuple[str, float]:
    return rungs.recipe, rungs.lr


def answer(found: Sequence[Climb]) -> Iterator[str]:
    """Say in one minute how many examples bring the language back, and what more add."""
    if not found:
        yield "No recipe has the shots of a ladder."
        return
    shots = sorted({k for one in found for k, _ in one.score.pooled.points})
    head = ["backbone", "trained", "rate", *map(str, shots), "gain per tenfold", "95 %", "R²"]
    yield from grid(head, [_line(one, shots) for one in found], text=True)
    yield ""
    for backbone in dict.fromkeys(one.backbone.model for one in found):
        own = [one for one in found if one.backbone.model == backbone]
        told = " ".join(text for one in own if (text := _told(one, own)))
        yield f"- **{safe(backbone)}.** {told}"
    name = spell(found[0].backbone.metric.name)
    yield ""
    yield (
        f"Under each number of labelled examples of the target stand {name} and, in brackets, the "
        "correct-language rate, means over languages and draws. **Gain per tenfold**: what the "
        "fitted law adds when the examples, and one more, grow tenfold; **R²** is low where the "
        "score stops growing before the examples do."
    )


def _line(one: Climb, shots: Sequence[int]) -> list[str]:
    law, scale = one.score.pooled, one.backbone.metric.scale
    points = dict(law.points)
    language = dict(one.language.pooled.points) if one.language else {}
    _, _, _, gain, ends, fit, _ = ladder.cells(law, scale)
    cells = [
        plain.number(points.get(k), scale)
        + (f" ({plain.number(language[k])})" if k in language else "")
        for k in shots
    ]
    return [
        safe(one.backbone.model),
        safe(one.name),
        spell_rate(one.score.lr),
        *cells,
        gain,
        ends,
        fit,
    ]


def _told(one: Climb, others: Sequence[Climb]) -> str:
    """Say how many examples bring the language back, and the score of a better rate."""
    points = one.language.pooled.points if one.language else ()
    if not points:
        return ""
    least = KEPT * (1.0 if one.backbone.own is None else one.backbone.own)
    start = f"From {safe(one.place)}, whose correct-language rate is {plain.number(points[0][1])},"
    back = next((k for k, value in points if value >= least), None)
    if back == 0:
        return f"{safe(one.place)} keeps the language without examples."
    if back is None:
        k, value = points[-1]
        text = f"{start} {k} examples bring it no further than {plain.number(value)}"
    else:
        what = f"{back} examples bring" if back > 1 else "one example brings"
        text = f"{start} {what} it to {plain.number(least)} or more"
    return f"{text}{_caught(one, others)}."


def _caught(one: Climb, others: Sequence[Climb]) -> str:
    """Compare with what the recipe's best rate has without examples."""
    scale = one.backbone.metric.scale
    same = [other for other in others if other.name == one.name and other.score.pooled.points]
    best = max(same, key=lambda other: other.score.pooled.points[0][1])
    aim = best.score.pooled.points[0][1]
    if best is one:
        return ""
    what = f"{spell_rate(best.score.lr)} has without any ({plain.number(aim, scale)})"
    found = next((k for k, value in one.score.pooled.points if value >= aim), None)
    return f"; it takes {found} to score what {what}" if found else f"; none reach what {what}"


def figures(found: Sequence[Climb]) -> Iterator[Figure]:
    """Draw score and language against shots for every backbone, then each ladder's law."""
    if not found:
        return
    metric = found[0].backbone.metric
    models = list(dict.fromkeys(one.backbone.model for one in found))
    names = list(dict.fromkeys(one.place for one in found))
    rows = []
    for words, scale in ((spell(metric.name), metric.scale), (LANGUAGE, 1.0)):
        panels = [
            Panel(model, words, scale, tuple(_series(found, model, names, words)))
            for model in models
        ]
        rows.append(tuple(panels))
    shots = sorted({k for one in found for k, _ in one.score.pooled.points})
    c = found[0].score.pooled.c
    yield Figure(
        name="shots",
        title=f"{sentence(spell(metric.name))} and language against labelled examples",
        note="Means over languages and draws.",
        panels=tuple(row for row in rows if any(panel.series for panel in row)),
        x="labelled examples of the target language",
        log=True,
        ticks=tuple((k + c, str(k)) for k in shots),
    )
    for one in found:
        law = ladder.figure(one.score, metric.name, metric.scale)
        title = f"{law.title}: {one.place} on {one.backbone.model}"
        yield replace(law, name=slug("law", one.backbone.model, one.place), title=title)


def _series(
    found: Sequence[Climb], model: str, names: Sequence[str], words: str
) -> Iterator[Series]:
    for one in found:
        rungs = one.language if words == LANGUAGE else one.score
        if one.backbone.model == model and rungs is not None:
            marks = tuple(Mark(k + rungs.pooled.c, value) for k, value in rungs.pooled.points)
            yield Series(one.place, f"k{names.index(one.place) + 1}", marks)


def laws(found: Sequence[Climb]) -> Iterator[str]:
    """Tabulate the law of each ladder over all languages, with its error."""
    head = ["backbone", "trained", "rate", *ladder.HEAD[1:]]
    body = [
        [
            safe(one.backbone.model),
            safe(one.name),
            spell_rate(one.score.lr),
            *ladder.cells(one.score.pooled, one.backbone.metric.scale)[1:],
        ]
        for one in found
    ]
    yield from grid(head, body, text=True)
    if found:
        rungs = found[0].score
        yield ""
        yield (
            f"{ladder.note(rungs)} A draw holds the same examples for every recipe and backbone. "
            "**Error left out**: how far the law misses a language that it was not "
            "fitted on, from its score with fewest examples."
        )
