"""Bottleneck adapters behind the feed-forward blocks of any network."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from torch import Tensor, nn

from isogloss.core.addition import Addition
from isogloss.core.errors import IsoglossError
from isogloss.models.addition import stack

Activation = Literal["relu", "gelu", "silu"]
_ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}
_BLOCKS = ("DenseReluDense", "fc2", "output.dense", "dense_4h_to_h", "ffn", "mlp")
"""Names of the modules whose output is added to the residual stream, the most
specific first: T5, BART, BERT, BLOOM, DistilBERT, and Llama with its relatives."""
_STACKS = ("layers", "layer", "block", "h")


def bottleneck(read: int, wrote: int, size: int, activation: Activation) -> nn.Sequential:
    """Make two layers that read states of one width and write those of another: 0 at first."""
    down, up = nn.Linear(read, size), nn.Linear(size, wrote)
    nn.init.normal_(down.weight, std=read**-0.5)
    for zero in (down.bias, up.weight, up.bias):
        nn.init.zeros_(zero)
    return nn.Sequential(down, _ACTIVATIONS[activation](), up)


class Adapter(nn.Module):
    """Add a low-dimensional correction; the identity until it is trained."""

    def __init__(self, width: int, size: int, activation: Activation) -> None:
        """Build it for states of some width; ``up`` starts at zero."""
        super().__init__()
        self.on = True
        self.down = nn.Linear(width, size)
        self.activation = _ACTIVATIONS[activation]()
        self.up = nn.Linear(size, width)
        nn.init.normal_(self.down.weight, std=width**-0.5)
        nn.init.zeros_(self.down.bias)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, states: Tensor) -> Tensor:
        """Map states (items, length, width) to corrected ones."""
        if not self.on:
            return states
        corrected: Tensor = states + self.up(self.activation(self.down(states)))
        return corrected


def attach(
    net: Any, size: int | None = 64, activation: Activation = "relu", name: str = "adapter"
) -> list[Adapter]:
    """Put an adapter behind every feed-forward block; the outputs don't change yet.

    Blocks that are frozen get none. What is trainable is left as it is. It stands
    behind the adapters of other names that a block has.

    Args:
        net: a network of transformers.
        size: width of the bottleneck; None: half the network's.
        activation: what stands in it.
        name: of the adapters in their blocks.

    Returns:
        The adapters.

    Raises:
        IsoglossError: there is no such block that is not frozen, or it has some.
    """
    hosts = blocks(net)
    if any(hasattr(host, name) for host in hosts):
        raise IsoglossError(
            "the network has adapters already", "attach them once, with the size that you want"
        )
    if not hosts:
        raise IsoglossError(
            f"adapter finds no feed-forward block to train in {type(net).__name__}",
            "freeze less, or use lora(), which asks for linear layers alone",
        )
    found = []
    for host in hosts:
        adapter = Adapter(_width(net), size or _width(net) // 2, activation)
        weight = next(p for p in host.parameters() if p.is_floating_point())
        host.add_module(name, adapter.to(weight.device))
        host.register_forward_hook(partial(_correct, name))
        found.append(adapter)
    return found


def _correct(name: str, host: nn.Module, _: Any, states: Tensor) -> Tensor:
    adapter: Any = getattr(host, name)
    # Adapters stay in 32 bits where the network runs in 16.
    corrected: Tensor = adapter(states.to(adapter.up.weight.dtype)).to(states.dtype)
    return corrected


def blocks(net: Any) -> list[nn.Module]:
    """Find the feed-forward blocks: one a layer, by the first name that fits."""
    inside = [
        (name, module)
        for name, module in net.named_modules()
        if any(word in _STACKS for word in name.split("."))
    ]
    for block in _BLOCKS:
        # BERT's attention ends in an output.dense as well.
        found = [m for n, m in inside if n.endswith(f".{block}") and ".attention." not in n]
        if found:
            return [m for m in found if any(p.requires_grad for p in m.parameters())]
    return []


def _width(net: Any) -> int:
    width: int = net.config.get_text_config().hidden_size
    return width


ADDITION = Addition(
    attach=lambda model, name, settings: attach(model.plain, **settings, name=name),
    parameters=stack.under,
    switch=stack.turn,
)
