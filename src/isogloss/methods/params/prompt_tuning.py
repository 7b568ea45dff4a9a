"""Train a soft prompt before the input and leave the network as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from isogloss.core.method import Context, Method

TASKS = {"encoder-decoder": "SEQ_2_SEQ_LM", "decoder": "CAUSAL_LM"}


@dataclass(frozen=True)
class PromptTuning(Method):
    """Train a soft prompt before the input and leave the network as it is.

    The vectors start as those of common tokens. The published setting is
    Adafactor at a constant rate of 0.3.
    """

    length: int = 100
    """Vectors before the input."""

    families = ("encoder-decoder", "decoder")
    lrs = (0.3, 0.1, 0.03)
    cite = "2104.08691, 2205.12647"
    claim = "Prompt tuning forgets less than full finetuning in languages far from the source"
    example = "prompt_tuning(length=8)"

    def model(self, model: Any, ctx: Context) -> Any:
        """Wrap the network by PEFT and start the prompt from common tokens."""
        import torch
        from peft import PromptTuningConfig, get_peft_model

        from isogloss.models.added import adding
        from isogloss.models.parts import common_vectors

        vectors = common_vectors(model, self.length, seed=ctx.run.seed)
        config = PromptTuningConfig(
            num_virtual_tokens=self.length,
            task_type=TASKS[model.family],
            num_transformer_submodules=1,
        )
        with adding(model, "prompt", asdict(self), seed=ctx.run.seed), torch.no_grad():
            model.net = get_peft_model(model.net, config)
            model.net.prompt_encoder["default"].embedding.weight.copy_(vectors)
        return model
