"""How a net or the process behaves for a while, and as before afterwards."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from isogloss.core.machine import Machine
from isogloss.models import devices

DROPOUTS = ("dropout", "attention_dropout", "activation_dropout", "dropout_prob")
"""Where modules of transformers keep a rate that is no module."""


@contextmanager
def threads(machine: Machine) -> Iterator[None]:
    """Use the machine's number of threads, and leave torch's own as it was."""
    before = torch.get_num_threads()
    torch.set_num_threads(machine.threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def deterministic(machine: Machine) -> Iterator[None]:
    """Take a GPU's deterministic algorithms for a while, where there are some."""
    if devices.pick(machine).type != "cuda":
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*deterministic")
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


@contextmanager
def kept(net: nn.Module) -> Iterator[None]:
    """Leave each module in training or evaluation mode as it was found."""
    before = [(module, module.training) for module in net.modules()]
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


@contextmanager
def dropout(net: nn.Module, p: float | None) -> Iterator[None]:
    """Set a net's own dropout rates for a while; LoRA's stay what its method says."""
    if p is None:
        yield
        return
    before = []
    for path, module in net.named_modules():
        for name in ("p",) if isinstance(module, nn.Dropout) else DROPOUTS:
            rate = getattr(module, name, None)
            if isinstance(rate, int | float) and "lora_dropout" not in path:
                before.append((module, name, rate))
                setattr(module, name, p)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


@contextmanager
def checkpointing(net: Any) -> Iterator[None]:
    """Recompute activations in the backward pass for a while."""
    # transformers renames this between two of the versions that are supported.
    kind = "activation" if hasattr(net, "activation_checkpointing_enable") else "gradient"
    getattr(net, f"{kind}_checkpointing_enable")()
    try:
        yield
    finally:
        getattr(net, f"{kind}_checkpointing_disable")()


@contextmanager
def signals(wanted: bool) -> Iterator[list[int]]:
    """Collect SIGTERM and SIGUSR1 for a while; only the main thread can."""
    caught: list[int] = []
    if not wanted or threading.current_thread() is not threading.main_thread():
        yield caught
        return
    numbers = (signal.SIGTERM, signal.SIGUSR1)
    before = {n: signal.signal(n, lambda number, _: caught.append(number)) for n in numbers}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
