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
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

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


class Step:
    """A batch in the course of its decoding."""

    def __init__(
        self,
        decoder: Decoder,
        *,
        encoded: Tensor | None = None,
        mask: Tensor | None = None,
        prompt: Any = None,
    ) -> None:
        """Begin with an encoded source and its mask, or with a stepper for the prompts.

        The prompts' stepper takes the first call, with its own cache and mask.
        """
        self.decoder, self.prompt, self.t = decoder, prompt, 0
        self.cache = self.source = self.mask = torch.empty(0)
        self.positions: Tensor | None = None
        if encoded is not None and mask is not None:
            crosses = [layer.cross for layer in decoder.layers if layer.cross is not None]
            self.source = torch.stack([_project(cross, encoded) for cross in crosses])
            self.mask = _additive(mask, self.source.dtype)

    def _begin(self) -> None:
        """Go on from the cache of the prompts, which are padded on the left."""
        layers, mask = self.prompt.cache.layers, self.prompt.mask
        self.cache = torch.stack([torch.stack([each.keys, each.values]) for each in layers])
        self.t = mask.shape[1]
        self.mask = _additive(mask, self.cache.dtype)
        self.positions = mask.sum(1, keepdim=True)
        self.prompt = None

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
        if self.prompt is not None:
            logits: Tensor = self.prompt(tokens)
            self._begin()
            return logits
        for column in torch.split(tokens, 1, 1):
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
        query, key, value = torch.split(both, [heads, groups, groups], 1)
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


def _project(cross: Attention, encoded: Tensor) -> Tensor:
    """Give the source's keys and values for a cross-attention: (2, rows, heads, n, size)."""
    assert cross.source is not None
    states = cross.source(encoded)
    rows, n, _ = states.shape
    split = states.view(rows, n, 2, cross.groups, cross.size)
    return split.permute(2, 0, 3, 1, 4).contiguous()


def _additive(mask: Tensor, dtype: torch.dtype) -> Tensor:
    lowest = torch.finfo(dtype).min
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(mask == 0, lowest)[
        :, None, None
    ]


def _rotate(states: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    first, second = states.chunk(2, -1)
    return states * cosines + torch.cat([-second, first], -1) * sines
