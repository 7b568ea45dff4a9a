"""Turn predictions into rows: every metric, its interval, and the references' own."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction, Row
from isogloss.models.train.manifest import finished, read_all, trainings

if TYPE_CHECKING:
    from isogloss.models.model import Model

ALWAYS = (
    "correct_language",
    "language_coverage",
    "language_sibling",
    "copied",
    "repeated",
    "empty",
    "limit",
    "malformed",
    "cut",
)
"""Metrics that every task gets beside its own, where they are meant for its kind."""


@dataclass(frozen=True)
class Cost:
    """What a training cost, beside its score."""

    trained: int
    size: int
    seconds: float
    step: int
    machine: str
    note: str = ""

    @classmethod
    def of(
        cls,
        model: Model,
        folder: Path,
        parts: Iterable[Run] = (),
        adapted: Path | None = None,
        mark: str = "",
    ) -> Cost:
        """Read the cost from a model and the manifests of its training phases.

        Args:
            model: the trained model.
            folder: where its training is kept; those of other trainings lie beside it.
            parts: runs that it needed, whose seconds count as well.
            adapted: where its adaptation to a language is kept, which counts as well.
            mark: what else the rows are to say.
        """
        phases = finished(folder)
        keys = {part.train_key for part in parts} - {folder.name}
        places = [folder, *(folder.parent / key for key in sorted(keys)), *filter(None, [adapted])]
        every = [m for place in places for m in read_all(trainings(place))]
        lost = [note for m in every for note in m.get("lost", ())]
        return cls(
            trained=phases[-1]["trained"] if phases else 0,
            size=model.size,
            seconds=round(sum(m["seconds"] for m in every), 2),
            step=sum(m["steps"] for m in phases),
            machine=_machine(phases[-1] if phases else {}),
            note="; ".join(dict.fromkeys([*model.note, *lost, *filter(None, [mark])])),
        )


def _machine(manifest: dict[str, Any]) -> str:
    device = manifest.get("device", "cpu")
    precision = manifest.get("precision", "fp32")
    return f"{device} {precision} {platform.machine()}"


def score(
    run: Run,
    task: Task,
    lang: str,
    split: str,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    cost: Cost,
    note: str = "",
    metrics: Sequence[Metric] = (),
) -> tuple[list[Row], dict[str, Any]]:
    """Score one language; a metric that can't be given is an empty row with a note.

    Without ``metrics``, by the task's own and those that every task gets.

    Returns:
        The rows, and each metric's item statistics, arrays (items, k).
    """
    labelled = all(example.target is not None for example in examples)
    rows, kept = [], {}
    for metric in metrics or [plugin.metric(name) for name in metric_names(task)]:
        name = metric.name
        remark = note
        if not remark and metric.needs_gold and not labelled:
            remark = "no labels: predictions only"
        numbers: tuple[float | None, ...] = (None, None, None)
        if not remark:
            try:
                kept[name] = metric.stats(examples, predictions, lang)
                numbers = measure(metric, kept[name])
            except IsoglossError as error:
                remark = str(error)
        rows.append(row(run, task, lang, split, metric, numbers, len(examples), cost, remark))
        if not metric.needs_gold and labelled and plugin.kind(task.kind).writes:
            gold = [Prediction(e.id, e.target) for e in examples]
            numbers, remark = (None, None, None), ""
            try:
                numbers = measure(metric, metric.stats(examples, gold, lang))
            except IsoglossError as error:  # no reference could be judged
                remark = str(error)
            own = row(
                run, task, lang, split, metric, numbers, len(examples), cost, remark, "reference"
            )
            rows.append(own)
    return rows, kept


def unpinned(task: Task, data: Path | None) -> str:
    """Mark rows of data that may be others tomorrow."""
    return f"data not pinned: {task.moving}" if task.moving and data is None else ""


@cache
def _version() -> str:
    return version("isogloss")


def metric_names(task: Task) -> list[str]:
    """List a task's metrics, then those that every task of its kind gets."""
    fitting = [name for name in ALWAYS if task.kind in plugin.metric(name).kinds]
    return list(dict.fromkeys([*task.metrics, *fitting]))


def measure(metric: Metric, stats: Any) -> tuple[float, float, float]:
    """Give a metric's value and its 95 % interval over items, widened by what can't be told.

    Raises:
        IsoglossError: no item could be judged.
    """
    from isogloss.metrics.bootstrap import interval

    value = float(metric.score(stats.sum(axis=0)))
    if value != value:
        raise IsoglossError("undefined here: no item could be judged", "")
    low, high = interval(stats, metric.score)
    if metric.lowest is not None:
        low = interval(stats, metric.lowest)[0]
    return round(value, 6), round(float(low), 6), round(float(high), 6)


def row(
    run: Run,
    task: Task,
    lang: str,
    split: str,
    metric: Metric,
    numbers: tuple[float | None, ...],
    n: int,
    cost: Cost,
    note: str,
    condition: str = "",
) -> Row:
    """Fill in a row."""
    value, low, high = numbers
    return Row(
        run=run.id,
        cell=run.cell,
        task=task.name,
        task_version=task.version,
        model=run.model,
        recipe=run.recipe,
        lr=run.fit.lr,
        step=cost.step,
        needs=",".join(run.parsed.needs),
        sources=",".join(run.sources),
        target=lang,
        condition=condition,
        split=split,
        metric=metric.name,
        signature=metric.signature(lang),
        value=value,
        n=n,
        seed=run.seed,
        low=low,
        high=high,
        trained=cost.trained,
        size=cost.size,
        seconds=cost.seconds,
        machine=cost.machine,
        note="; ".join(filter(None, [note, cost.note])),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        version=_version(),
        settings=run.settings,
        optimizer=run.fit.optimizer,
    )
