"""Train a soft prompt before the input and leave the network as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from isogloss.core.claim import Claim
from isogloss.core.field import Count, Number, Seed
from isogloss.core.method import Context, Method
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class PromptTuning(Method):
    """Train a soft prompt before the input and leave the network as it is.

    The published setting is Adafactor at a constant rate of 0.3.
    """

    length: Count = 100
    """Vectors before the input."""
    init: Literal["vocabulary", "uniform", "labels"] = "vocabulary"
    """They start as vectors of the 5,000 most common tokens; or within half a unit;
    or as those of the task's labels (of its instruction or name, if it has none)."""
    mlp: Number = 0
    """Width of a bottleneck through which the prompt goes while it is trained, beside
    a residual path; published with 400; 0: none."""
    deep: bool = False
    """Add vectors of their own to the prompt's states before every further layer."""
    start: Seed | None = None
    """Seed of the random start, for runs to be averaged over seeds; null: the run's."""

    families = ("encoder_decoder", "decoder")
    adds = "prompt"
    lrs = (0.3, 0.1, 0.03)
    cite = (
        "Lester et al. 2021, 2104.08691; Vu et al. 2022, 2205.12647; deep: Qin & Eisner 2021, "
        "2104.06599; mlp: Razdaibiedina et al. 2023, 2305.03937"
    )
    claim = "Prompt tuning forgets less than full finetuning in languages far from the source"
    claims = (
        Claim(
            "Prompt tuning forgets less than full finetuning in languages far from the source",
            "2205.12647",
            VERBALISE,
            {
                "not_tested": "the claim was made on mT5 adapted to language modelling, "
                "which no mini backbone is"
            },
        ),
    )
    example = "prompt_tuning(length=8)"

    def model(self, model: Model, ctx: Context) -> Any:
        """Attach the prompt and freeze the rest."""
        from isogloss.models.addition import prompt
        from isogloss.models.addition.freeze import adding

        seed = ctx.run.seed if self.start is None else self.start
        shape = {"length": self.length, "deep": self.deep}
        with adding(model, "prompt", shape, seed=seed, start=self.start):
            start = prompt.start(model, self.length, self.init, seed)
            prompt.attach(model, self.length, deep=self.deep, mlp=self.mlp, start=start)
        return model
