"""The head's own loss, and what losses that wrap it bring along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from isogloss.core.method import Loss
from isogloss.core.run import Fit


def plain_loss(fit: Fit) -> Loss:
    """Give the head's own loss, which methods wrap."""
    return lambda model, batch: model.head.loss(model.net, batch, smoothing=fit.label_smoothing)


def chain(loss: Any) -> Iterator[Any]:
    """Walk from the outermost loss to the one it wraps, by ``__wrapped__`` or ``inner``."""
    while loss is not None:
        yield loss
        loss = getattr(loss, "__wrapped__", None) or getattr(loss, "inner", None)


def modules(loss: Any) -> list[nn.Module]:
    """List the losses that are modules of their own; those inside others come with them."""
    found = [part for part in chain(loss) if isinstance(part, nn.Module)]
    inside = {id(m) for part in found for m in part.modules() if m is not part}
    return [part for part in found if id(part) not in inside]
