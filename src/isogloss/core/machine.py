"""Where a run runs: recorded in its rows, never part of an identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from isogloss.core.field import Range


@dataclass(frozen=True)
class Machine:
    """Device and memory settings; none of them may move a score."""

    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    precision: str = "auto"
    """auto, fp32 or bf16; auto is bf16 where the device has it, and fp32 on a CPU."""
    micro_tokens: Annotated[int, Range(least=1)] = 16384
    """Padded tokens per forward pass; larger batches are split and accumulated."""
    threads: Annotated[int, Range(least=1, most=10_000)] = 1
    checkpointing: bool = False
    """Recompute activations in the backward pass, for less memory."""
    save_every: Annotated[float, Range(least=0)] = 60.0
    """Seconds between saves that a killed training resumes from."""
    progress: bool = True
    """Show a bar on a terminal for work over two seconds."""
