"""Train on target text that models of single sources label, the better ones more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from isogloss import plugin
from isogloss.core.claim import Claim
from isogloss.core.errors import Uncovered
from isogloss.core.field import Count, Number, Rate
from isogloss.core.material import TARGET, Reading
from isogloss.core.method import Context, Method, Train, untrained
from isogloss.core.run import Run, singles
from isogloss.core.types import Example
from isogloss.mini.bench import TAG_QUANTITY

if TYPE_CHECKING:
    from isogloss.models.model import Model

log = logging.getLogger("isogloss")

PASSES = 10
"""Most times that a text is drawn, so that the list stays small."""


@dataclass(frozen=True)
class Rare(Method):
    """Train on target text that models of single sources label, the better ones more.

    One model is trained on each source alone and gets an expertise in
    proportion to its score (the task's headline metric) on a few labelled target
    examples; the best ones label the rest of the target's training inputs. For
    every example that a new model sees, the labelling model is drawn in
    proportion to expertise; in the end it is trained on the labelled examples.
    A source language keeps the model of its own.
    """

    labels: Count = 100
    """Labelled target examples."""
    top: Count = 10
    """Models that may label, if there are so many; the paper takes 10 for WikiAnn, 3 for CoNLL."""
    epochs: Count = 5
    """Passes over the labelled examples in the end."""
    lr: Rate | None = None
    """Peak learning rate of these; null takes a tenth of the run's, as in the paper."""
    draw: Number = 0
    """Which of the draws of labelled examples; `shots` has the same ones."""

    needs = ("target_labels", "target_text")
    kinds = ("tag", "classify")
    least_sources = 2
    cite = "Rahimi et al. 2019, 1902.00193"
    claim = "With 100 labels, ranking and retraining beats an ensemble without labels"
    claims = (
        Claim(
            "With 100 labels, ranking and retraining beats the ensemble without labels",
            "1902.00193",
            TAG_QUANTITY,
            {"higher": {"recipe": "rare(labels=100)"}, "than": {"recipe": "bea()"}},
        ),
    )
    example = "rare(labels=8)"

    def parts(self, run: Run) -> tuple[Run, ...]:
        """Name the runs on single sources."""
        return singles(run, self)

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """Read the target's training examples, some of them with labels."""
        return (Reading("examples", (TARGET,), "adapt"),)

    def cover(self, lang: str, ctx: Context) -> None:
        """Ask for the labelled examples, and for other inputs."""
        self._examples(lang, ctx)

    def train(self, train: Train, ctx: Context) -> Train:
        """Leave the training to the parts, and to each target."""
        return untrained

    def adapt(self, model: Model, lang: str, ctx: Context) -> Any:
        """Train a copy on what the models say, then on the labelled examples.

        Raises:
            Uncovered: the language has fewer labelled examples, or no other inputs.
        """
        parts = self.parts(ctx.run)
        if lang in ctx.sources:
            return ctx.part(parts[ctx.sources.index(lang)])
        gold, rest = self._examples(lang, ctx)
        scores, labelled = [], []
        for run in parts:
            asked = [*(replace(each, target=None) for each in gold), *rest]
            found = ctx.predict(ctx.part(run), asked)
            metric = plugin.metric(ctx.task.metrics[0])
            scores.append(float(metric.score(metric.stats(gold, found[: len(gold)], lang).sum(0))))
            labelled.append([prediction.value for prediction in found[len(gold) :]])
        weights = expertise(scores, self.top)
        told = zip(ctx.sources, weights, strict=True)
        log.debug("rare in %s: %s", lang, ", ".join(f"{s} {w:.2f}" for s, w in told))
        once: dict[str, Any] = {"snapshots": 1, "patience": 0}
        model = ctx.fit(model.copy(), self._drawn(rest, labelled, weights, lang, ctx), **once)
        fit = ctx.run.fit
        once |= {"steps": self.epochs * -(-len(gold) // fit.batch), "lr": self.lr or fit.lr / 10}
        return ctx.fit(model, gold, **once)

    def _examples(self, lang: str, ctx: Context) -> tuple[list[Example], list[Example]]:
        """Give the labelled examples, and the other inputs."""
        gold = ctx.labels(lang, self.labels, draw=self.draw)
        known = {example.id for example in gold}
        rest = [each for each in ctx.inputs(lang) if each.id not in known]
        if not rest:
            what = f"rare: all {len(gold)} training examples in '{lang}' are taken as labelled"
            raise Uncovered(what, "set labels lower, so that there are inputs left")
        return gold, rest

    def _drawn(
        self,
        rest: Sequence[Example],
        labelled: Sequence[Sequence[Any]],
        weights: Sequence[float],
        lang: str,
        ctx: Context,
    ) -> list[Example]:
        """Give every input to models drawn by their expertise, in as many passes as are seen."""
        rng, fit = ctx.rng(f"rare {lang}"), ctx.run.fit
        passes = max(1, min(PASSES, fit.steps * fit.batch // len(rest)))
        return [
            replace(example, target=labelled[model][place], origin="pseudo")
            for _ in range(passes)
            for place, example in enumerate(rest)
            for model in rng.choices(range(len(labelled)), weights)
        ]


def expertise(scores: Sequence[float], top: int) -> list[float]:
    """Make scores shares that sum to 1, those below the best ``top`` 0.

    A score that is not a number counts as 0; where all are 0, the models share
    alike.
    """
    known = [score if score > 0 else 0.0 for score in scores]
    best = sorted(range(len(known)), key=lambda place: -known[place])[:top]
    if not any(known):
        return [1 / len(known)] * len(known)
    total = sum(known[place] for place in best)
    return [known[place] / total if place in best else 0.0 for place in range(len(known))]
