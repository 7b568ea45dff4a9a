"""Prefer chosen to rejected answers by more than the untrained model does."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from isogloss.core.claim import Claim
from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Range
from isogloss.core.method import Context, Loss, Method, Train
from isogloss.core.run import Fit, Run
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model

REFERENCE = "reference"
"""Input field that a training example gets: what the model scored both answers before."""


@dataclass(frozen=True)
class Dpo(Method):
    """Prefer chosen to rejected answers by more than the untrained model does.

    The margin is how much more likely than before the chosen answer has become,
    less the same of the rejected one, in sums of log-probabilities (with `ipo` in
    means, so that long answers don't outweigh). The model before the training is
    asked once, without dropout, and what it says is kept by content: no second
    network is held, and runs that start alike share it. The training is without
    dropout too, unless `fit` sets one.
    """

    beta: Annotated[float, Range(above=0)] = 0.1
    """Weight of the margin: the larger, the nearer the model stays to its start."""
    form: Literal["sigmoid", "ipo", "hinge"] = "sigmoid"
    """Of the loss of a margin m: -log sigmoid(beta m), (m - 1 / (2 beta))^2, or
    max(0, 1 - beta m)."""
    label_smoothing: Annotated[float, Range(least=0, below=0.5)] = 0.0
    """Share of the pairs taken to be the wrong way round; of the sigmoid alone."""

    kinds = ("prefer",)
    families = ("decoder", "encoder_decoder")
    cite = (
        "Rafailov et al. 2023, 2305.18290; Azar et al. 2023, 2310.12036 (ipo); "
        "Zhao et al. 2023, 2305.10425 (hinge); Dang et al. 2024, 2407.02552"
    )
    claim = "Preference training in English improves answers in other languages"
    claims = (
        Claim(
            claim,
            "2407.02552",
            VERBALISE,
            {
                "not_tested": "the pairs of the built-in world tell languages apart, "
                "and not good answers from bad ones"
            },
        ),
    )

    def check(self, run: Run) -> None:
        """Refuse what the loss would pass over."""
        if self.label_smoothing and self.form != "sigmoid":
            raise IsoglossError(
                f"dpo: label_smoothing is of the sigmoid, not of {self.form}",
                'leave it out, or write form="sigmoid"',
            )
        if run.fit.label_smoothing:
            raise IsoglossError(
                "dpo has no use for fit.label_smoothing, which is over the vocabulary",
                f"write dpo(label_smoothing={run.fit.label_smoothing:g}), which is over pairs",
            )
        if run.fit.patience:
            raise IsoglossError(
                "dpo: patience stops by the chosen answers' likelihood, which may fall as the "
                "margin grows",
                "set patience = 0",
            )
        methods = run.parsed.methods
        inner = [m for m in methods[: methods.index(self)] if "loss" in m.stages]
        if inner:
            name = type(inner[0]).__name__.lower()
            raise IsoglossError(
                f"dpo takes the place of the loss that {name} changes",
                f"write dpo before {name}, which then acts on dpo's",
            )

    def train(self, train: Train, ctx: Context) -> Train:
        """Ask the model for its likelihoods before it is trained."""

        def referred(model: Model, examples: Any, **options: Any) -> Any:
            fit: Fit = replace(ctx.run.fit, **options)
            known = reference(model, examples, fit, ctx)
            examples = [
                replace(each, inputs={**each.inputs, REFERENCE: tuple(pair)})
                for each, pair in zip(examples, known, strict=True)
            ]
            dropout = 0.0 if fit.dropout is None else fit.dropout
            return train(model, examples, **{**options, "dropout": dropout})

        return referred

    def loss(self, loss: Loss, model: Model, ctx: Context) -> Loss:
        """Take the place of the task's loss."""
        import torch

        from isogloss.models.head.prefer import of_pairs

        @functools.wraps(loss)
        def preferring(model: Model, batch: Any) -> Mapping[str, Any]:
            sums, counts = of_pairs(model, batch.items)
            before = [each.inputs[REFERENCE] for each in batch.examples]
            ratios = sums - torch.tensor(before, device=sums.device).T
            if self.form == "ipo":
                ratios = ratios / counts
            return {"preference": self.of(ratios[0] - ratios[1]).sum() / batch.count}

        return preferring

    def of(self, margins: Any) -> Any:
        """Give the loss of each margin."""
        from torch.nn.functional import logsigmoid, relu

        if self.form == "ipo":
            return (margins - 1 / (2 * self.beta)) ** 2
        if self.form == "hinge":
            return relu(1 - self.beta * margins)
        right, wrong = logsigmoid(self.beta * margins), logsigmoid(-self.beta * margins)
        return -(1 - self.label_smoothing) * right - self.label_smoothing * wrong


def reference(
    model: Model, examples: Sequence[Any], fit: Fit, ctx: Context
) -> list[tuple[float, float]]:
    """Score the chosen and the rejected answer of each example, or open the scores kept."""
    items = model.head.encode(model, examples, fit, train=True)
    pairs = [(item.features, item.meta["rejected"].features) for item in items]
    key = content_hash([model.name, model.net.state_dict(), pairs])

    def make() -> list[tuple[float, float]]:
        return likelihoods(model, items, ctx.machine)

    found: list[tuple[float, float]] = ctx.cache(key, make, shared=True)
    return found


def likelihoods(model: Model, items: Sequence[Any], machine: Any) -> list[tuple[float, float]]:
    """Score the chosen and the rejected answer of each training item, without dropout."""
    import torch

    from isogloss.models import devices, modes
    from isogloss.models.decode.predict import ROWS
    from isogloss.models.head.prefer import of_pairs
    from isogloss.models.train import buckets

    device = devices.pick(machine)
    devices.move(model.net, device)
    lengths = [item.source + max(item.target, item.meta["rejected"].target) for item in items]
    found: list[tuple[float, float]] = [(0.0, 0.0)] * len(items)
    with modes.threads(machine), modes.kept(model.net), torch.no_grad():
        model.net.eval()
        for chunk in buckets.chunks(lengths, machine.micro_tokens // 2, ROWS):
            with devices.autocast(machine, device):
                sums, _ = of_pairs(model, [items[i] for i in chunk])
            for i, (chosen, rejected) in zip(chunk, sums.T.tolist(), strict=True):
                found[i] = (chosen, rejected)
    return found
