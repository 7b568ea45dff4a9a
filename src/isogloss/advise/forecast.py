"""``isogloss.forecast``: what a study would bring, which labels to buy, and what to leave out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError, unknown

if TYPE_CHECKING:
    from isogloss.relation.transfer.design import Design
    from isogloss.relation.transfer.forecast import Cell, Forecast, Ground
    from isogloss.relation.transfer.label import Advice, Aim, Curve
    from isogloss.relation.transfer.observation import Observation
    from isogloss.relation.transfer.worth import Worth
    from isogloss.study.study import Study


@dataclass(frozen=True)
class Expected:
    """A cell that is not run yet."""

    forecast: Forecast
    label: str
    """The recipe's name in the study."""
    best: float | None
    """The best score so far on its target, with no more labelled examples of it."""
    chance: float | None
    """Probability that it beats that."""
    worth: bool
    """Whether that is as probable as was asked for; true where there is nothing to beat."""


@dataclass(frozen=True)
class Prospect:
    """What is expected of one task of a study."""

    task: str
    scores: int
    """Scores that the forecasts stand on."""
    langs: int
    """Languages that these are on."""
    cells: tuple[Expected, ...]
    setting: Cell | None
    """The setting that more labels are thought of for: the one expected to be best."""
    advice: Advice | None
    curve: Curve | None
    notes: tuple[str, ...]
    runs: Design | None = None
    """Cells to run first: the ones that leave the least unknown of all others."""


@dataclass(frozen=True)
class Prices:
    """What labels and translations cost, and what there is to translate."""

    label: float = 0.0
    """Of one labelled example."""
    word: float = 0.0
    """Of one translated word; 0 leaves translation out."""
    words: int = 0
    """Words of the training set; 0 counts them in the sources' data."""


@dataclass(frozen=True)
class Goal:
    """What is asked for beside the scores."""

    aim: Aim
    budget: int
    chance: float
    lang: str
    prices: Prices


RUNS = 5
"""Runs that are proposed."""


def forecast(
    study: Study | Path | str,
    out: Path | str = "out",
    *,
    data: Path | str | None = None,
    aim: Aim = "mean",
    budget: int = 100,
    chance: float = 0.05,
    lang: str = "",
    prices: Prices | None = None,
) -> tuple[Prospect, ...]:
    """Forecast the cells of a study that are not run yet, and which labels would help most.

    Args:
        study: a study, or the path of its file.
        out: results folder, whose scores are learned from; it may be empty.
        data: folder of real data, for a study given by its path.
        aim: what labels should raise: the targets' mean score, or the worst target's.
        budget: labelled examples that could be bought.
        chance: a cell less likely than this to beat the best score so far is not worth it.
        lang: language of the labelling curve; else the one to label first.
        prices: of labels and of translation.

    Raises:
        IsoglossError: a broken study, or a number out of range.
    """
    from isogloss.relation.transfer.observation import observations
    from isogloss.store import Store
    from isogloss.study.study import Study

    if not 0 <= chance < 1:
        raise IsoglossError(f"a chance of {chance:g}", "give a probability below 1, such as 0.05")
    if not isinstance(study, Study):
        study = Study.load(study, data=data)
    known = observations(Store(out))
    asked = cells(study, Store(out).done())
    goal = Goal(aim, budget, chance, lang, prices or Prices())
    return tuple(_prospect(study, task, known, asked[task], goal) for task in study.tasks)


def cells(study: Study, done: Mapping[str, set[tuple[str, str]]]) -> dict[str, dict[Cell, Any]]:
    """List a study's cells by task: cell -> (the recipe's name, whether it is run).

    Seeds, rates and draws of labels are one cell; references that train nothing are none.
    """
    from isogloss.analysis.system import UNTRAINED
    from isogloss.relation.transfer.covariance import bare
    from isogloss.relation.transfer.forecast import Cell
    from isogloss.relation.transfer.observation import mix
    from isogloss.study.plan import plan_study

    found: dict[str, dict[Cell, Any]] = {task: {} for task in study.tasks}
    for planned in plan_study(study, away=True).cells:
        run = planned.run
        if any(name in run.recipe for name in UNTRAINED):
            continue
        for lang, split in planned.pairs:
            if split != "test":
                continue
            trained = mix(run.sources, run.recipe, lang)
            cell = Cell(run.task, run.model, trained, lang, bare(run.recipe))
            ready = (lang, split) in done.get(run.id, ())
            label, before = found[run.task].get(cell, (planned.label.partition(" draw=")[0], True))
            found[run.task][cell] = (label, before and ready)
    return found


