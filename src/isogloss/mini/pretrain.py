"""Pretrain a backbone on the world's text: one compact loop for all five.

Everything follows from the seed: text, masks and weights. Batches hold documents
of like length; which documents stand in which chunk depends on the chunk's number
alone, so a run that is cut off goes on from its last snapshot to the same bytes.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from pickle import UnpicklingError
from random import Random
from typing import Any

import torch

from isogloss.core.machine import Machine
from isogloss.core.stop import check
from isogloss.mini import backbones, card, objective
from isogloss.mini.documents import documents
from isogloss.mini.objective import Item
from isogloss.models.modes import threads

log = logging.getLogger("isogloss")

CHUNK = 100
"""Batches drawn, and sorted by length, at a time."""
SNAPSHOT = "snapshot.pt"


@dataclass(frozen=True)
class Recipe:
    """Settings of one backbone's pretraining."""

    steps: int
    batch: int = 96
    lr: float = 2e-3
    warmup: int = 200
    width: int = backbones.WIDTH
    layers: int = backbones.LAYERS


RECIPES = {
    "mt5": Recipe(steps=5000),
    "mbart": Recipe(steps=5000),
    "nllb": Recipe(steps=5000),
    "xlmr": Recipe(steps=5000),
    "gpt": Recipe(steps=5000),
}


@dataclass
class _State:
    """What a snapshot holds."""

    net: Any
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    losses: list[float] | None = None


def pretrain(
    name: str,
    out: Path | str,
    *,
    steps: int | None = None,
    seed: int = 0,
    resume: bool = True,
    recipe: Recipe | None = None,
    every: int = 500,
) -> Path:
    """Pretrain a backbone and save it with its tokenizer and card.

    Args:
        name: mt5, mbart, nllb, xlmr or gpt.
        out: the folder for the result; a snapshot lies in it meanwhile.
        steps: updates, if not the recipe's.
        resume: go on from a snapshot of the same settings.
        recipe: settings, if not those that the shipped weights were made with.
        every: updates between snapshots.

    Returns:
        The folder.
    """
    path = Path(out)
    path.mkdir(parents=True, exist_ok=True)
    tokenizer = backbones.tokenizer(name)
    chosen = recipe or RECIPES[name]
    chosen = replace(chosen, steps=steps or chosen.steps)
    identity = {**asdict(chosen), "name": name, "seed": seed, "data": card.data_version()}
    state = _start(name, tokenizer, chosen, seed)
    if resume and (path / SNAPSHOT).is_file():
        _load(state, path / SNAPSHOT, identity)
    with threads(Machine(threads=1)):  # another number of threads gives other bytes
        _train(state, name, tokenizer, chosen, seed, path / SNAPSHOT, identity, every)
    card.save(path, name, state.net, tokenizer, identity, state.losses or [], state.seconds)
    (path / SNAPSHOT).unlink(missing_ok=True)
    return path


def batches(
    name: str, tokenizer: Any, recipe: Recipe, seed: int, step: int = 0
) -> Iterator[list[Item]]:
    """Draw batches from an update on, without end."""
    while True:
        chunk = step // CHUNK
        drawn = list(documents(seed * 1_000_000 + chunk, CHUNK * recipe.batch))
        draw = Random(f"{name}-{seed}-{chunk}")
        items = sorted(objective.items(name, drawn, tokenizer, draw), key=objective.length)
        order = list(range(CHUNK))
        draw.shuffle(order)
        for index in order[step % CHUNK :]:
            yield items[index * recipe.batch : (index + 1) * recipe.batch]
            step += 1


def _start(name: str, tokenizer: Any, recipe: Recipe, seed: int) -> _State:
    torch.manual_seed(seed)
    net = backbones.net(name, tokenizer, width=recipe.width, layers=recipe.layers)
    net.train()
    matrices = [p for p in net.parameters() if p.ndim > 1]
    vectors = [p for p in net.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=recipe.lr, betas=(0.9, 0.98), weight_decay=0.01)
    return _State(net, optimizer, losses=[])


def _train(
    state: _State,
    name: str,
    tokenizer: Any,
    recipe: Recipe,
    seed: int,
    snapshot: Path,
    identity: dict[str, Any],
    every: int,
) -> None:
    """Run the updates that are left."""
    began = time.monotonic() - state.seconds
    pad = tokenizer.pad_token_id
    drawn = batches(name, tokenizer, recipe, seed, state.step)
    assert state.losses is not None
    while state.step < recipe.steps:
        check()
        state.losses.append(_update(state, objective.collate(next(drawn), pad), recipe))
        state.step += 1
        if state.step % every == 0 and state.step < recipe.steps:
            state.seconds = time.monotonic() - began
            _save(state, snapshot, identity)
            mean = sum(state.losses[-every:]) / every
            log.info("%s: update %d, loss %.3f", name, state.step, mean)
    state.seconds = time.monotonic() - began


def _update(state: _State, batch: dict[str, torch.Tensor], recipe: Recipe) -> float:
    """Make one update and give its loss."""
    rise = min(1.0, (state.step + 1) / recipe.warmup)
    for group in state.optimizer.param_groups:
        group["lr"] = recipe.lr * rise * (1 - state.step / recipe.steps)
    with torch.autocast("cpu", torch.bfloat16):
        loss = state.net(**batch).loss
    state.optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.net.parameters(), 1.0)
    state.optimizer.step()
    return float(loss.detach())


def _save(state: _State, path: Path, identity: dict[str, Any]) -> None:
    """Write a snapshot in one move, so that none is ever half there."""
    part = path.with_suffix(".part")
    torch.save(
        {
            "identity": identity,
            "net": state.net.state_dict(),
            "optimizer": state.optimizer.state_dict(),
            "step": state.step,
            "seconds": state.seconds,
            "losses": state.losses,
        },
        part,
    )
    os.replace(part, path)


def _load(state: _State, path: Path, identity: dict[str, Any]) -> None:
    """Go on from a snapshot, if it was made with the same settings."""
    try:
        saved = torch.load(path, weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, UnpicklingError) as error:
        log.warning("%s is broken (%s); starting over", path, error)
        return
    if saved["identity"] != identity:
        log.warning("%s was made with other settings; starting over", path)
        return
    state.net.load_state_dict(saved["net"])
    state.optimizer.load_state_dict(saved["optimizer"])
    state.step, state.seconds, state.losses = saved["step"], saved["seconds"], saved["losses"]
