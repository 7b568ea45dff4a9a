"""Log-likelihoods of given answers, with the input read once."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from isogloss.models.head.head import pad
from isogloss.models.model import Model


@torch.no_grad()
def log_likelihoods(
    model: Model,
    inputs: dict[str, Tensor],
    starts: Sequence[list[int]],
    options: Sequence[Sequence[list[int]]],
) -> list[list[float]]:
    """Sum the log-probabilities of each option's tokens.

    Args:
        inputs: `input_ids` and `attention_mask`, padded on the right.
        starts: each item's first decoder ids; empty for decoders.
        options: each item's options as ids, with their end; they may differ in number.

    Returns:
        Items x options.
    """
    if model.family.in_line:
        # Padding stands between a prompt and its options, and takes places in a window.
        window = getattr(model.plain.config, "sliding_window", None)
        longest = max(len(option) for each in options for option in each)
        length = inputs["input_ids"].shape[1] + _soft(model) + longest
        short = window is None or length <= window
        score = _after_prompt(model, inputs) if short else _whole(model, inputs)
    else:
        score = _decoded(model, inputs)
    found: list[list[float]] = [[] for _ in options]
    for number in range(max(map(len, options))):
        rows = [each[min(number, len(each) - 1)] for each in options]
        totals = score(starts, rows)
        for row, each in enumerate(options):
            if number < len(each):
                found[row].append(float(totals[row]))
    return found


def _soft(model: Model) -> int:
    """Count the vectors that PEFT puts before each prompt."""
    config: Any = getattr(model.net, "active_peft_config", None)
    return config.num_virtual_tokens if config and config.is_prompt_learning else 0


def _sum(logits: Tensor, rows: Sequence[list[int]]) -> Tensor:
    """Add up the log-probabilities of rows, from logits (items, longest row, vocabulary)."""
    labels = pad(rows, 0).to(logits.device)
    mask = pad([[1] * len(row) for row in rows], 0).to(logits.device)
    each = logits.float().log_softmax(-1).gather(-1, labels[..., None])[..., 0]
    return (each * mask).sum(-1)


def _decoded(model: Model, inputs: dict[str, Tensor]) -> Any:
    """Score with the encoder's states kept from the first option on."""
    from transformers.modeling_outputs import BaseModelOutput

    filler = model.tokenizer.pad_token_id
    kept: dict[str, Any] = {}

    def score(starts: Sequence[list[int]], rows: Sequence[list[int]]) -> Tensor:
        # Starts of one batch are equally long.
        fed = [start + row[:-1] for start, row in zip(starts, rows, strict=True)]
        ids = pad(fed, filler).to(inputs["input_ids"].device)
        out: Any = model.net(**inputs, **kept, decoder_input_ids=ids, use_cache=False)
        kept["encoder_outputs"] = BaseModelOutput(last_hidden_state=out.encoder_last_hidden_state)
        return _sum(out.logits[:, -(ids.shape[1] - len(starts[0]) + 1) :], rows)

    return score


def _after_prompt(model: Model, inputs: dict[str, Tensor]) -> Any:
    """Score with the prompt's keys and values kept; options follow it on the plain net."""
    mask = inputs["attention_mask"]
    lengths = mask.sum(-1)
    items = torch.arange(len(mask), device=mask.device)
    out: Any = model.net(**inputs, use_cache=True)
    past = out.past_key_values
    # A soft prompt makes everything longer, on the left.
    soft = _soft(model)
    ahead = torch.cat([mask.new_ones(len(mask), soft), mask], 1)
    last = out.logits[:, -mask.shape[1] :][items, lengths - 1][:, None]
    placed = "position_ids" in inspect.signature(model.plain.forward).parameters

    def score(_: Sequence[list[int]], rows: Sequence[list[int]]) -> Tensor:
        width = max(map(len, rows)) - 1
        if not width:
            return _sum(last, rows)
        ids = pad([row[:-1] + [0] * (len(row) - 1 < width) for row in rows], 0)
        ids = ids[:, :width].to(mask.device)
        # Padding takes no place of its own: there may be none left.
        ends = lengths.new_tensor([[max(len(row) - 2, 0)] for row in rows])
        places = torch.arange(width, device=mask.device).minimum(ends)
        places = soft + lengths[:, None] + places
        more = model.plain(
            input_ids=ids,
            attention_mask=torch.cat([ahead, mask.new_ones(ids.shape)], 1),
            past_key_values=copy.deepcopy(past),
            use_cache=True,
            **({"position_ids": places} if placed else {}),
        )
        return _sum(torch.cat([last, more.logits], 1), rows)

    return score


def _whole(model: Model, inputs: dict[str, Tensor]) -> Any:
    """Score each option with its prompt, read anew."""
    ids = inputs["input_ids"].tolist()
    lengths = inputs["attention_mask"].sum(-1).tolist()
    prompts = [row[:length] for row, length in zip(ids, lengths, strict=True)]

    def score(_: Sequence[list[int]], rows: Sequence[list[int]]) -> Tensor:
        device = inputs["input_ids"].device
        whole = [prompt + row for prompt, row in zip(prompts, rows, strict=True)]
        mask = pad([[1] * len(each) for each in whole], 0).to(device)
        out: Any = model.net(
            input_ids=pad(whole, 0).to(device), attention_mask=mask, use_cache=False
        )
        logits = out.logits[:, -mask.shape[1] :]
        width = max(map(len, rows))
        places = (
            torch.tensor(lengths, device=device)[:, None] - 1 + torch.arange(width, device=device)
        )
        places = places.clamp(max=mask.shape[1] - 1)[..., None].expand(-1, -1, logits.shape[-1])
        return _sum(logits.gather(1, places), rows)

    return score