def _prospect(
    study: Study,
    task: str,
    known: Sequence[Observation],
    asked: Mapping[Cell, tuple[str, bool]],
    goal: Goal,
) -> Prospect:
    from isogloss.relation.transfer.forecast import forecast as expect
    from isogloss.relation.transfer.forecast import ground
    from isogloss.relation.transfer.label import advise

    own = [one for one in known if one.task == task]
    open_ = [cell for cell, (_, ready) in asked.items() if not ready]
    saw = _seen(study)
    worths: dict[tuple[str, str], Worth] = {}
    made = expect(known, list(asked), seen=saw, worths=worths)
    found = dict(zip(asked, made, strict=True))
    scores = _means(own)
    expected = []
    for one in (found[cell] for cell in open_):
        top = _best(scores, one.cell)
        odds = None if top is None else one.beats(top)
        label = asked[one.cell][0]
        worth = odds is None or odds >= goal.chance
        expected.append(Expected(one, label, top, odds, worth))
    notes = [] if open_ else ["every cell of it is run"]
    if not asked:
        return Prospect(task, len(own), 0, (), None, None, None, ("it has no cells",))
    setting = _setting({cell: one.score for cell, one in found.items()})
    base = ground(
        known,
        _of(setting.model, asked),
        seen=saw,
        worth=worths.get((task, setting.model)),
    )
    targets = _labelled(asked)
    if not targets:
        notes.append("every target is a source of the study, whose labels are there: none to buy")
    if not any("shots" in one.recipe for one in own):
        notes.append("no runs with labelled targets: what labels bring is from the prior")
    where = _where(asked, goal.lang, targets)
    advice = drawn = None
    if targets:
        advice = advise(base, setting, targets, budget=goal.budget, aim=goal.aim)
        where = where or (advice.labels[0][0] if advice.labels else advice.options[0].lang)
        drawn = _curve(study, task, own, base, setting, where, goal.prices)
    runs = _first(base, _of(setting.model, open_))
    return Prospect(
        task, len(own), base.langs, tuple(expected), setting, advice, drawn, tuple(notes), runs
    )


def _seen(study: Study) -> dict[str, frozenset[str] | None]:
    """Say which languages the study's models saw."""
    from isogloss.models.family.backbone import backbone

    found = [backbone(name, away=True) for name in study.models]
    return {one.name: one.langs for one in found}


def _first(base: Ground, open_: Sequence[Cell]) -> Design | None:
    """Choose the open cells that tell most of all open ones."""
    from isogloss.relation.transfer.design import design

    few = list(open_)[:MANY]
    return design(base, few, few, RUNS) if len(few) > 1 else None


MANY = 300
"""Open cells that are looked at for that."""


def _of(model: str, cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.model == model]


def _labelled(asked: Iterable[Cell]) -> list[str]:
    """List the targets that labels could be bought of: none that a cell learns from."""
    cells = list(asked)
    return [lang for lang in dict.fromkeys(c.target for c in cells) if lang not in _sources(cells)]


def _sources(cells: Iterable[Cell]) -> set[str]:
    """List the languages that the study learns from, all of whose examples are there."""
    return {lang for cell in cells for lang, count in cell.mix if not count}


def _means(known: Sequence[Observation]) -> dict[str, list[tuple[int, float]]]:
    """Average over seeds and draws: target -> (labelled examples of it, mean)."""
    scores: dict[tuple[Any, ...], list[float]] = {}
    for one in known:
        own = dict(one.mix).get(one.target, 0)
        scores.setdefault((one.target, own, one.model, one.mix, one.recipe), []).append(one.score)
    found: dict[str, list[tuple[int, float]]] = {}
    for (lang, own, *_), values in scores.items():
        found.setdefault(lang, []).append((own, sum(values) / len(values)))
    return found


def _best(scores: Mapping[str, Sequence[tuple[int, float]]], cell: Cell) -> float | None:
    """Give the best score on a cell's target that had no more labels of it."""
    own = dict(cell.mix).get(cell.target, 0)
    return max((mean for count, mean in scores.get(cell.target, ()) if count <= own), default=None)


def _setting(scores: Mapping[Cell, float]) -> Cell:
    """Choose the setting with the best expected mean over its targets."""
    from dataclasses import replace

    by_setting: dict[Cell, list[float]] = {}
    for cell, score in scores.items():
        sources = tuple((lang, n) for lang, n in cell.mix if not (n and lang == cell.target))
        by_setting.setdefault(replace(cell, target="", mix=sources), []).append(score)
    return max(by_setting, key=lambda cell: sum(by_setting[cell]) / len(by_setting[cell]))


def _where(cells: Iterable[Cell], lang: str, targets: Sequence[str]) -> str:
    """Check the language of the curve, if one is named."""
    if not lang:
        return ""
    from isogloss.language.registry import canonical

    found = canonical(lang)
    if found in _sources(cells):
        raise IsoglossError(
            f"'{found}' is a source of the study: its labels are there",
            f"name a target: {', '.join(targets)}" if targets else "add a target to the study",
        )
    if found not in targets:
        raise unknown("target of the study:", lang, targets)
    return found


def _curve(
    study: Study,
    task: str,
    known: Sequence[Observation],
    base: Ground,
    setting: Cell,
    lang: str,
    prices: Prices,
) -> Curve:
    from dataclasses import replace

    from isogloss.relation.transfer.label import curve

    cell = replace(setting, target=lang)
    told = [one for one in known if "translate_train" in one.recipe and one.target == lang]
    like = [one for one in told if (one.model, one.mix) == (cell.model, cell.mix)]
    words, examples = prices.words, 0
    if prices.word and not words:
        words, examples = _counted(study, task, [lang for lang, _ in cell.mix])
    return curve(
        base,
        cell,
        price_label=prices.label,
        price_word=prices.word,
        words=words if prices.word else 0,
        examples=examples,
        translated=replace(cell, recipe=like[0].recipe) if like else None,
    )


def _counted(study: Study, task: str, sources: Sequence[str]) -> tuple[int, int]:
    """Count words and examples of the training set.

    Raises:
        IsoglossError: the data are not at hand.
    """
    from isogloss.language import word

    load = study.tasks_by_name()[task].load
    words = examples = 0
    for lang in sources:
        for example in load(lang, "train", study.data):
            examples += 1
            words += sum(len(word.words(text)) for text in _texts(example.inputs.values()))
    return words, examples


def _texts(values: Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from _texts(value)


def to_json(found: Sequence[Prospect]) -> list[dict[str, Any]]:
    """Give plain values for JSON."""
    return [asdict(one) for one in found]
