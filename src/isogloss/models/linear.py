"""Find a network's linear layers, and keep them in few bits."""

from __future__ import annotations

from typing import Any, Literal

from torch import nn

from isogloss.core.errors import IsoglossError
from isogloss.models.parts import parts

Targets = Literal["query_value", "attention", "all_linear"]
_FUSED = {"query_key_value", "qkv_proj", "Wqkv", "c_attn"}
_QUERY_VALUE = {"q", "v", "q_proj", "v_proj", "query", "value", "q_lin", "v_lin"} | _FUSED


def linear(model: Any, targets: Targets) -> list[str]:
    """Name the linear layers of some sort, without those of the head.

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
        and (targets != "query_value" or name.rpartition(".")[2] in _QUERY_VALUE)
    ]
    if not names:
        raise IsoglossError(
            f"{model.name} has no linear layers of the sort '{targets}'",
            "take targets='all_linear'",
        )
    return names


def _searched(targets: Targets) -> tuple[str, ...]:
    attention = ("self_attention", "cross_attention")
    return (*attention, "feed_forward") if targets == "all_linear" else attention


def quantize(model: Any, bits: Literal["8bit", "4bit"]) -> None:
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
    for name in linear(model, "all_linear"):
        old = net.get_submodule(name)
        if not isinstance(old, nn.Linear):
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
