"""Optimisers, learning-rate schedules and clipping."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import not_
from typing import Any, cast

import torch
from torch import Tensor, nn

from isogloss.core.run import Fit
from isogloss.models.train.mask import moves


def optimizer(parameters: Sequence[nn.Parameter], fit: Fit) -> torch.optim.Optimizer:
    """Build the optimiser; vectors (norms, biases) and masked tensors are never decayed."""
    decayed = [p.ndim > 1 and moves(p) is None for p in parameters]
    groups = [
        {"params": list(compress(parameters, decayed)), "weight_decay": fit.weight_decay},
        {"params": list(compress(parameters, map(not_, decayed))), "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if fit.optimizer == "adafactor":
        from transformers.optimization import Adafactor

        # A fixed rate that means the same as AdamW's: no scaling by parameter size.
        fixed = {"scale_parameter": False, "relative_step": False, "warmup_init": False}
        make: Any = Adafactor
        return cast(torch.optim.Optimizer, make(groups, lr=fit.lr, **fixed))
    return torch.optim.AdamW(groups, lr=fit.lr, fused=True)


def rate(step: int, fit: Fit) -> float:
    """Give the learning rate of an update, counted from 0."""
    rise = round(fit.warmup * fit.steps)
    if step < rise:
        return fit.lr * (step + 1) / rise
    left = (fit.steps - step) / max(1, fit.steps - rise)
    factor = {
        "constant": 1.0,
        "linear": left,
        "cosine": 0.5 * (1 - math.cos(math.pi * left)),
        "inverse_sqrt": math.sqrt(max(1, rise) / (step + 1)),
    }[fit.schedule]
    return fit.lr * min(1.0, factor)


def clip(parameters: Iterable[Tensor], largest: float) -> Tensor:
    """Scale the gradients to a largest norm (0: leave them) and give their norm."""
    grads = [p.grad for p in parameters if p.grad is not None]
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)))
    if largest:
        torch._foreach_mul_(grads, (largest / (norm + 1e-6)).clamp(max=1.0))
    return norm
