"""The rate that carries best to a source which the model was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isogloss.analysis.select.multi_source_dev import several
from isogloss.analysis.select.policy import Measured, Pairs, Policy, mean
from isogloss.analysis.system import System
from isogloss.core.metric import Metric


@dataclass(frozen=True)
class LeaveOneSourceOut(Policy):
    """Take the rate that carries best to a source which was left out of training.

    For each source a model is trained on the others and scored on its dev split;
    the mean of these scores chooses. It imitates a target language with the
    labels at hand, and costs a training for each source and rate.
    """

    name = "leave_one_source_out"
    what = "mean left-out source dev"
    scores = "dev scores of left-out sources"

    def check(self, sources: Sequence[str]) -> None:
        """Refuse a single source."""
        several(self, sources)

    def parts(self, sources: Sequence[str]) -> Mapping[tuple[str, ...], Pairs]:
        """Name the runs that leave a source out."""
        return {_without(sources, lang): ((lang, "dev"),) for lang in sources}

    def measure(self, system: System, metric: Metric, found: Sequence[System]) -> Measured | None:
        """Average over the sources left out."""
        scores = []
        for lang in system.sources:
            other = held_out(system, lang, found)
            score = mean(other, [lang], metric.name, "dev") if other else None
            if score is None:
                return None
            scores.append(score)
        value = sum(value for value, _ in scores) / len(scores)
        return value, sum(error**2 for _, error in scores) ** 0.5 / len(scores)

    def rule(self, metric: str) -> str:
        """Describe it."""
        return (
            f"the one with the best mean {metric} on the dev split of a source language after "
            "training on the others"
        )


def held_out(system: System, lang: str, found: Sequence[System]) -> System | None:
    """Find the same system trained without one source; None unless there is exactly one."""
    sources = _without(system.sources, lang)
    like = [
        other
        for other in found
        if other.sources == sources and other.lr == system.lr and _same(other) == _same(system)
    ]
    if len(like) > 1:  # they differ in another setting; the study's name for them tells
        like = [other for other in like if other.rows[0].label == system.rows[0].label]
    return like[0] if len(like) == 1 else None


def _without(sources: Sequence[str], lang: str) -> tuple[str, ...]:
    return tuple(source for source in sources if source != lang)


def _same(system: System) -> tuple[str, ...]:
    return system.task, system.model, system.recipe, system.optimizer
