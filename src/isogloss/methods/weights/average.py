"""Average the weights of the last snapshots, and of runs at other seeds and rates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TYPE_CHECKING, Any

from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Rate, Seed
from isogloss.core.input import ANY
from isogloss.core.method import Context, Method
from isogloss.core.recipe import Recipe
from isogloss.core.run import Run
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Average(Method):
    """Average the weights of the last snapshots, and of runs at other seeds and rates.

    Every trained tensor becomes the uniform mean, so that no checkpoint has to
    be chosen.
    """

    last: Count = 5
    """Snapshots to average; the run has to keep as many (`snapshots` under [fit])."""
    seeds: tuple[Seed, ...] = ()
    """Other seeds whose runs are averaged with this one; they have to start from
    the same weights: encoders, whose heads are new, can't, and LoRA and adapters
    can where the recipe fixes their `start`."""
    rates: tuple[Rate, ...] = ()
    """Other learning rates whose runs are averaged with this one, at each seed."""

    inputs = ANY
    version = "2"
    cite = "Schmidt et al. 2023, 2305.16834"
    claim = "Averaging checkpoints improves zero-shot transfer without choosing one"
    claims = (
        Claim(
            "Averaging checkpoints improves zero-shot transfer",
            "2305.16834",
            VERBALISE,
            {"higher": {"recipe": "average(last=5)"}, "than": {"recipe": ""}},
        ),
    )
    example = "average(last=2)"

    def check(self, run: Run) -> None:
        """Refuse to average more snapshots than the run keeps."""
        if run.fit.snapshots < self.last:
            raise IsoglossError(
                f"average(last={self.last}) needs as many snapshots; "
                f"the run keeps {run.fit.snapshots}",
                f"set snapshots = {self.last} under [fit]",
            )

    def parts(self, run: Run) -> tuple[Run, ...]:
        """Name the same run at the other seeds and rates, its snapshots averaged too."""
        alone = replace(self, seeds=(), rates=())
        methods = (alone if method == self else method for method in run.parsed.methods)
        recipe = str(Recipe(tuple(methods)))
        seeds, rates = (run.seed, *self.seeds), (run.fit.lr, *self.rates)
        every = dict.fromkeys(
            replace(run, seed=seed, recipe=recipe, fit=replace(run.fit, lr=rate))
            for seed, rate in product(seeds, rates)
        )
        return tuple(every)[1:]

    def weights(self, model: Model, ctx: Context) -> Any:
        """Put the mean into the model."""
        from isogloss.models.train.mean import mean, put, shared_start
        from isogloss.models.train.state import load_snapshot, trained

        others = self.parts(ctx.run)
        if any(part.seed != ctx.run.seed for part in others):
            shared_start(model)
        paths = ctx.snapshots()[-self.last :]
        put(model, mean(trained(load_snapshot(model, path).net) for path in paths))
        if others:
            models = chain((model,), map(ctx.part, others))
            put(model, mean(trained(each.net) for each in models))
        return model
