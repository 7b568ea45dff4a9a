"""Train against small perturbations of the input embeddings."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from isogloss import plugin
from isogloss.core.claim import Claim
from isogloss.core.field import Range
from isogloss.core.method import Context, Loss, Method
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Smooth(Method):
    """Train against small perturbations of the input embeddings.

    A word of another language lies near its translation, not on it; a model
    that holds in the neighbourhood of the source's words should hold there
    too. The loss is taken on perturbed inputs (randomised smoothing), or, with
    `consistency`, on clean ones with a penalty on the symmetrised divergence
    between the clean and the perturbed answer (R3F).
    """

    size: Annotated[float, Range(least=0)] = 0.1
    """Standard deviation of the noise, in those of the embedding table."""
    consistency: Annotated[float, Range(least=0)] = 0.0
    """Weight of the divergence; 0 trains on the perturbed inputs alone."""

    version = "2"
    cite = "Huang et al. 2021, 2104.08645; Aghajanyan et al. 2021, 2008.03156"
    claim = "Robust training on source data improves zero-shot transfer"
    claims = (
        Claim(
            "Robust training on source data improves zero-shot transfer",
            "2104.08645",
            VERBALISE,
            {"higher": {"recipe": "smooth()"}, "than": {"recipe": ""}},
        ),
    )
    example = "smooth(size=0.1)"

    def misfit(self, kind: str, family: str) -> str:
        """Refuse the divergence where there are no logits."""
        if plugin.kind(kind).shared and self.consistency:
            return "compares answers' logits, and retrieve has none; leave consistency out"
        return super().misfit(kind, family)

    def loss(self, loss: Loss, model: Model, ctx: Context) -> Loss:
        """Take the loss under noise."""
        from isogloss.models.train.loss import forward
        from isogloss.models.train.noise import divergence, noise

        @functools.wraps(loss)
        def smoothed(model: Model, batch: Any) -> Mapping[str, Any]:
            if not self.consistency:
                with noise(model, self.size):
                    return loss(model, batch)
            terms = loss(model, batch)
            clean = batch.outputs or forward(model, batch)[1]
            with noise(model, self.size):
                noisy = forward(model, batch)[1]
            apart = divergence(clean, noisy, batch, in_line=model.family.in_line)
            return {**terms, "consistency": self.consistency * apart + terms.get("consistency", 0)}

        return smoothed
