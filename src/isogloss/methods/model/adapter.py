"""Train a small bottleneck behind every feed-forward block, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from isogloss.core.claim import Claim
from isogloss.core.field import Count, Seed
from isogloss.core.method import Context, Method
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Adapter(Method):
    """Train a small bottleneck behind every feed-forward block, and nothing else.

    One adapter a layer, the identity at first; an encoder's new head is trained
    with them.
    """

    size: Count = 64
    """Width of the bottleneck."""
    activation: Literal["relu", "gelu", "silu"] = "relu"
    """What stands in the bottleneck."""
    start: Seed | None = None
    """Seed of the random start, for runs to be averaged over seeds; null: the run's."""

    adds = "adapter"
    lrs = (1e-2, 1e-3, 1e-4)
    cite = "Houlsby et al. 2019, 1902.00751; Chirkova et al. 2023, 2310.09917"
    claim = "mBART with adapters performs like mT5 of the same size"
    claims = (
        Claim(
            "mBART with adapters performs like mT5 of the same size",
            "2310.09917",
            VERBALISE,
            {
                "equal": [
                    {"recipe": "adapter()", "lr": 5e-4, "model": "mini/mbart"},
                    {"recipe": "", "model": "mini/mt5"},
                ],
                "margin": 0.05,
            },
        ),
    )
    example = "adapter(size=64)"

    def model(self, model: Model, ctx: Context) -> Any:
        """Attach the adapters and freeze the rest."""
        from isogloss.models.addition import adapter
        from isogloss.models.addition.freeze import adding

        settings = {"size": self.size, "activation": self.activation}
        with adding(model, "adapter", settings, seed=ctx.run.seed, start=self.start):
            adapter.attach(model.net, self.size, self.activation)
        return model
