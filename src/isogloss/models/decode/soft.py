"""What a model finds of every choice, and not the best one alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Example, Prediction
from isogloss.models import devices, modes
from isogloss.models.decode.limit import Limit, measure
from isogloss.models.decode.predict import ROWS, predict
from isogloss.models.train import buckets
from isogloss.models.train.progress import bar

if TYPE_CHECKING:
    from isogloss.models.model import Model

NEVER = -1e9
"""Log-probability of what a model leaves out, finite so that products with 0 are 0."""


def soft(model: Model, examples: Sequence[Example], *, fit: Fit, machine: Machine) -> list[Tensor]:
    """Give the log-probabilities of each example's choices.

    An encoder's come from its logits, averaged over chunks. A model that writes has
    them where it scores labels or options; tags that it writes are taken as certain.

    Args:
        model: of a task with labels or options.
        examples: what it is asked; of their targets the longest says how long answers may be.
        fit: how inputs are cut.
        machine: settings that move no value.

    Returns:
        An example: (decisions, choices), a decision a word of it or the one that there
        is; rows are NaN where a word was cut off.
    """
    if model.family.writes:
        limit = Limit(measure(model, examples, fit).base)
        settings: Any = {"generate": Generate(), "limit": limit, "machine": machine}
        answers = predict(model, examples, fit=fit, **settings)
        return [_written(answer, model.task.labels) for answer in answers]
    device = devices.pick(machine)
    devices.move(model.net, device)
    items = model.head.encode(model, examples, fit, train=False)
    found: list[dict[int, list[Tensor]]] = [{} for _ in examples]
    progress = bar("teach", len(items), machine, unit="item")
    with modes.threads(machine), modes.kept(model.net), torch.no_grad(), progress:
        model.net.eval()
        for chunk in buckets.chunks([item.source for item in items], machine.micro_tokens, ROWS):
            batch = model.head.collate(model, [items[i] for i in chunk], train=False)
            batch = devices.to(batch, device)
            with devices.autocast(machine, device):
                outputs = model.net(**batch.inputs)
            for item, rows in zip(batch.items, model.head.logits(batch, outputs), strict=True):
                for decision, row in rows.items():
                    each = row.float().log_softmax(-1).cpu()
                    found[item.index].setdefault(decision, []).append(each)
            progress.update(len(chunk))
    return [_read(rows) for rows in found]


def _read(rows: dict[int, list[Tensor]]) -> Tensor:
    """Average each decision's rows, and leave NaN where there are none."""
    width = max((len(row) for each in rows.values() for row in each), default=0)
    whole = torch.full((max(rows, default=-1) + 1, width), float("nan"))
    for decision, each in rows.items():
        whole[decision] = torch.stack(each).mean(0)
    return whole


def _written(answer: Prediction, labels: Sequence[str]) -> Tensor:
    """Take the scores of an answer; or the answer itself, as certain."""
    if answer.scores:
        return torch.tensor([list(answer.scores.values())]).log_softmax(-1).clamp(min=NEVER)
    given = [answer.value] if isinstance(answer.value, str) else answer.value
    return torch.tensor([[0.0 if label == each else NEVER for label in labels] for each in given])
