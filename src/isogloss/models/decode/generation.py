"""Generation: greedy decoding that drops finished rows, and transformers' own for the rest."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from isogloss.core.family import Family
from isogloss.core.run import Generate

SHRINK = 0.75
"""Finished rows are dropped once at most this share of the batch is still open."""


class Stepper(Protocol):
    """A batch in the course of its decoding."""

    def __call__(self, tokens: Tensor) -> Tensor:
        """Take one token a row (rows, n) and give the next one's logits (rows, vocabulary)."""

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows alone."""


@torch.no_grad()
def generate(
    net: Any,
    inputs: Mapping[str, Tensor],
    settings: Generate,
    *,
    max_tokens: Sequence[int],
    family: Family,
    forced: Sequence[Sequence[int]] | None = None,
) -> list[list[int]]:
    """Generate an output for each row.

    Args:
        net: A network of transformers, PEFT-wrapped or not, in evaluation mode.
        inputs: ``input_ids`` and ``attention_mask``, (rows, length); right
            padded for encoder-decoders, left padded for decoders.
        settings: Beams, sampling, penalties.
        max_tokens: Each row's limit, in tokens after the forced ones.
        family: The network's.
        forced: Each row's first output tokens, such as a language tag; all of
            one length.

    Returns:
        Each row's tokens without the forced ones. An output that its limit cut
        lacks the end token; all others end with it.
    """
    rows = len(max_tokens)
    forced = forced or [()] * rows
    plain = settings.beams == 1 and not settings.sample
    plain = plain and not settings.no_repeat and settings.repetition_penalty == 1.0
    if plain and not getattr(net, "active_peft_config", _Nothing).is_prompt_learning:
        return _greedy(net, inputs, max_tokens, family, forced)
    found: list[list[int]] = [[] for _ in range(rows)]
    for limit in sorted(set(max_tokens)):
        chosen = [row for row in range(rows) if max_tokens[row] == limit]
        part = {key: value[chosen] for key, value in inputs.items()}
        prefix = [forced[row] for row in chosen]
        outputs = _transformers(net, part, settings, limit, family, prefix)
        for row, output in zip(chosen, outputs, strict=True):
            found[row] = output
    return found


class _Nothing:
    is_prompt_learning = False


def ends(net: Any) -> list[int]:
    """List the tokens that end an output."""
    for config in (net.generation_config, net.config):
        found = getattr(config, "eos_token_id", None)
        if found is not None:
            return list(found) if isinstance(found, Iterable) else [found]
    return []


def start(net: Any) -> int:
    """Give the token that an encoder-decoder's output starts from."""
    for config in (net.config, net.generation_config):
        for name in ("decoder_start_token_id", "bos_token_id"):
            found = getattr(config, name, None)
            if found is not None:
                return int(found)
    raise ValueError(f"{type(net).__name__} has no decoder_start_token_id")


def _greedy(
    net: Any,
    inputs: Mapping[str, Tensor],
    max_tokens: Sequence[int],
    family: Family,
    forced: Sequence[Sequence[int]],
) -> list[list[int]]:
    net = net.get_base_model() if hasattr(net, "get_base_model") else net
    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    prefix = torch.tensor([list(row) for row in forced], dtype=torch.long, device=ids.device)
    stepper: CausalStepper | Seq2SeqStepper
    if family.in_line:
        mask = torch.cat([mask, torch.ones_like(prefix)], 1)
        stepper, fed = CausalStepper(net, mask), torch.cat([ids, prefix], 1)
    else:
        first = prefix.new_full((len(prefix), 1), start(net))
        stepper, fed = Seq2SeqStepper(net, inputs), torch.cat([first, prefix], 1)
    return _loop(stepper, stepper(fed), max_tokens, ends(net))


def _loop(
    stepper: Stepper, logits: Tensor, max_tokens: Sequence[int], ends: Sequence[int]
) -> list[list[int]]:
    """Take the likeliest token again and again, until every row has ended."""
    device = logits.device
    limits = torch.tensor(max_tokens, device=device)
    final = torch.tensor(ends, dtype=torch.long, device=device)
    found = torch.zeros(len(limits), int(limits.max()), dtype=torch.long, device=device)
    lengths = limits.clone()
    rows = torch.arange(len(limits), device=device)
    open_ = torch.ones(len(limits), dtype=torch.bool, device=device)
    full = set(max_tokens)
    for t in range(found.shape[1]):
        tokens = logits.argmax(-1)
        found[rows, t] = tokens
        ended = open_ & (torch.isin(tokens, final) | (limits[rows] == t + 1))
        lengths[rows[ended]] = t + 1
        open_ = open_ & ~ended
        left = int(open_.sum())
        if not left:
            break
        # A row at its limit may have no positions left to go on with.
        if left <= SHRINK * len(rows) or t + 1 in full:
            stay = open_.nonzero().squeeze(1)
            stepper.keep(stay)
            rows, tokens, open_ = rows[stay], tokens[stay], open_[stay]
        logits = stepper(tokens[:, None])
    return [row[:n] for row, n in zip(found.tolist(), lengths.tolist(), strict=True)]


