"""Train low-rank additions to linear layers (LoRA), through PEFT."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Seed, Share
from isogloss.core.input import ANY
from isogloss.core.method import Context, Method
from isogloss.core.run import Run
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Lora(Method):
    """Train low-rank additions to linear layers (LoRA), through PEFT.

    An encoder's new head is trained with them.
    """

    r: Count = 8
    """Rank of the additions."""
    alpha: Count = 16
    """The additions are scaled by alpha / r."""
    dropout: Share = 0.0
    """Share of a layer's inputs hidden from its addition in training."""
    targets: Literal["query_value", "attention", "all_linear"] = "query_value"
    """Linear layers that get one; the paper's are the queries and values."""
    quantize: Literal["", "8bit", "4bit"] = ""
    """Keep the frozen weights in so many bits; needs the extra `quant`."""
    start: Seed | None = None
    """Seed of the random start, for runs to be averaged over seeds; null: the run's."""

    inputs = ANY
    adds = "lora"
    lrs = (1e-2, 1e-3, 1e-4)
    cite = "Hu et al. 2022, 2106.09685; Dettmers et al. 2023, 2305.14314"
    claim = "LoRA forgets less than full finetuning"
    claims = (
        Claim(
            "LoRA forgets less than full finetuning",
            "2106.09685",
            VERBALISE,
            {"higher": {"recipe": "lora()", "lr": 5e-4}, "than": {"recipe": ""}},
        ),
    )
    example = "lora(r=8)"

    def check(self, run: Run) -> None:
        """Refuse few bits where what keeps them is not installed."""
        if self.quantize and find_spec("bitsandbytes") is None:
            raise IsoglossError(
                f"lora(quantize='{self.quantize}') needs bitsandbytes, which is not installed",
                "pip install 'isogloss[quant]', or leave quantize out",
            )

    def model(self, model: Model, ctx: Context) -> Any:
        """Wrap the network by PEFT."""
        from isogloss.models.addition import lora
        from isogloss.models.addition.freeze import adding

        with adding(model, "lora", asdict(self), seed=ctx.run.seed, start=self.start):
            lora.attach(model, asdict(self))
        return model
