"""The one training loop.

An update's examples, its random numbers and its learning rate are functions of
the seed and the step alone. So a training that was stopped and resumed ends
with the same weights, bit for bit on one device, and so does one that was
watched.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.method import Loss
from isogloss.core.run import Fit
from isogloss.core.stop import check
from isogloss.core.types import Example
from isogloss.models import devices, modes
from isogloss.models.batch import Item
from isogloss.models.decode import limit
from isogloss.models.devices import Processes
from isogloss.models.train import buckets, manifest, optim, state
from isogloss.models.train.dropout import fast_dropout
from isogloss.models.train.loss import check_learned, outermost, plain_loss, terms
from isogloss.models.train.mask import clear
from isogloss.models.train.progress import bar
from isogloss.models.train.state import load_snapshot, snapshots
from isogloss.models.train.update import Updates

if TYPE_CHECKING:
    from isogloss.models.model import Model

__all__ = ["Preempted", "fit", "load_snapshot", "plain_loss", "snapshots"]

Watch = Callable[[Path, int], None]
LARGE = 20
"""Updates on an accelerator between two looks at the loss, which wait for the device."""

FORMAT = 2
"""Of the state that a training resumes from."""


class Preempted(SystemExit):
    """The training was told to stop, saved its state, and can be resumed."""

    def __init__(self) -> None:
        super().__init__(75)  # EX_TEMPFAIL: try again later


def fit(
    model: Model,
    examples: Sequence[Example],
    *,
    fit: Fit,
    seed: int,
    machine: Machine,
    folder: Path | None = None,
    loss: Loss | None = None,
    dev: Sequence[Example] = (),
    on_snapshot: Watch | None = None,
    watches: int = 10,
) -> Any:
    """Train a model in place; resume or skip what the folder already holds.

    The folder gets ``step-000100/`` for each snapshot (what training moves only),
    ``resume/`` while training, and ``manifest.json`` last. A folder with a
    manifest is only loaded, and one that is not whole any more is set aside. On
    SIGTERM and SIGUSR1 the state is saved and ``Preempted`` raised.

    Args:
        model: What to train; parameters with ``requires_grad`` move.
        examples: Labelled examples.
        fit: Settings that are part of the run's identity.
        seed: Decides data order and dropout.
        machine: Settings that move no score.
        folder: Where the training is kept; None keeps nothing.
        loss: (model, batch) -> named terms; None is the head's own. What it has of
            ``Term`` is trained, saved and resumed too; ``splittable = False`` on it
            forbids cutting its batches.
        dev: Source-language examples whose loss is taken at each snapshot, and
            with ``fit.patience`` stops the training; the best snapshot is then
            the one returned.
        on_snapshot: Called with each snapshot's path and step, and touches
            nothing of the training.
        watches: Evenly spread steps at which it is called besides; their
            snapshots are dropped after it.

    Returns:
        The model, in evaluation mode.
    """
    loss = loss or plain_loss(fit)
    done = manifest.kept(folder) if folder else None
    if folder and done:
        load_snapshot(model, folder / done["final"], nn.ModuleList(outermost(terms(loss))))
        model.net.eval()
        return model
    with ExitStack() as stack:
        if folder is None and (on_snapshot or fit.patience):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(state.own_random_state())
        stack.enter_context(modes.threads(machine))
        stack.enter_context(modes.dropout(model.net, fit.dropout))
        stack.enter_context(fast_dropout())
        stack.enter_context(modes.deterministic(machine))
        if machine.checkpointing:
            stack.enter_context(modes.checkpointing(model.net))
        training = _Training(model, examples, fit, seed, machine, folder, loss, dev)
        training.run(on_snapshot, watches if on_snapshot else 0)
    model.net.eval()
    return model


class _Training:
    """One training in the course of its steps."""

    def __init__(
        self,
        model: Model,
        examples: Sequence[Example],
        fit: Fit,
        seed: int,
        machine: Machine,
        folder: Path | None,
        loss: Loss,
        dev: Sequence[Example],
    ) -> None:
        self.model, self.fit, self.seed, self.machine, self.folder = (
            model, fit, seed, machine, folder,
        )  # fmt: skip
        self.processes = Processes(machine)
        self.device = self.processes.device
        devices.move(model.net, self.device)
        self.items = _encode(model, examples, fit, "training")
        self.updates = Updates(
            model, loss, examples, self.items,
            fit=fit, seed=seed, machine=machine, processes=self.processes,
        )  # fmt: skip
        self.parameters = [
            *state.trained(model.net).values(),
            *state.trained(self.updates.modules).values(),
        ]
        self.lost = limit.lost(self.items)
        self.dev = _encode(model, dev, fit, "dev") if dev else []
        self._check()
        self.optimizer = optim.optimizer(self.parameters, fit)
        self.step, self.seconds = 0, 0.0
        self.losses: list[float] = []
        self.dev_losses: dict[str, float] = {}
        self.sizes: dict[str, dict[str, float]] = {}
        self.since: dict[str, float] = {}
        self.pending: list[tuple[Tensor, dict[str, Tensor]]] = []

    def _check(self) -> None:
        if not self.parameters:
            raise IsoglossError(
                "nothing to train: no parameter has requires_grad",
                "a method froze everything; take one out of the recipe",
            )
        if self.fit.patience and not self.dev:
            raise IsoglossError(
                "patience needs dev examples in the source languages",
                "set patience = 0, or give the task a dev split",
            )

    def run(self, on_snapshot: Watch | None, watches: int) -> None:
        """Do all steps that are left, then write the manifest."""
        self._resume()
        keep = _spread(self.fit.steps, max(1, self.fit.snapshots))
        extra = _spread(self.fit.steps, watches) - keep
        order = buckets.updates(
            self.items,
            batch=self.fit.batch,
            tokens=self.fit.tokens,
            seed=self.seed,
            start=self.step,
        )
        saved = time.monotonic()
        self.model.net.train()
        self.updates.modules.train()
        progress = bar("fit", self.fit.steps, self.machine, done=self.step)
        with modes.signals(self.folder is not None) as caught, progress:
            while self.step < self.fit.steps and not self._stopped():
                check()
                due = time.monotonic() - saved > self.machine.save_every
                stop, save = self._update(next(order), caught, due)
                progress.update()
                if self.losses:
                    progress.set_postfix(loss=f"{self.losses[-1]:.3f}", refresh=False)
                if self.step in keep or self.step in extra:
                    self._snapshot(on_snapshot, drop=self.step in extra)
                if (save or stop) and self.step < self.fit.steps:
                    self._save()
                    saved = time.monotonic()
                if stop and self.step < self.fit.steps:
                    raise Preempted
            self._finish()
            if caught:
                raise Preempted

    def _update(
        self, groups: list[buckets.Group], caught: list[int], due: bool
    ) -> tuple[bool, bool]:
        """Do one step; tell whether any process wants to stop, or to save."""
        began = time.monotonic()
        lr = optim.rate(self.step, self.fit)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        total, sizes = self.updates.gradients(groups, self.step)
        stop, save = bool(caught), due
        if self.processes.count > 1:
            numbers = [total.item(), float(stop), float(save)]
            value, stops, saves = self.processes.add_up(numbers, self.parameters)
            total, stop, save = torch.tensor(value), stops > 0, saves > 0
        clear(self.parameters)
        optim.clip(self.parameters, self.fit.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.updates.stepped()
        self.step += 1
        self.pending.append((total, sizes))
        if self.device.type == "cpu" or len(self.pending) >= LARGE:
            self._look()
        self.seconds += time.monotonic() - began
        return stop, save

    def _look(self) -> None:
        """Read the pending losses and refuse one that is not a number."""
        flat = [value for total, sizes in self.pending for value in (total, *sizes.values())]
        values = iter(torch.stack(flat).tolist() if flat else [])
        for _, sizes in self.pending:
            value = next(values)
            self.losses.append(value)
            for name in sizes:
                self.since[name] = self.since.get(name, 0.0) + next(values)
            if not math.isfinite(value):
                lr = optim.rate(len(self.losses) - 1, self.fit)
                raise IsoglossError(
                    f"loss is {value} at step {len(self.losses)} (learning rate {lr:.3g}, "
                    f"peak {self.fit.lr:g})",
                    f"lower lr, to {self.fit.lr / 10:g} for a start, or set precision = 'fp32'",
                )
        self.pending.clear()

    def _snapshot(self, on_snapshot: Watch | None, *, drop: bool) -> None:
        """Write a snapshot, take the dev loss, and let the watcher see it."""
        self._look()
        name = f"step-{self.step:06d}"
        with modes.kept(self.model.net):
            if not drop and self.dev:
                self.dev_losses[name] = self._dev_loss()
            if not drop:
                self._weigh(name)
            if self.folder is None or not self.processes.main:
                return
            path = (self.folder / "watch" if drop else self.folder) / name
            state.save_snapshot(path, self.model.net, self.updates.modules)
            if on_snapshot:
                on_snapshot(path, self.step)
            if drop:
                shutil.rmtree(self.folder / "watch")

    def _weigh(self, name: str) -> None:
        """Take each term's mean size since the snapshot before this one."""
        if self.step >= min(self.fit.steps, LARGE):  # a queue may be empty at first
            check_learned(self.updates.terms, self.optimizer.state, self.step)
        before = int([*self.sizes][-1][5:]) if self.sizes else 0
        totals = self.processes.totals(self.since)
        self.sizes[name] = {k: round(v / (self.step - before), 6) for k, v in totals.items()}
        self.since.clear()

    @torch.no_grad()
    def _dev_loss(self) -> float:
        self.model.net.eval()
        weight = sum(item.weight for item in self.dev)
        total = 0.0
        for items in buckets.split(self.dev, buckets.grouped(self.dev), self.updates.micro_tokens):
            batch = self.model.head.collate(self.model, items, train=True)
            batch.weight = weight
            with devices.autocast(self.machine, self.device):
                terms = self.model.head.loss(self.model.net, devices.to(batch, self.device))
            total += sum(float(term) for term in terms.values())
        return total

    def _stopped(self) -> bool:
        """Tell whether the dev loss has not fallen for ``patience`` snapshots."""
        values = list(self.dev_losses.values())
        if not self.fit.patience or not values:
            return False
        return len(values) - 1 - values.index(min(values)) >= self.fit.patience

    def _state(self) -> dict[str, Any]:
        return {
            "key": _key(self.fit, self.seed, self.items),
            "step": self.step,
            "net": state.moving(self.model.net),
            "loss": state.lasting(self.updates.modules),
            "optimizer": self.optimizer.state_dict(),
            "losses": self.losses,
            "dev_losses": self.dev_losses,
            "sizes": self.sizes,
            "since": self.since,
            "fallbacks": self.updates.fallbacks,
            "micro_tokens": self.updates.micro_tokens,
            "seconds": self.seconds,
        }

    def _save(self) -> None:
        self._look()
        self.since = self.processes.totals(self.since)
        if self.folder and self.processes.main:
            state.save_resume(self.folder, state.to_cpu(self._state()))
        self.processes.wait()

    def _resume(self) -> None:
        kept = state.load_resume(self.folder) if self.folder else None
        if kept is None:
            return
        if kept["key"] != _key(self.fit, self.seed, self.items):
            raise IsoglossError(
                f"'{self.folder}' holds an unfinished training with other data or settings",
                "use another folder, or delete this one",
            )
        state.put(self.model.net, kept["net"])
        state.put(self.updates.modules, kept["loss"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.step, self.seconds = kept["step"], kept["seconds"]
        self.losses, self.dev_losses = kept["losses"], kept["dev_losses"]
        self.sizes = kept["sizes"]
        self.since = kept["since"] if self.processes.main else {}
        self.updates.fallbacks = kept["fallbacks"]
        self.updates.micro_tokens = kept["micro_tokens"]

    def _finish(self) -> None:
        """Take the best weights where asked, write the manifest, drop the resume state."""
        self._look()
        self.processes.wait()
        if self.folder is None:
            return
        names = [path.name for path in snapshots(self.folder)]
        names = [name for name in names if int(name[5:]) <= self.step]
        best = min(self.dev_losses, key=self.dev_losses.__getitem__, default=None)
        final = best if self.fit.patience and best else names[-1]
        if final != names[-1]:
            load_snapshot(self.model, self.folder / final, self.updates.modules)
        if self.processes.main:
            found = {
                "steps": self.step,
                "trained": sum(p.numel() for p in state.trained(self.model.net).values()),
                "size": sum(p.numel() for p in self.model.net.parameters()),
                "seconds": round(self.seconds, 3),
                "device": str(self.device),
                "processes": self.processes.count,
                "precision": devices.precision(self.machine, self.device),
                "fallbacks": self.updates.fallbacks,
                "lost": self.lost,
                "snapshots": names,
                "best": best,
                "final": final,
                "dev_losses": self.dev_losses,
                "terms": self.sizes,
                "losses": [round(value, 6) for value in self.losses],
            }
            state.write_manifest(self.folder, found)
            shutil.rmtree(self.folder / "resume", ignore_errors=True)


def _encode(model: Model, examples: Sequence[Example], fit: Fit, what: str) -> list[Item]:
    items: list[Item] = model.head.encode(model, examples, fit, train=True)
    if not items:
        raise IsoglossError(f"no {what} examples", "give the sources some labelled data")
    return items


def _spread(steps: int, n: int) -> set[int]:
    """Spread n steps evenly, the last among them."""
    return {math.ceil(steps * k / n) for k in range(1, n + 1)}


def _key(fit: Fit, seed: int, items: Sequence[Item]) -> str:
    return content_hash((FORMAT, fit, seed, [(item.id, item.features) for item in items]))[:12]