class Seq2SeqStepper:
    """Any encoder-decoder of transformers, with its own cache."""

    def __init__(self, net: Any, inputs: Mapping[str, Tensor]) -> None:
        self.net, self.mask = net, inputs["attention_mask"]
        self.encoded = net.get_encoder()(**inputs).last_hidden_state
        self.cache: Any = None

    def __call__(self, tokens: Tensor) -> Tensor:
        output = self.net(
            decoder_input_ids=tokens,
            encoder_outputs=(self.encoded,),
            attention_mask=self.mask,
            past_key_values=self.cache,
            use_cache=True,
        )
        self.cache = output.past_key_values
        logits: Tensor = output.logits[:, -1]
        return logits

    def keep(self, rows: Tensor) -> None:
        self.encoded, self.mask = self.encoded[rows], self.mask[rows]
        self.cache.batch_select_indices(rows)


class CausalStepper:
    """Any decoder of transformers, with its own cache; the first call takes the prompts."""

    def __init__(self, net: Any, mask: Tensor) -> None:
        self.net, self.mask, self.cache = net, mask, None
        names = inspect.signature(net.forward).parameters
        self.positions = "position_ids" in names
        self.last: dict[str, Any] = {"logits_to_keep": 1} if "logits_to_keep" in names else {}

    def __call__(self, tokens: Tensor) -> Tensor:
        extra = dict(self.last)
        if self.cache is not None:
            self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], 1)
        if self.positions:
            places = (self.mask.cumsum(1) - 1).clamp(min=0)
            extra["position_ids"] = places[:, -tokens.shape[1] :]
        output = self.net(
            input_ids=tokens,
            attention_mask=self.mask,
            past_key_values=self.cache,
            use_cache=True,
            **extra,
        )
        self.cache = output.past_key_values
        logits: Tensor = output.logits[:, -1]
        return logits

    def keep(self, rows: Tensor) -> None:
        self.mask = self.mask[rows]
        assert self.cache is not None
        self.cache.batch_select_indices(rows)


def _transformers(
    net: Any,
    inputs: Mapping[str, Tensor],
    settings: Generate,
    limit: int,
    family: Family,
    forced: Sequence[Sequence[int]],
) -> list[list[int]]:
    """Generate with transformers, by our settings alone and not the checkpoint's."""
    from transformers import GenerationConfig

    configured: Any = GenerationConfig
    inputs, skip = _started(net, inputs, family, forced)
    final = ends(net)
    pad = next((i for i in (net.config.pad_token_id, *final) if i is not None), 0)
    tokens = {"eos_token_id": final, "pad_token_id": pad}
    penalties: dict[str, Any] = {}
    behind = []
    if family.in_line:
        behind = _behind(settings, skip)
    else:
        tokens["decoder_start_token_id"] = start(net)
        penalties["no_repeat_ngram_size"] = settings.no_repeat
        penalties["repetition_penalty"] = float(settings.repetition_penalty)
    sampling = {"temperature": settings.temperature, "top_p": settings.top_p, "top_k": 0}
    config = configured(
        max_new_tokens=limit,
        num_beams=settings.beams,
        do_sample=settings.sample,
        length_penalty=settings.length_penalty,
        **penalties,
        **tokens,
        **(sampling if settings.sample else {}),
    )
    own = net.generation_config
    net.generation_config = configured(**tokens)
    try:
        with warnings.catch_warnings():
            # Soft prompts make their own positions, and say so for each batch.
            warnings.filterwarnings("ignore", message="Position ids are not supported")
            outputs = net.generate(**inputs, generation_config=config, logits_processor=behind)
    finally:
        net.generation_config = own
    found = []
    for row in outputs[:, skip:].tolist():
        end = next((i + 1 for i, token in enumerate(row) if token in final), limit)
        found.append(row[:end])
    return found


def _started(
    net: Any, inputs: Mapping[str, Tensor], family: Family, forced: Sequence[Sequence[int]]
) -> tuple[dict[str, Tensor], int]:
    """Put the forced tokens where the output begins; count what stands before the rest."""
    inputs = dict(inputs)
    device = inputs["input_ids"].device
    prefix = torch.tensor([list(row) for row in forced], dtype=torch.long, device=device)
    if family.in_line:
        inputs["input_ids"] = torch.cat([inputs["input_ids"], prefix], 1)
        mask = inputs["attention_mask"]
        inputs["attention_mask"] = torch.cat([mask, torch.ones_like(prefix)], 1)
        return inputs, inputs["input_ids"].shape[1]
    first = prefix.new_full((len(prefix), 1), start(net))
    inputs["decoder_input_ids"] = torch.cat([first, prefix], 1)
    return inputs, 1 + prefix.shape[1]


class Behind:
    """Let a processor of logits see the output alone, as it does in encoder-decoders."""

    def __init__(self, processor: Any, skip: int) -> None:
        self.processor, self.skip = processor, skip

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        found: Tensor = self.processor(input_ids[:, self.skip :], scores)
        return found


def _behind(settings: Generate, skip: int) -> list[Any]:
    """Make transformers' own processors, in its order, for what follows a prompt."""
    from transformers import NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor

    found: list[Any] = []
    if settings.repetition_penalty != 1.0:
        found.append(RepetitionPenaltyLogitsProcessor(float(settings.repetition_penalty)))
    if settings.no_repeat:
        found.append(NoRepeatNGramLogitsProcessor(settings.no_repeat))
    return [Behind(each, skip) for each in found]
