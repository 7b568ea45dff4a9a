"""Average the weights of the last snapshots, and of runs with other seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.method import Context, Method
from isogloss.core.recipe import Recipe
from isogloss.core.run import Run


@dataclass(frozen=True)
class Average(Method):
    """Average the weights of the last snapshots, and of runs with other seeds.

    Every trained tensor becomes the uniform mean, so that no checkpoint has to
    be chosen.
    """

    last: int = 5
    """Snapshots to average; the run has to keep as many (`snapshots` under [fit])."""
    seeds: tuple[int, ...] = ()
    """Other seeds whose runs are averaged with this one; they have to start from
    the same weights, so not on encoders, whose heads are new, nor with adapters."""

    cite = "Schmidt et al. 2023, 2305.16834"
    claim = "Averaging checkpoints improves zero-shot transfer without choosing one"
    example = "average(last=2)"

    def parts(self, run: Run) -> tuple[Run, ...]:
        """Name the same run at the other seeds, its snapshots averaged too."""
        if run.fit.snapshots < self.last:
            raise IsoglossError(
                f"average(last={self.last}) needs as many snapshots; "
                f"the run keeps {run.fit.snapshots}",
                f"set snapshots = {self.last} under [fit]",
            )
        methods = (replace(m, seeds=()) if m == self else m for m in run.parsed.methods)
        recipe = str(Recipe(tuple(methods)))
        others = (seed for seed in self.seeds if seed != run.seed)
        return tuple(replace(run, seed=seed, recipe=recipe) for seed in others)

    def weights(self, model: Any, ctx: Context) -> Any:
        """Put the mean into the model."""
        from isogloss.models.mean import mean, put, shared_start
        from isogloss.models.state import load_snapshot, trained

        if self.seeds:
            shared_start(model)
        paths = ctx.snapshots()[-self.last :]
        put(model, mean(trained(load_snapshot(model, path).net) for path in paths))
        if self.seeds:
            others = (ctx.part(part) for part in self.parts(ctx.run))
            put(model, mean(trained(each.net) for each in (model, *others)))
        return model
