"""The gradients of one update: its micro-batches, and what is drawn for its terms."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.method import Loss
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models import devices
from isogloss.models.batch import Batch, Item
from isogloss.models.devices import Processes
from isogloss.models.train import buckets, state
from isogloss.models.train.loss import Term, check_called, outermost, terms, whole

if TYPE_CHECKING:
    from isogloss.models.model import Model

Piece = tuple[list[Item], dict[Term, list[Item]]]
"""The task's items of a micro-batch, and those of its terms."""
Drawn = tuple[Sequence[Example], list[Item]]
"""What a term has drawn for an update: examples, and their items."""


class Updates:
    """Adds up the gradients of updates, in micro-batches that memory has room for."""

    def __init__(
        self,
        model: Model,
        loss: Loss,
        examples: Sequence[Example],
        items: Sequence[Item],
        *,
        fit: Fit,
        seed: int,
        machine: Machine,
        processes: Processes,
    ) -> None:
        """Bring the loss to the device, and find what a retry has to set back."""
        self.model, self.loss, self.examples, self.items = model, loss, examples, items
        self.fit, self.seed, self.machine, self.processes = fit, seed, machine, processes
        self.device = processes.device
        self.terms = terms(loss)
        self.modules = nn.ModuleList(outermost(self.terms)).to(self.device)
        self.streams = [term for term in self.terms if type(term).extra is not Term.extra]
        self.whole = not model.head.splittable or whole(loss)
        self.micro_tokens = machine.micro_tokens
        self.fallbacks: list[str] = []
        self.asked = False
        self._check()
        for term in self.terms:
            term.meet(examples)
        every = [place for net in (model.net, self.modules) for place in state.places(net)]
        self.held = [(m, leaf) for _, m, leaf in every if isinstance(m, Term)]
        self.restored = [(m, leaf) for _, m, leaf in every if not isinstance(m, Term)]

    def _check(self) -> None:
        weights = {id(p) for p in self.model.net.parameters()}
        for term in self.terms:
            name = type(term).__name__
            if any(id(p) in weights for p in term.parameters()):
                raise IsoglossError(
                    f"the loss {name} holds the network as a part of its own",
                    "take the model that it is called with",
                )
            if type(term).stepped is not Term.stepped and self.processes.count > 1:
                raise IsoglossError(
                    f"the loss {name} keeps state, which would differ from process to process",
                    "train it on one device",
                )
        if self.whole and self.processes.count > 1:
            raise IsoglossError(
                "this loss compares the items of a batch, which several processes would split",
                "train it on one device",
            )

    def gradients(
        self, groups: Sequence[buckets.Group], step: int
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Add up the gradients of this process's share of an update.

        Returns:
            The loss, and the size of each of its terms.
        """
        items = self._redrawn(groups, step)
        weight = sum(items[i].weight for group in groups for i in group)
        drawn = self._draw(step)
        before = [(m, leaf, _copied(m._buffers[leaf])) for m, leaf in self.restored]
        held = [(m, leaf, m._buffers[leaf], _version(m._buffers[leaf])) for m, leaf in self.held]
        while True:
            for term in self.terms:
                term.noted.clear()
            # Retried after running out of memory, an update draws the same numbers.
            state.seed_all(self.seed, step, self.processes.rank)
            try:
                sizes = self._backward(groups, items, drawn, weight, step)
                break
            except torch.OutOfMemoryError as error:
                for module, leaf, tensor in before:
                    module._buffers[leaf] = tensor
                self._halve(error, step)
        for module, leaf, tensor, version in held:
            if module._buffers[leaf] is not tensor or _version(tensor) != version:
                raise IsoglossError(
                    f"the loss {type(module).__name__} changes its state '{leaf}' in forward",
                    "note() there what it needs, and change it in stepped()",
                )
        return sizes

    def _redrawn(self, groups: Sequence[buckets.Group], step: int) -> buckets.Items:
        """Draw what is learned of the items of an update, by seed, step and item alone."""
        if not self.model.head.redraws:
            return self.items

        def drawn(place: int) -> Item:
            rng = random.Random(f"{self.seed} {step} {place}")
            item: Item = self.model.head.draw(self.model, self.items[place], rng)
            return item

        return {place: drawn(place) for group in groups for place in group}

    def _draw(self, step: int) -> dict[Term, Drawn]:
        """Draw and encode the examples that terms have for an update, once."""
        drawn: dict[Term, Drawn] = {}
        for term in self.streams:
            state.seed_all(self.seed, step)
            examples = term.extra(self.seed, step)
            if examples:
                head = term.head or self.model.head
                items = head.encode(self.model, examples, self.fit, train=True)
                drawn[term] = (examples, items)
        return drawn

    def _backward(
        self,
        groups: Sequence[buckets.Group],
        items: buckets.Items,
        drawn: Mapping[Term, Drawn],
        weight: float,
        step: int,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        total = torch.zeros((), device=self.device)
        sizes: dict[str, Tensor] = {}
        called: list[Term] = []
        for piece, shares in self._pieces(groups, items, drawn):
            batch = self._batch(piece, self.examples, (weight, len(groups)), step, called)
            for term, share in shares.items():
                examples, every = drawn[term]
                whole = (sum(item.weight for item in every), len({i.index for i in every}))
                extra = self._batch(share, examples, whole, step, called, term.head)
                batch.extras[term] = extra
            with devices.autocast(self.machine, self.device):
                found = self.loss(self.model, batch)
            loss = sum(found.values(), start=torch.zeros((), device=self.device))
            self.processes.accelerator.backward(loss)
            total += loss.detach()
            for name, value in found.items():
                size = torch.as_tensor(value, device=self.device).detach().float()
                sizes[name] = sizes[name] + size if name in sizes else size
        if not self.asked and groups:
            check_called(self.terms, called)
            self.asked = True
        return total, sizes

    def _pieces(
        self,
        groups: Sequence[buckets.Group],
        items: buckets.Items,
        drawn: Mapping[Term, Drawn],
    ) -> list[Piece]:
        """Cut this process's share of an update, and of what was drawn for it."""
        tokens = 2**62 if self.whole else self.micro_tokens
        count, rank = min(self.processes.count, len(groups)), self.processes.rank
        share = list(groups[rank :: self.processes.count])
        pieces = buckets.split(items, share, tokens)
        shares = {
            term: buckets.grouped(extra)[rank::count] if rank < count else []
            for term, (_, extra) in drawn.items()
        }
        most = max(
            (len(buckets.split(drawn[term][1], own, tokens)) for term, own in shares.items()),
            default=0,
        )
        if most > len(pieces):
            cut = buckets.evenly(share, min(most, len(share)))
            pieces = [[items[i] for group in piece for i in group] for piece in cut]
        found: list[Piece] = [(piece, {}) for piece in pieces]
        for term, own in shares.items():
            for (_, parts), run in zip(found, buckets.evenly(own, len(found)), strict=True):
                if run:
                    parts[term] = [drawn[term][1][i] for group in run for i in group]
        return found

    def _batch(
        self,
        items: list[Item],
        examples: Sequence[Example],
        whole: tuple[float, int],
        step: int,
        called: list[Term],
        head: Any = None,
    ) -> Batch:
        batch: Batch = (head or self.model.head).collate(self.model, items, train=True)
        (batch.weight, batch.count), batch.step, batch.steps = whole, step, self.fit.steps
        batch.examples = [examples[item.index] for item in items]
        batch.called = called
        return devices.to(batch, self.device)

    def _halve(self, error: Exception, step: int) -> None:
        self.model.net.zero_grad(set_to_none=True)
        self.modules.zero_grad(set_to_none=True)
        torch.cuda.empty_cache()
        self.micro_tokens = min(self.micro_tokens, self.fit.tokens) // 2
        if self.whole or self.micro_tokens < 16:
            raise IsoglossError(
                f"out of memory at step {step + 1}",
                "set machine.checkpointing, shorten max_source, or take a smaller batch",
            ) from error
        self.fallbacks.append(f"step {step + 1}: micro_tokens {self.micro_tokens}")

    def stepped(self) -> None:
        """Let the terms change their state, after the optimiser's step."""
        with torch.no_grad():
            for term in self.terms:
                term.stepped(list(term.noted))
                term.noted.clear()


def _copied(tensor: Tensor | None) -> Tensor | None:
    return tensor if tensor is None else tensor.clone()


def _version(tensor: Tensor | None) -> int:
    return 0 if tensor is None else tensor._version
