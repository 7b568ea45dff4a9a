"""One decoding step on bare tensors, for the decoders that are met most often.

A step of transformers spends most of its time in Python: modules, mask and
cache objects, a projection at a time. Here the projections of a layer are fused,
the cache of all layers is one tensor, and the source is projected once. The
tokens are those of the network itself; whatever is not plainly one of these
architectures (adapters, hooks, quantised layers) is left to its own forward.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDEST = 1024
"""Hidden size up to which it is used; wider layers spend their time in products."""

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Attention:
    """One attention with its norm, read from a layer."""

    norm: Map
    project: Map
    """To queries, and for self-attention keys and values behind them."""
    out: Map
    heads: int
    groups: int
    """Heads of keys and values."""
    size: int
    scale: float
    source: Map | None = None
    """For cross-attention: the source's states to keys and values."""
    norms: tuple[Map, Map] | None = None
    """Norms of queries and keys."""


@dataclass(frozen=True)
class Layer:
    """One layer of a decoder; every part is added to what it read."""

    own: Attention
    cross: Attention | None
    norm: Map
    feed: Map


@dataclass(frozen=True)
class Decoder:
    """A decoder, read from a network."""

    layers: list[Layer]
    embed: Callable[[Tensor, int], Tensor]
    """(tokens (rows, 1), step) -> states (rows, 1, size)."""
    end: Map
    """Last states to logits."""
    bias: Callable[[int], Tensor] | None = None
    """Step -> position bias (1, heads, 1, step + 1)."""
    turn: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None
    """(states, positions (rows, 1)) -> cosines and sines of rotary positions."""


def read(net: Any) -> Decoder | None:
    """Read a network's decoder; None where only its own forward will do."""
    reader = READERS.get(type(net).__name__)
    if reader is None or net.config.hidden_size > WIDEST or not _plain(net):
        return None
    return reader(net)


class Step:
    """A batch in the course of its decoding."""

    def __init__(
        self, decoder: Decoder, *, encoded: Tensor | None = None, mask: Tensor | None = None
    ) -> None:
        """Begin with an encoded source and its mask; without one, with ``begin``."""
        self.decoder, self.t = decoder, 0
        self.cache = torch.empty(0)
        self.source = torch.empty(0)
        self.mask = torch.empty(0)
        self.positions: Tensor | None = None
        if encoded is not None and mask is not None:
            self.source = torch.stack(
                [_heads(layer.cross.source(encoded), layer.cross) for layer in decoder.layers
                 if layer.cross and layer.cross.source]
            )  # fmt: skip
            self.mask = _additive(mask, self.source.dtype)

    def begin(self, cache: Any, mask: Tensor) -> None:
        """Go on from transformers' cache of the prompts, padded on the left."""
        pairs = [torch.stack([layer.keys, layer.values]) for layer in cache.layers]
        self.cache = torch.stack(pairs)
        self.t = mask.shape[1]
        self.mask = _additive(mask, self.cache.dtype)
        self.positions = mask.sum(1, keepdim=True)

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows alone."""
        self.cache = self.cache.index_select(2, rows)
        if self.source.numel():
            self.source = self.source.index_select(2, rows)
        if self.mask.numel():
            self.mask = self.mask[rows]
        if self.positions is not None:
            self.positions = self.positions[rows]

    def __call__(self, tokens: Tensor) -> Tensor:
        """Take one token or more a row (rows, n) and give the last one's logits."""
        for column in tokens.split(1, 1):
            states = self._step(column)
        return self.decoder.end(states[:, 0])

    def _step(self, tokens: Tensor) -> Tensor:
        states = self.decoder.embed(tokens, self.t)
        bias = self._bias(states)
        turn = None
        if self.decoder.turn is not None and self.positions is not None:
            turn = self.decoder.turn(states, self.positions)
            self.positions = self.positions + 1
        for i, layer in enumerate(self.decoder.layers):
            states = states + self._self_attention(i, layer.own, states, bias, turn)
            if layer.cross is not None:
                states = states + self._cross_attention(i, layer.cross, states)
            states = states + layer.feed(layer.norm(states))
        self.t += 1
        return states

    def _bias(self, states: Tensor) -> Any:
        if self.decoder.bias is not None:
            return self.decoder.bias(self.t).to(states.dtype)
        if self.positions is None:
            return None
        self.mask = F.pad(self.mask, (0, 1))
        return self.mask

    def _self_attention(
        self,
        i: int,
        attention: Attention,
        states: Tensor,
        bias: Tensor | None,
        turn: tuple[Tensor, Tensor] | None,
    ) -> Tensor:
        rows, heads, groups, size = len(states), attention.heads, attention.groups, attention.size
        fused = attention.project(attention.norm(states))
        both = fused.view(rows, heads + 2 * groups, 1, size)
        query, key, value = both.split([heads, groups, groups], 1)
        if attention.norms is not None:
            query, key = attention.norms[0](query), attention.norms[1](key)
        if turn is not None:
            query, key = _rotate(query, *turn), _rotate(key, *turn)
        if self.t >= (self.cache.shape[4] if self.cache.ndim > 1 else 0):
            self._grow(key)
        keys, values = self.cache[i, 0, :, :, : self.t + 1], self.cache[i, 1, :, :, : self.t + 1]
        keys[:, :, self.t] = key[:, :, 0]
        values[:, :, self.t] = value[:, :, 0]
        return attention.out(_attend(query, keys, values, bias, attention))

    def _cross_attention(self, i: int, attention: Attention, states: Tensor) -> Tensor:
        projected = attention.project(attention.norm(states))
        query = projected.view(len(states), attention.heads, 1, attention.size)
        keys, values = self.source[i, 0], self.source[i, 1]
        return attention.out(_attend(query, keys, values, self.mask.to(query.dtype), attention))

    def _grow(self, key: Tensor) -> None:
        """Make room for more steps: half as much again."""
        rows, groups, _, size = key.shape
        room = max(16, self.t + self.t // 2)
        grown = key.new_empty(len(self.decoder.layers), 2, rows, groups, room, size)
        if self.t:
            grown[..., : self.t, :] = self.cache[..., : self.t, :]
        self.cache = grown


def _attend(
    query: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None, attention: Attention
) -> Tensor:
    mixed = F.scaled_dot_product_attention(
        query,
        keys,
        values,
        attn_mask=bias,
        scale=attention.scale,
        enable_gqa=attention.heads != attention.groups,
    )
    return mixed.reshape(len(query), 1, -1)


def _heads(states: Tensor, attention: Attention) -> Tensor:
    """Split keys and values (rows, n, 2 x heads x size) to (2, rows, heads, n, size)."""
    rows, n, _ = states.shape
    split = states.view(rows, n, 2, attention.groups, attention.size)
    return split.permute(2, 0, 3, 1, 4).contiguous()


def _additive(mask: Tensor, dtype: torch.dtype) -> Tensor:
    lowest = torch.finfo(dtype).min
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(
        mask == 0, lowest
    )[:, None, None]


def _rotate(states: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    first, second = states.chunk(2, -1)
    return states * cosines + torch.cat([-second, first], -1) * sines


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
    weight = parts[0].weight if len(parts) == 1 else torch.cat([part.weight for part in parts])
    biases = [part.bias for part in parts]
    bias = None if biases[0] is None else torch.cat(biases)
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

    def embed(tokens: Tensor, t: int) -> Tensor:
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

    def end(states: Tensor) -> Tensor:
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
