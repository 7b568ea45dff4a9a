"""Train low-rank additions to linear layers (LoRA), through PEFT."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from isogloss.core.method import Context, Method

TASKS = {"encoder-decoder": "SEQ_2_SEQ_LM", "decoder": "CAUSAL_LM"}
HEADS = {"classify": "SEQ_CLS", "tag": "TOKEN_CLS", "span": "QUESTION_ANS"}


@dataclass(frozen=True)
class Lora(Method):
    """Train low-rank additions to linear layers (LoRA), through PEFT.

    An encoder's new head is trained with them.
    """

    r: int = 8
    """Rank of the additions."""
    alpha: float = 16.0
    """The additions are scaled by alpha / r."""
    dropout: float = 0.0
    """Share of a layer's inputs hidden from its addition in training."""
    targets: Literal["query_value", "attention", "all_linear"] = "query_value"
    """Linear layers that get one; the paper's are the queries and values."""
    quantize: Literal["", "8bit", "4bit"] = ""
    """Keep the frozen weights in so many bits; needs the extra `quant`."""

    lrs = (1e-2, 1e-3, 1e-4)
    cite = "2106.09685, 2305.14314"
    claim = "LoRA forgets less than full finetuning"
    example = "lora(r=8)"

    def model(self, model: Any, ctx: Context) -> Any:
        """Wrap the network by PEFT."""
        from peft import LoraConfig, get_peft_model

        from isogloss.models.added import adding
        from isogloss.models.linear import linear, quantize
        from isogloss.models.parts import heads

        if self.quantize:
            quantize(model, self.quantize)
        config = LoraConfig(
            r=self.r,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=linear(model, self.targets),
            modules_to_save=sorted(heads(model.net, model.family)) or None,
            task_type=TASKS.get(model.family) or HEADS.get(ctx.task.kind),
        )
        with adding(model, "lora", asdict(self), seed=ctx.run.seed):
            model.net = get_peft_model(model.net, config)
        return model
