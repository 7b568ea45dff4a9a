"""Dropout with fewer random numbers, for training on a CPU.

There the generator costs more than the rest of dropout. One 64-bit number
serves four elements here: each is dropped where its 16 bits fall below the
rate, which is so rounded to 1/65536; kept ones are scaled by the rate that was
really used, so the mean stays exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional as F

LEVELS = 2**16
FEWEST = 1024
"""Elements below which torch's own dropout is as fast."""
_usual = F.dropout


@contextmanager
def fast_dropout() -> Iterator[None]:
    """Do ``F.dropout``, which modules call too, this way for a while."""
    before = F.dropout
    F.dropout = _fast
    try:
        yield
    finally:
        F.dropout = before


def _fast(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    usual = input.device.type != "cpu" or input.numel() < FEWEST or inplace
    if not training or usual or not 0 < p < 1:
        return _usual(input, p, training, inplace)
    return input * mask(input, p)


def mask(like: Tensor, p: float) -> Tensor:
    """Draw what a tensor is multiplied with: 0 at the rate p, else 1 / (1 - p)."""
    count = like.numel()
    numbers = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    cut = round(p * LEVELS)
    kept = numbers.view(torch.int16)[:count].view(like.shape) >= cut - LEVELS // 2
    return kept.to(like.dtype).mul_(LEVELS / (LEVELS - cut))
