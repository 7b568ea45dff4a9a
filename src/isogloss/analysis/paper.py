"""The methods paragraph and the bibliography of a paper, made from the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isogloss import plugin
from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.findings_text import Evidence
from isogloss.analysis.format import listed, short_model, spell, spell_rate
from isogloss.analysis.system import System
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Run


def methods(evidence: Evidence, runs: Mapping[str, Run], version: str) -> str:
    """Describe how the numbers came about, in one paragraph."""
    found = [s for s in evidence.everything.systems if not s.outside]
    if not found:
        return _measures(evidence) + f" Scored with isogloss {version}."
    parts = [
        _training(found, runs),
        _recipes(evidence),
        _selection(evidence),
        _measures(evidence),
        _supervision(found),
        f"Trained and scored with isogloss {version}{_machines(found)}.",
    ]
    return " ".join(filter(None, parts))


def bibliography(tasks: Sequence[str], recipes: Sequence[str], metrics: Sequence[str]) -> list[str]:
    """List what the tasks, methods and metrics ask to be cited."""
    cited: dict[str, None] = {}
    for task in tasks:
        _cite(cited, "task", task)
    for text in dict.fromkeys(recipes):
        try:
            recipe = parse(text)
        except IsoglossError:  # a plug-in that is not loaded now
            continue
        cited.update(dict.fromkeys(method.cite for method in recipe.methods if method.cite))
    for name in metrics:
        _cite(cited, "metric", name)
    return list(cited)


def _cite(cited: dict[str, None], group: str, name: str) -> None:
    try:
        text = plugin.find(group, name).cite
    except IsoglossError:
        return
    if text:
        cited[text] = None


def _training(found: Sequence[System], runs: Mapping[str, Run]) -> str:
    first = found[0]
    models = listed(
        [
            short_model(model) + (f" (revision {revision[:12]})" if revision else "")
            for model, revision in dict.fromkeys(
                (s.model, runs[s.runs[0]].revision) for s in found if s.runs[0] in runs
            )
        ]
        or [short_model(first.model)]
    )
    sources = listed(
        [
            listed([lang_name(lang) for lang in langs])
            for langs in dict.fromkeys(s.sources for s in found)
        ]
    )
    text = f"{models} was trained on {sources} {first.task} (version {first.task_version})"
    fits = {runs[s.runs[0]].fit for s in found if not s.reference and s.runs[0] in runs}
    steps = sorted({fit.steps for fit in fits})
    if steps:
        fit = next(iter(fits))
        text += (
            f" for {listed([str(n) for n in steps])} updates of at most {fit.batch} examples "
            f"with {fit.optimizer}, a {fit.schedule.replace('_', ' ')} schedule and "
            f"{fit.warmup:.0%} warm-up"
        )
    return text + "."


def _recipes(evidence: Evidence) -> str:
    parts = list(
        dict.fromkeys(
            f"{s.name} ({s.recipe})" if s.recipe and s.recipe != s.name else s.name
            for s in evidence.table.systems
            if not s.outside
        )
    )
    return f"Recipes: {', '.join(parts)}."


def _selection(evidence: Evidence) -> str:
    several = [choice for choice in evidence.choices if len(choice.among) > 1]
    if not several:
        return ""
    grids = dict.fromkeys(tuple(s.lr for s in choice.among) for choice in several)
    rates = "; ".join(", ".join(map(spell_rate, grid)) for grid in grids)
    used = listed([spell(need) for need in several[0].needs]) or "no target label"
    was = "were" if used.endswith("s") else "was"
    return f"Of the learning rates {rates}, {several[0].rule}, was taken; {used} {was} used for it."


def _measures(evidence: Evidence) -> str:
    table = evidence.everything
    langs = ", ".join(lang_name(lang) for lang in table.langs)
    low, high = table.items()
    items = f"{low}" if low == high else f"{low} to {high}"
    seeds = sorted({seed for system in table.systems for seed in system.seeds})
    count = f"{len(seeds)} seeds" if len(seeds) > 1 else "one seed"
    text = (
        f"We report {spell(evidence.metric.name)} on the test splits of {len(table.langs)} "
        f"languages ({langs}; {items} items each), with {count}. Means are over the "
        f"{len(evidence.table.shared)} languages that all systems share. Intervals are 95 % "
        "bootstrap intervals over items"
    )
    if evidence.differences:
        text += (
            "; differences are tested by a paired bootstrap over items and seeds, the same items "
            "in all languages, and corrected for their number (Holm)"
        )
    return text + "."


def _supervision(found: Sequence[System]) -> str:
    used = [f"{s.name} used {listed([spell(n) for n in s.needs])}" for s in found if s.needs]
    if not used:
        return "No supervision beyond the source labels was used."
    rest = "the others used nothing beyond the source labels"
    return f"Supervision: {'; '.join(dict.fromkeys(used))}; {rest}."


def _machines(found: Sequence[System]) -> str:
    machines = sorted({machine for system in found for machine in system.machines})
    return f" on {', '.join(machines)}" if machines else ""
