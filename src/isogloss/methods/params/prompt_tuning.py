"""Train a soft prompt before the input and leave the network as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from isogloss.core.method import Context, Method


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
    cite = "Lester et al. 2021, 2104.08691; Vu et al. 2022, 2205.12647"
    claim = "Prompt tuning forgets less than full finetuning in languages far from the source"
    example = "prompt_tuning(length=8)"

    def model(self, model: Any, ctx: Context) -> Any:
        """Attach the prompt and freeze the rest."""
        from isogloss.models import prompt
        from isogloss.models.added import adding

        with adding(model, "prompt", asdict(self), seed=ctx.run.seed):
            prompt.attach(model, self.length, seed=ctx.run.seed)
        return model
