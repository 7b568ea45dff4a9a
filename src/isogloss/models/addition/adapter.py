"""Bottleneck adapters behind the feed-forward blocks of any network."""

from __future__ import annotations

from typing import Any, Literal

from torch import Tensor, nn

from isogloss.core.errors import IsoglossError

Activation = Literal["relu", "gelu", "silu"]
_ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}
_BLOCKS = ("DenseReluDense", "fc2", "output.dense", "dense_4h_to_h", "ffn", "mlp")
"""Names of the modules whose output is added to the residual stream, the most
specific first: T5, BART, BERT, BLOOM, DistilBERT, and Llama with its relatives."""
_STACKS = ("layers", "layer", "block", "h")


class Adapter(nn.Module):
    """Add a low-dimensional correction; the identity until it is trained."""

    def __init__(self, width: int, size: int, activation: Activation) -> None:
        """Build it for states of some width; ``up`` starts at zero."""
        super().__init__()
        self.down = nn.Linear(width, size)
        self.activation = _ACTIVATIONS[activation]()
        self.up = nn.Linear(size, width)
        nn.init.normal_(self.down.weight, std=width**-0.5)
        nn.init.zeros_(self.down.bias)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, states: Tensor) -> Tensor:
        """Map states (items, length, width) to corrected ones."""
        corrected: Tensor = states + self.up(self.activation(self.down(states)))
        return corrected


def attach(net: Any, size: int = 64, activation: Activation = "relu") -> list[Adapter]:
    """Put an adapter behind every feed-forward block; the outputs don't change yet.

    Blocks that are frozen get none. What is trainable is left as it is.

    Returns:
        The adapters.

    Raises:
        IsoglossError: there is no such block that is not frozen, or it has some.
    """
    if any(isinstance(module, Adapter) for module in net.modules()):
        raise IsoglossError(
            "the network has adapters already", "attach them once, with the size that you want"
        )
    hosts = _hosts(net)
    if not hosts:
        raise IsoglossError(
            f"adapter finds no feed-forward block to train in {type(net).__name__}",
            "freeze less, or use lora(), which asks for linear layers alone",
        )
    found = []
    for host in hosts:
        adapter = Adapter(_width(net), size, activation)
        weight = next(p for p in host.parameters() if p.is_floating_point())
        host.add_module("adapter", adapter.to(weight.device))
        host.register_forward_hook(_correct)
        found.append(adapter)
    return found


def state(net: Any) -> dict[str, Tensor]:
    """Collect the adapters' tensors by their names in the network."""
    return {name: t for name, t in net.state_dict().items() if ".adapter." in name}


def _correct(host: nn.Module, _: Any, states: Tensor) -> Tensor:
    adapter: Any = host.adapter
    # Adapters stay in 32 bits where the network runs in 16.
    corrected: Tensor = adapter(states.to(adapter.up.weight.dtype)).to(states.dtype)
    return corrected


def _hosts(net: Any) -> list[nn.Module]:
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
