"""The one inference loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.stop import check
from isogloss.core.types import Example, Prediction
from isogloss.models import devices, modes
from isogloss.models.batch import Item
from isogloss.models.decode.limit import Limit, longest
from isogloss.models.train import buckets, state
from isogloss.models.train.progress import bar

if TYPE_CHECKING:
    from isogloss.models.model import Model

ROWS = 256
"""Largest batch; more rows gain nothing."""


def predict(
    model: Model,
    examples: Sequence[Example],
    *,
    fit: Fit,
    generate: Generate,
    machine: Machine,
    limit: Limit | None = None,
    seed: int = 0,
) -> list[Prediction]:
    """Answer examples, in their order.

    They are sorted by length and batched under ``machine.micro_tokens`` padded
    tokens, room for the longest output included. Sampling draws from a seed of
    its own, so that equal calls give equal answers.

    Args:
        model: A model; its modes are left as they are found.
        examples: A whole split, or any part of it.
        fit: Settings that decide how inputs are cut.
        generate: Settings of generation.
        machine: Settings that move no score.
        limit: Each language's longest output; None takes ``generate.max_tokens``
            or ``fit.max_target`` for all.
        seed: What sampling draws from.
    """
    if generate.max_tokens is not None or limit is None:
        limit = Limit(default=generate.max_tokens or fit.max_target)
    if not examples:
        return []
    device = devices.pick(machine)
    devices.move(model.net, device)
    items = model.head.encode(model, examples, fit, train=False)
    # Options bring their own length, free text gets its limit, encoders write nothing.
    most = (longest(model, item, limit) if model.family.writes else 0 for item in items)
    room = [item.source + (item.target or n) for item, n in zip(items, most, strict=True)]
    raws: list[Any] = [None] * len(items)
    progress = bar("predict", len(items), machine, unit="item")
    with (
        state.own_random_state(),
        modes.threads(machine),
        modes.kept(model.net),
        torch.no_grad(),
        progress,
    ):
        model.net.eval()
        state.seed_all(seed)
        for chunk in buckets.chunks(room, machine.micro_tokens, ROWS):
            check()
            part = [items[i] for i in chunk]
            for i, answer in zip(
                chunk, _answers(model, part, generate, limit, machine, device), strict=True
            ):
                raws[i] = answer
            progress.update(len(chunk))
    found: list[Prediction] = model.head.merge(model, examples, items, raws)
    return found


def _answers(
    model: Model,
    items: list[Item],
    generate: Generate,
    limit: Limit,
    machine: Machine,
    device: torch.device,
) -> list[Any]:
    """Answer a batch; in halves where it does not fit the device's memory."""
    batch = model.head.collate(model, items, train=False)
    try:
        with devices.autocast(machine, device):
            found: list[Any] = model.head.answer(model, devices.to(batch, device), generate, limit)
        return found
    except torch.OutOfMemoryError:
        if len(items) == 1:
            raise
    torch.cuda.empty_cache()
    middle = len(items) // 2
    halves = (items[:middle], items[middle:])
    return [a for half in halves for a in _answers(model, half, generate, limit, machine, device)]
