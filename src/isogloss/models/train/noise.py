"""Perturb a network's input embeddings for the time of a forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from isogloss.models.batch import Batch
from isogloss.models.family.module import input_table

if TYPE_CHECKING:
    from isogloss.models.model import Model


@contextmanager
def noise(model: Model, size: float) -> Iterator[None]:
    """Add normal noise to the input embeddings while the block runs.

    Drawn from torch's own generator, whose state a resumed training restores.

    Args:
        model: its decoder's inputs stay clean where it has an encoder.
        size: standard deviation, in those of the embedding table.
    """
    table = input_table(model)
    scale = size * table.weight.detach().std() * getattr(table, "embed_scale", 1.0)

    def perturb(_: nn.Module, args: Any, vectors: Tensor) -> Tensor:
        noisy: Tensor = vectors + scale.to(vectors.dtype) * torch.randn_like(vectors)
        return noisy

    handle = table.register_forward_hook(perturb)
    try:
        yield
    finally:
        handle.remove()


def divergence(clean: Any, noisy: Any, batch: Batch, *, in_line: bool) -> Tensor:
    """Sum the symmetrised KL divergence over the answers, by ``batch.weight``.

    Counts tokens, words or items that bear a loss; spans by start and end.
    """
    labels = batch.inputs.get("labels")
    total = torch.zeros((), device=next(iter(batch.inputs.values())).device)
    for name in ("logits", "start_logits", "end_logits"):
        if clean.get(name) is None:
            continue
        p, q = (functional.log_softmax(o[name].float(), dim=-1) for o in (clean, noisy))
        each = ((p.exp() - q.exp()) * (p - q)).sum(-1)
        if labels is not None and labels.shape == each.shape:
            if in_line:  # the answer at one place is the label of the next
                labels = functional.pad(labels[:, 1:], (0, 1), value=-100)
            each = each[labels != -100]
        total = total + each.sum()
    return total / batch.weight
