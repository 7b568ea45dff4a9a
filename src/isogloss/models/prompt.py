"""Soft prompts: trained vectors before the input of a frozen network.

They stand behind token ids that the vocabulary doesn't have, which the head
puts before each input and the embedding table looks up. So every loop that
reads and writes token ids works with them, caches and left padding included.
They are saved as PEFT's prompt tuning, which computes the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models.batch import Item
from isogloss.models.parts import input_table

COMMON = 5000
"""Vectors start as those of so many common tokens, as published."""
TASKS = {"encoder-decoder": "SEQ_2_SEQ_LM", "decoder": "CAUSAL_LM"}
FILE, KEY = "adapter_model.safetensors", "prompt_embeddings"
"""Where PEFT keeps a prompt."""


def attach(model: Any, length: int, *, seed: int = 0) -> nn.Parameter:
    """Put a soft prompt before every input of a text-to-text model, in place.

    Returns:
        The prompt: (length, width).

    Raises:
        IsoglossError: it leaves little room for the input.
    """
    places = getattr(model.plain.config, "max_position_embeddings", None)
    if places is not None and length > places // 2:
        raise IsoglossError(
            f"a prompt of {length} leaves little of the {places} positions of {model.name}",
            f"take length={places // 8}",
        )
    table = input_table(model)
    with torch.no_grad():
        start = table(_common(model, length, seed).to(table.weight.device)).detach().clone()
    size = table.weight.shape[0]
    table.register_parameter("prompt", nn.Parameter(start))
    table.register_forward_pre_hook(_take)
    table.register_forward_hook(_put)
    model.head = Prompted(model.head, range(size, size + length))
    prompt: nn.Parameter = table.prompt
    return prompt


def save(model: Any, folder: Path) -> None:
    """Write the prompt as PEFT's prompt tuning of the backbone."""
    from peft import PromptTuningConfig
    from safetensors.torch import save_file

    prompt = input_table(model).prompt.detach().cpu().contiguous()
    sizes = model.plain.config.get_text_config()
    config = PromptTuningConfig(
        num_virtual_tokens=len(prompt),
        token_dim=prompt.shape[1],
        num_transformer_submodules=1,
        num_attention_heads=sizes.num_attention_heads,
        num_layers=sizes.num_hidden_layers,
        task_type=TASKS[model.family],
        base_model_name_or_path=model.name,
        inference_mode=True,
    )
    config.save_pretrained(str(folder))
    save_file({KEY: prompt}, folder / FILE)


class Prompted:
    """A head that puts the prompt's ids before each input."""

    def __init__(self, head: Any, ids: Sequence[int]) -> None:
        """Wrap a head; everything but `encode` stays its own."""
        self.head, self.ids = head, list(ids)

    def __getattr__(self, name: str) -> Any:
        """Hand everything else to the head inside."""
        if name == "head":  # not there yet while being copied
            raise AttributeError(name)
        return getattr(self.head, name)

    def encode(
        self, model: Any, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Encode as the head does, then put the prompt before."""
        items = self.head.encode(model, examples, fit, train=train)
        return [self._prompted(item, model.family) for item in items]

    def _prompted(self, item: Item, family: str) -> Item:
        features = {**item.features, "input_ids": self.ids + item.features["input_ids"]}
        if family == "decoder" and "labels" in features:
            features["labels"] = [-100] * len(self.ids) + features["labels"]
        return replace(item, features=features, source=item.source + len(self.ids))


def _common(model: Any, count: int, seed: int) -> Tensor:
    """Draw common tokens, which vocabularies list first."""
    special = set(model.tokenizer.all_special_ids)
    ids = [i for i in range(min(COMMON, len(input_table(model).weight))) if i not in special]
    order = torch.randperm(len(ids), generator=torch.Generator().manual_seed(seed))
    return torch.tensor(ids)[order[torch.arange(count) % len(ids)]]


def _take(table: Any, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Keep the places of the prompt, and show the table ids that it knows."""
    ids, *rest = args
    place = ids - table.weight.shape[0]
    table.place = place if bool((place >= 0).any()) else None
    return (ids.masked_fill(place >= 0, 0), *rest)


def _put(table: Any, _: Any, vectors: Tensor) -> Tensor:
    """Put the prompt's vectors in their places."""
    place, table.place = table.place, None
    if place is None:
        return vectors
    prompt = table.prompt[place.clamp(min=0)].to(vectors.dtype)
    return torch.where((place >= 0).unsqueeze(-1), prompt, vectors)
