"""A study's finding as a page of its own, with pictures and their evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import regex

from isogloss.analysis.archive import FILE, Packed, pack
from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import WORLD, listed, measured_on, spell, spell_rate
from isogloss.analysis.ladder import Ladder, ladders
from isogloss.analysis.recipe_ranking import Arm, Backbone, backbones
from isogloss.analysis.select import Choice, Selection, choose_all
from isogloss.analysis.system import System, headline, metric, systems
from isogloss.claim import Verdict, verdicts
from isogloss.core.types import Row
from isogloss.report import curve, ladder, plain
from isogloss.report.figure import Picture
from isogloss.report.md import grid, safe
from isogloss.report.plot import alone
from isogloss.store import Store
from isogloss.store.disk import replace_file
from page import shots, sources, wrong_language_samples
from page.study_summary import minute


@dataclass(frozen=True)
class Topic:
    """What a study found on one task."""

    task: str
    version: str
    rows: Sequence[Row]
    found: tuple[Backbone, ...]
    ladders: tuple[Ladder, ...]

    @property
    def langs(self) -> tuple[str, ...]:
        """List the target languages that all systems share."""
        return self.found[0].langs


def write(store: Store, path: Path) -> list[Path]:
    """Write FILE.md, and its pictures and evidence into a folder beside it.

    Args:
        store: a results folder, or packed evidence.
        path: FILE.md.

    Raises:
        IsoglossError: there are no results.
    """
    folder = path.with_suffix("")
    packed = pack(store, folder / FILE)
    written = [packed.out]
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, text in pages(packed, path.stem).items():
        replace_file(path.parent / name, text.encode())
        written.append(path.parent / name)
    return written


def pages(packed: Packed, name: str) -> dict[str, str]:
    """Make the page and its pictures from evidence alone: file name -> text."""
    said = packed.study()
    pictures: dict[str, Picture] = {}
    if set(said.get("page", ())) & set(sources.SECTIONS):
        lines = list(sources.page(packed, name, said["page"], pictures))
        lines += ["", "## Run it again", "", *_again(packed, name)]
        return _files(name, lines, pictures)
    rows = packed.rows()
    found = systems(rows)
    choices = choose_all(found, Selection.of(said.get("select", {})))
    topics = _topics(packed, rows, found, choices)
    told = verdicts(packed, found, choices, said.get("claims", []))
    return _files(name, list(_page(packed, name, topics, told, pictures)), pictures)


def _files(name: str, lines: Sequence[str], pictures: Mapping[str, Picture]) -> dict[str, str]:
    texts = {f"{name}.md": "\n".join(lines) + "\n"}
    return texts | {f"{name}/{file}": alone(one) for file, one in pictures.items()}


def _topics(
    packed: Packed, rows: Sequence[Row], every: Sequence[System], choices: Sequence[Choice]
) -> list[Topic]:
    topics = []
    for task in dict.fromkeys(row.task for row in rows):
        own = [system for system in every if system.task == task]
        head = metric(headline(task, own))
        found = backbones(packed, [c for c in choices if c.system.task == task], head)
        if found:
            of_task = [row for row in rows if row.task == task]
            rungs = tuple(ladders(packed, own, head))
            topics.append(Topic(task, own[0].task_version, of_task, tuple(found), rungs))
    return topics


def _page(
    packed: Packed,
    name: str,
    topics: Sequence[Topic],
    told: Sequence[Verdict],
    pictures: dict[str, Picture],
) -> Iterator[str]:
    yield _measured(packed, topics)
    yield from ("", f"# {safe(str(packed.study().get('name', name)))}")
    climbs = {topic.task: shots.climbs(topic.found) for topic in topics} if _ladder(packed) else {}
    for topic in topics:
        yield from ("", f"## {_titled('In one minute', topic, topics)}", "")
        yield from shots.answer(climbs[topic.task]) if climbs else minute(topic.found)
    if told:
        yield from ("", "## Claims", "", *_claims(told))
    for topic in topics:
        if climbs:
            group = list(shots.figures(climbs[topic.task]))
            lines = _kept(name, topic, topics, group, pictures)
            yield from ("", f"## {_titled('Shots', topic, topics)}", "")
            yield from (*shots.laws(climbs[topic.task]), *lines)
            continue
        shown = dict(_pictures(name, topic, topics, pictures))
        yield from ("", f"## {_titled('Learning rates', topic, topics)}", *shown["rates"])
        yield from _ties(topic)
        if shown["instead"]:
            yield from ("", f"## {_titled('What comes instead', topic, topics)}", *shown["instead"])
        yield from ("", f"## {_titled('Recipes', topic, topics)}", "", *_recipes(topic))
        yield from ("", f"## {_titled('Languages', topic, topics)}", *shown["heat"])
        yield from shown["languages"]
        if topic.ladders:
            yield from ("", f"## {_titled('Shots', topic, topics)}", *shown["shots"])
        if shown["steps"]:
            yield from ("", f"## {_titled('On the way', topic, topics)}", *shown["steps"])
        if shown["cost"]:
            yield from ("", f"## {_titled('Cost', topic, topics)}", *shown["cost"])
    yield from ("", "## Run it again", "", *_again(packed, name))


def _ladder(packed: Packed) -> bool:
    """Tell whether the study asks for the page of its few-shot ladders."""
    return "shots" in packed.study().get("page", ())


def _titled(words: str, topic: Topic, topics: Sequence[Topic]) -> str:
    return words if len(topics) == 1 else f"{words}: {spell(topic.task)}"


def _measured(packed: Packed, topics: Sequence[Topic]) -> str:
    """Name checkpoints and data."""
    runs = packed.runs()
    models: dict[str, dict[str, None]] = {}
    for topic in topics:
        for one in topic.found:
            for tried in one.tried:
                revision = runs[tried.system.runs[0]].revision[:12]
                models.setdefault(one.model, {})[revision] = None
    checkpoints = [
        f"{safe(model)} ({', '.join(f'`{r}`' for r in found if r) or 'no revision'})"
        for model, found in models.items()
    ]
    tasks = {tried.system.task for topic in topics for one in topic.found for tried in one.tried}
    where = "on the mini world, " if measured_on(models, tasks) == WORLD else ""
    data = "; ".join(_data(topic) for topic in topics)
    return f"Measured {where}with the checkpoints {listed(checkpoints)}, on {data}."


def _data(topic: Topic) -> str:
    found = [tried.system for one in topic.found for tried in one.tried]
    counts = {
        s.scores[k].n
        for s in found
        for k in s.scores
        if k.lang in topic.langs and k.split == "test"
    }
    items = " to ".join(str(n) for n in sorted({min(counts), max(counts)})) if counts else "no"
    sources = dict.fromkeys(" and ".join(lang_name(x) for x in s.sources) for s in found)
    seeds = sorted({seed for system in found for seed in system.seeds})
    some = (
        ", of which some rates have fewer" if any(len(s.seeds) < len(seeds) for s in found) else ""
    )
    names = ", ".join(lang_name(lang) for lang in topic.langs)
    return (
        f"{spell(topic.task)} (version {topic.version}; {items} test items in each of "
        f"{len(topic.langs)} target languages: {names}; trained on {' or on '.join(sources)}; "
        f"seeds {', '.join(map(str, seeds))}{some})"
    )


def _pictures(
    name: str, topic: Topic, topics: Sequence[Topic], pictures: dict[str, Picture]
) -> Iterator[tuple[str, list[str]]]:
    """Keep the pictures of a topic and give the lines that show them, by their place."""
    maps = [one for backbone in topic.found if (one := curve.heat(backbone)) is not None]
    groups: dict[str, Sequence[Picture]] = {
        "rates": list(curve.rates(topic.found, whiskers=True)),
        "instead": list(wrong_language_samples.figures(topic.found)),
        "heat": maps,
        "languages": list(curve.by_language(topic.found)),
        "shots": [_rungs(one, topic) for one in topic.ladders],
        "steps": list(curve.steps(topic.rows, topic.found)),
        "cost": list(curve.cost(topic.found)),
    }
    for place, group in groups.items():
        yield place, _kept(name, topic, topics, group, pictures)


def _kept(
    name: str,
    topic: Topic,
    topics: Sequence[Topic],
    group: Sequence[Picture],
    pictures: dict[str, Picture],
) -> list[str]:
    """Keep pictures, and give the lines that show them."""
    before = f"{topic.task}-" if len(topics) > 1 else ""
    lines = []
    for picture in group:
        file = f"{before}{picture.name}.svg"
        pictures[file] = picture
        lines += ["", f"![{safe(picture.title)}]({name}/{file})"]
        lines += ["", f"{safe(picture.title)}. {safe(picture.note)}"]
    return lines


def _rungs(one: Ladder, topic: Topic) -> Picture:
    head = topic.found[0].metric
    found = ladder.figure(one, head.name, head.scale)
    title = f"{found.title}: {ladder.title(one)}"
    return replace(found, name=f"shots-{topic.ladders.index(one) + 1}", title=title)


def _claims(told: Sequence[Verdict]) -> Iterator[str]:
    yield from grid(
        ["claim", "verdict", "figures", "claimed in"],
        [
            [safe(one.says), f"**{safe(str(one))}**", safe(_figures(one)), safe(one.cite)]
            for one in told
        ],
        text=True,
    )


def _figures(one: Verdict) -> str:
    return f"{one.numbers}. It speaks of {one.scope}." if one.scope else f"{one.numbers}."


def _ties(topic: Topic) -> Iterator[str]:
    """Say how rates were taken, where several could not be told apart."""
    body = []
    for one in topic.found:
        for arm in one.arms:
            tied = [t for t in arm.tried if t.system in arm.choice.tied and t.score is not None]
            if len(arm.tried) > 1 and len(tied) > 1:
                tied = sorted(tied, key=lambda t: arm.sign * (t.score or 0.0))
                scale = one.metric.scale
                ends = (
                    f"{plain.number(t.score, scale)} at {spell_rate(t.system.lr)}"
                    for t in (tied[0], tied[-1])
                )
                rates = ", ".join(spell_rate(s.lr) for s in arm.choice.tied)
                taken = spell_rate(arm.choice.system.lr)
                body.append([safe(one.model), safe(arm.name), rates, taken, *ends])
    policy = next((a.choice for o in topic.found for a in o.arms if len(a.tried) > 1), None)
    if policy is not None and policy.rule:
        yield from ("", f"The rate taken is {safe(policy.rule)}.")
    if body:
        yield from (
            "",
            "Rates that this could not tell apart, and what they have on the targets:",
            "",
        )
        head = ["backbone", "recipe", "tied rates", "taken", "lowest", "highest"]
        yield from grid(head, body, text=True)
    warned = [w for o in topic.found for a in o.arms for w in _warned(o, a)]
    if warned:
        yield from ("", *(f"- {safe(text)}" for text in warned))


def _warned(one: Backbone, arm: Arm) -> Iterator[str]:
    for text in arm.choice.warnings:
        yield f"{one.model}, {text}"


def _recipes(topic: Topic) -> Iterator[str]:
    for one in topic.found:
        best = one.best.name if one.best else ""
        scale = one.metric.scale
        head = [
            safe(one.model), spell(one.metric.name), "95 %", f"against {safe(best)}",
            "correct language",
            "rate taken", "trained", "seconds", "seeds", "searched", "uses",
        ]  # fmt: skip
        body = [_recipe(one, arm) for arm in one.ranked]
        for tried in one.references:
            body.append(
                [
                    safe(tried.name),
                    plain.number(tried.score, scale),
                    plain.interval(*tried.ends, scale),
                    "",
                    plain.number(tried.fidelity),
                    *["not trained", "–", "–", "–", "–", "nothing"],
                ]
            )
        yield from (*grid(head, body), "")
    yield (
        "✗: below half of the references' own correct-language rate. Differences are on the same "
        "items, with 95 % intervals over items and seeds, p corrected for the recipes of the table."
    )
    yield ""
    recipes = {arm.name: arm.choice.system.recipe for one in topic.found for arm in one.arms}
    yield from (
        f"- {safe(name)}: {f'`{plain.tame(recipe)}`' if recipe else 'plain finetuning'}"
        for name, recipe in recipes.items()
    )


def _recipe(one: Backbone, arm: Arm) -> list[str]:
    taken, system, budget = arm.taken, arm.choice.system, arm.choice.budget
    scale = one.metric.scale
    return [
        safe(arm.name) + (" (upper bound)" if arm.choice.bound else ""),
        plain.number(taken.score, scale),
        plain.interval(*taken.ends, scale),
        _delta(one, arm),
        plain.number(taken.fidelity) + (" ✗" if taken.lost else ""),
        spell_rate(system.lr),
        f"{system.trained / system.size:.1%}" if system.size else "–",
        f"{system.seconds:.0f}",
        str(len(system.seeds)),
        f"{budget.trainings} runs, {plain.duration(budget.seconds)}",
        ", ".join(map(spell, system.needs)) or "source labels",
    ]


def _delta(one: Backbone, arm: Arm) -> str:
    found = one.against.get(arm.choice.system.cell)
    if found is None:
        return "" if arm is not one.best else "best"
    scale = one.metric.scale
    ends = plain.interval(found.low, found.high, scale)
    return f"{plain.signed(found.delta, scale)} ({ends}; {plain.chance(found.p)})"


def _again(packed: Packed, name: str) -> Iterator[str]:
    study = regex.sub(r"[^\w.-]+", "-", str(packed.study().get("name", name)))
    yield from (
        "```bash",
        f"isogloss run studies/{study}.toml --out out/{study}",
        f"python studies/finding.py out/{study} docs/findings/{name}.md",
        "```",
        "",
    )
    runs, rows = len(packed.runs()), len(packed.rows())
    yield (
        f"Every figure and picture here is made from [{FILE}]({name}/{FILE}): {runs} runs, "
        f"{rows} rows, and how each test item did; scored with isogloss {packed.scored}. "
        "A test makes the page again from it and compares."
    )
    if packed.errors():
        yield from ("", f"{len(packed.errors())} runs failed and are missing here.")
