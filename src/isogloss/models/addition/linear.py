"""Find a network's linear layers, and keep them in few bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from torch import nn

from isogloss.core.errors import IsoglossError
from isogloss.models.family.module import parts

if TYPE_CHECKING:
    from isogloss.models.model import Model

Targets = Literal["query_value", "attention", "all_linear"]
_FUSED = {"query_key_value", "qkv_proj", "Wqkv", "c_attn"}
_QUERY_VALUE = {"q", "v", "q_proj", "v_proj", "query", "value", "q_lin", "v_lin"} | _FUSED

BLOCK = 64
"""bitsandbytes packs weights by so many; layers of other widths are small and stay."""


def linear(model: Model, targets: Targets) -> list[str]:
    """Name the linear layers of some sort that are not frozen, without the head's.

    Raises:
        IsoglossError: the network has none.
    """
    from transformers.pytorch_utils import Conv1D

    net = model.plain
    found = dict.fromkeys(
        name.rpartition(".")[0]
        for part in _searched(targets)
        for name in parts(net, model.family)[part]
    )
    names = [
        name
        for name in found
        if isinstance(net.get_submodule(name), nn.Linear | Conv1D)
        and net.get_submodule(name).weight.requires_grad
        and (targets != "query_value" or name.rpartition(".")[2] in _QUERY_VALUE)
    ]
    if not names:
        raise IsoglossError(
            f"{model.name} has no linear layers of the sort '{targets}' to train",
            "take targets='all_linear', or freeze less",
        )
    return names


def _searched(targets: Targets) -> tuple[str, ...]:
    attention = ("self_attention", "cross_attention")
    return (*attention, "feed_forward") if targets == "all_linear" else attention


def quantize(model: Model, bits: Literal["8bit", "4bit"]) -> None:
    """Put bitsandbytes' linear layers in the place of the network's, head aside.

    They are squeezed when the network moves to its device.

    Raises:
        IsoglossError: bitsandbytes is not installed.
    """
    try:
        import bitsandbytes as bnb
    except ImportError as error:
        raise IsoglossError(
            "quantized weights need bitsandbytes", "pip install 'isogloss[quant]'"
        ) from error
    net = model.plain
    wide = set(getattr(net, "_keep_in_fp32_modules", None) or ())
    for name in linear(model, "all_linear"):
        old = net.get_submodule(name)
        # T5 brings states to the type of some weights, which must not be bytes.
        if not isinstance(old, nn.Linear) or name.rpartition(".")[2] in wide:
            continue
        if old.in_features % BLOCK or old.out_features % BLOCK:
            continue
        weight, bias = old.weight.data, old.bias
        new: Any
        if bits == "4bit":
            new = bnb.nn.Linear4bit(old.in_features, old.out_features, bias is not None,
                                    quant_type="nf4")  # fmt: skip
            new.weight = bnb.nn.Params4bit(weight, requires_grad=False, quant_type="nf4")
        else:
            new = bnb.nn.Linear8bitLt(old.in_features, old.out_features, bias is not None,
                                      has_fp16_weights=False)  # fmt: skip
            new.weight = bnb.nn.Int8Params(weight, requires_grad=False, has_fp16_weights=False)
        new.bias = bias
        parent, _, last = name.rpartition(".")
        setattr(net.get_submodule(parent), last, new.to(weight.device))
    # PEFT asks these which of its layers it has to take.
    net.is_loaded_in_4bit, net.is_loaded_in_8bit = bits == "4bit", bits == "8bit"
