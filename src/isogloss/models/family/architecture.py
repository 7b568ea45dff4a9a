"""Decoders that are met most often, read into the form that ``step`` computes with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from isogloss.models.decode.step import Attention, Decoder, Layer, Map

WIDEST = 1024
"""Hidden size up to which it is used; wider layers spend their time in products."""


def read(net: Any) -> Decoder | None:
    """Read a network's decoder; None where only its own forward will do."""
    reader = READERS.get(type(net).__name__)
    if reader is None or net.config.hidden_size > WIDEST or not _plain(net):
        return None
    return reader(net)


def _plain(net: Any) -> bool:
    """Tell whether the decoder is the stock one: no hooks, wrappers or patches."""
    modules = [*net.get_decoder().modules()]
    dtypes = {p.dtype for p in net.get_decoder().parameters()}
    return len(dtypes) == 1 and all(
        type(module).__module__.startswith(("transformers.", "torch.nn.modules."))
        and not module._forward_hooks
        and not module._forward_pre_hooks
        and "forward" not in vars(module)
        for module in [net, *modules]
    )


def _linear(*parts: nn.Linear) -> Map:
    """Fuse linear maps of one input."""
    weight: Tensor = parts[0].weight
    bias: Tensor | None = parts[0].bias
    if len(parts) > 1:
        weight = torch.cat([part.weight.detach() for part in parts])
        bias = None if bias is None else torch.cat([part.bias.detach() for part in parts])
    return partial(_apply, weight, bias)


def _apply(weight: Tensor, bias: Tensor | None, states: Tensor) -> Tensor:
    return F.linear(states, weight, bias)


def _norm(module: Any) -> Map:
    if isinstance(module, nn.LayerNorm):
        return module
    weight, eps = module.weight, module.variance_epsilon
    return lambda states: F.rms_norm(states, weight.shape, weight, eps)


def _activation(module: Any) -> Map:
    # transformers' own formula takes eight operations for what torch does in one.
    return partial(F.gelu, approximate="tanh") if "NewGELU" in type(module).__name__ else module


def _feed(act: Any, down: nn.Linear, *up: nn.Linear) -> Map:
    """Make a feed-forward part; with two maps up, the first gates the second."""
    act, rise, fall = _activation(act), _linear(*up), _linear(down)
    if len(up) == 1:
        return lambda states: fall(act(rise(states)))

    def gated(states: Tensor) -> Tensor:
        gate, value = rise(states).chunk(2, -1)
        return fall(act(gate) * value)

    return gated


def _t5(net: Any) -> Decoder:
    stack, config = net.get_decoder(), net.config
    scale = config.d_model**-0.5 if getattr(config, "scale_decoder_outputs", False) else 1.0

    def attention(part: Any, norm: Any, cross: bool) -> Attention:
        return Attention(
            norm=_norm(norm),
            project=_linear(part.q) if cross else _linear(part.q, part.k, part.v),
            out=_linear(part.o),
            heads=part.n_heads,
            groups=part.n_heads,
            size=part.key_value_proj_dim,
            scale=1.0,
            source=_linear(part.k, part.v) if cross else None,
        )

    layers = []
    for block in stack.block:
        own, cross, last = block.layer
        dense = last.DenseReluDense
        up = (dense.wi_0, dense.wi_1) if hasattr(dense, "wi_0") else (dense.wi,)
        layers.append(
            Layer(
                attention(own.SelfAttention, own.layer_norm, cross=False),
                attention(cross.EncDecAttention, cross.layer_norm, cross=True),
                _norm(last.layer_norm),
                _feed(dense.act, dense.wo, *up),
            )
        )
    first, norm = stack.block[0].layer[0].SelfAttention, _norm(stack.final_layer_norm)
    return Decoder(
        layers,
        embed=lambda tokens, t: stack.embed_tokens(tokens),
        end=lambda states: net.lm_head(norm(states) * scale),
        bias=lambda t: first.compute_bias(1, t + 1, past_seen_tokens=t),
    )


def _bart(net: Any) -> Decoder:
    stack = net.get_decoder()
    after = getattr(stack, "layernorm_embedding", nn.Identity())
    shift = getattr(net, "final_logits_bias", None)
    learned = hasattr(stack, "layernorm_embedding")

    def embed(tokens: Tensor, t: int) -> Any:
        places = (
            stack.embed_positions(tokens, t) if learned else stack.embed_positions(tokens, None, t)
        )
        return after(stack.embed_tokens(tokens) + places)

    def attention(part: Any, norm: Any, cross: bool) -> Attention:
        q, k, v = part.q_proj, part.k_proj, part.v_proj
        return Attention(
            norm=_norm(norm),
            project=_linear(q) if cross else _linear(q, k, v),
            out=_linear(part.out_proj),
            heads=part.num_heads,
            groups=part.num_heads,
            size=part.head_dim,
            scale=part.scaling,
            source=_linear(k, v) if cross else None,
        )

    def end(states: Tensor) -> Any:
        logits = net.lm_head(stack.layer_norm(states))
        return logits if shift is None else logits + shift

    layers = [
        Layer(
            attention(layer.self_attn, layer.self_attn_layer_norm, cross=False),
            attention(layer.encoder_attn, layer.encoder_attn_layer_norm, cross=True),
            _norm(layer.final_layer_norm),
            _feed(layer.activation_fn, layer.fc2, layer.fc1),
        )
        for layer in stack.layers
    ]
    return Decoder(layers, embed, end)


def _llama(net: Any) -> Decoder | None:
    stack, config = net.get_decoder(), net.config
    if any(kind != "full_attention" for kind in getattr(config, "layer_types", None) or ()):
        return None

    def attention(part: Any, norm: Any) -> Attention:
        normed = hasattr(part, "q_norm")
        return Attention(
            norm=_norm(norm),
            project=_linear(part.q_proj, part.k_proj, part.v_proj),
            out=_linear(part.o_proj),
            heads=config.num_attention_heads,
            groups=config.num_key_value_heads,
            size=part.head_dim,
            scale=part.scaling,
            norms=(_norm(part.q_norm), _norm(part.k_norm)) if normed else None,
        )

    def turn(states: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        cosines, sines = stack.rotary_emb(states, positions)
        return cosines[:, None], sines[:, None]

    layers = [
        Layer(
            attention(layer.self_attn, layer.input_layernorm),
            None,
            _norm(layer.post_attention_layernorm),
            _feed(layer.mlp.act_fn, layer.mlp.down_proj, layer.mlp.gate_proj, layer.mlp.up_proj),
        )
        for layer in stack.layers
    ]
    norm = _norm(stack.norm)
    return Decoder(
        layers,
        embed=lambda tokens, t: stack.embed_tokens(tokens),
        end=lambda states: net.lm_head(norm(states)),
        turn=turn,
    )


READERS: dict[str, Callable[[Any], Decoder | None]] = {
    "T5ForConditionalGeneration": _t5,
    "MT5ForConditionalGeneration": _t5,
    "MBartForConditionalGeneration": _bart,
    "M2M100ForConditionalGeneration": _bart,
    "LlamaForCausalLM": _llama,
    "Qwen2ForCausalLM": _llama,
    "Qwen3ForCausalLM": _llama,
}
