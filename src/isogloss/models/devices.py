"""Where the numbers are computed: device, precision, threads, several processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.models.batch import Batch


def pick(machine: Machine) -> torch.device:
    """Resolve the device; auto is CUDA where there is one."""
    name = machine.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise IsoglossError(f"unknown device '{name}'", "use auto, cpu, cuda or cuda:N") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise IsoglossError(f"device '{name}' is not there", "use device='cpu' or 'auto'")
    return device


def precision(machine: Machine, device: torch.device) -> str:
    """Resolve the precision: bf16 where asked, or by itself where a GPU has it."""
    if machine.precision == "auto":
        return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"
    if machine.precision not in ("fp32", "bf16"):
        raise IsoglossError(
            f"unknown precision '{machine.precision}'", "use auto, fp32 or bf16; fp16 overflows"
        )
    return machine.precision


def autocast(machine: Machine, device: torch.device) -> AbstractContextManager[Any]:
    """Compute in bf16 where the precision says so; weights stay as they are."""
    if precision(machine, device) == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def move(net: nn.Module, device: torch.device) -> None:
    """Bring a net to the device; one that is there, quantised ones too, is left alone."""
    where = next(iter(net.parameters())).device
    if where.type != device.type or device.index not in (None, where.index):
        net.to(device)


def to(batch: Batch, device: torch.device) -> Batch:
    """Bring a batch's tensors to the device, in place."""
    batch.inputs = {k: v.to(device, non_blocking=True) for k, v in batch.inputs.items()}
    return batch


class Processes:
    """The processes that train together, by accelerate; usually there is one."""

    def __init__(self, machine: Machine) -> None:
        from accelerate import Accelerator

        self.accelerator = Accelerator(mixed_precision="no")
        self.count: int = self.accelerator.num_processes
        self.rank: int = self.accelerator.process_index
        self.main: bool = self.accelerator.is_main_process
        self.device: torch.device = self.accelerator.device if self.count > 1 else pick(machine)

    def wait(self) -> None:
        """Wait for the others."""
        if self.count > 1:
            self.accelerator.wait_for_everyone()

    def add_up(self, numbers: Sequence[float], parameters: Sequence[nn.Parameter]) -> list[float]:
        """Sum numbers and gradients over all processes, the gradients in place.

        Each process works on its share of an update with losses that are
        divided by the weight of the whole, so sums are what one process gets.
        """
        if self.count == 1:
            return list(numbers)
        has = [float(p.grad is not None) for p in parameters]
        head = torch.tensor([*numbers, *has], device=self.device)
        grads = [(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in parameters]
        flat = torch.cat([head, *(grad.float() for grad in grads)])
        flat = self.accelerator.reduce(flat, reduction="sum")
        counts = flat[len(numbers) : len(head)].tolist()
        pieces = flat[len(head) :].split([p.numel() for p in parameters])
        for p, piece, seen in zip(parameters, pieces, counts, strict=True):
            p.grad = piece.view_as(p).to(p.dtype) if seen else None
        totals: list[float] = flat[: len(numbers)].tolist()
        return totals

    def totals(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """Sum named numbers over all processes; the main one gets them, others nothing."""
        if self.count == 1:
            return dict(numbers)
        from accelerate.utils import gather_object

        total: dict[str, float] = {}
        for name, value in gather_object([*numbers.items()]):
            total[name] = total.get(name, 0.0) + value
        return total if self.main else {}
