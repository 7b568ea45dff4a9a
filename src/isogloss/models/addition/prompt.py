"""Soft prompts: trained vectors before the input of a frozen network.

They stand behind token ids that the vocabulary doesn't have, which the head
puts before each input and the embedding table looks up. So every loop that
reads and writes token ids works with them, caches and left padding included.
A prompt may end in a part that follows the example's language. Prompts at the
input alone are saved as PEFT's prompt tuning, which computes the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from isogloss.core.addition import Addition
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models.batch import Item
from isogloss.models.family.module import input_table
from isogloss.models.head import text

if TYPE_CHECKING:
    from isogloss.models.model import Model

Init = Literal["vocabulary", "uniform", "labels"]
COMMON = 5000
"""Vectors start as those of so many common tokens, as published."""
FILE, KEY = "adapter_model.safetensors", "prompt_embeddings"
"""Where PEFT keeps a prompt."""
HELD = ("prompt", "parts", "deep", "mlp")
"""What the table of embeddings holds of it."""


def attach(
    model: Model,
    length: int,
    *,
    deep: bool = False,
    mlp: int = 0,
    langs: Sequence[str] = (),
    part: int = 0,
    start: Tensor | None = None,
) -> None:
    """Put a soft prompt before every input of a text-to-text model, in place.

    The input's table holds it: `prompt` (length, width), `deep` (layers - 1,
    length, width), `parts` (languages x part, width) and the module `mlp`.

    Args:
        length: vectors that all inputs share.
        deep: add vectors of their own, from zero, before each further layer.
        mlp: width of the bottleneck through which the prompt goes, beside a
            residual path; an export has what comes out of it.
        langs: languages with a part of their own; others get the first one's.
        part: vectors of a language, after the shared ones.
        start: what the shared vectors, or theirs and the parts', start as.

    Raises:
        IsoglossError: it is empty, leaves little room for the input, or is there already.
    """
    for name, value, least in (("length", length, 1), ("mlp", mlp, 0), ("part", part, bool(langs))):
        if value < least:
            raise IsoglossError(f"a prompt's {name} is {value}", f"give {least:d} or more")
    places = getattr(model.plain.config, "max_position_embeddings", None)
    if places is not None and length + part > places // 2:
        raise IsoglossError(
            f"a prompt of {length + part} leaves little of the {places} positions of {model.name}",
            f"take length={places // 8}",
        )
    table = input_table(model)
    if hasattr(table, "prompt"):
        raise IsoglossError(
            "the model has a soft prompt already", "attach it once, with the length that you want"
        )
    rows, width = table.weight.shape
    count = length + len(langs) * part
    vectors = table.weight.new_zeros(count, width) if start is None else start
    table.register_parameter("prompt", nn.Parameter(vectors[:length].clone()))
    if part:
        table.register_parameter("parts", nn.Parameter(vectors[length:].clone()))
    if mlp:
        table.add_module("mlp", _bottleneck(width, mlp).to(vectors.device))
        table.register_state_dict_post_hook(_fold)
    table.places = None
    table.register_forward_pre_hook(_take)
    table.register_forward_hook(_put)
    if deep:
        layers = _layers(model)[1:]
        zeros = vectors.new_zeros(len(layers), length, width)
        table.register_parameter("deep", nn.Parameter(zeros))
        for number, layer in enumerate(layers):
            layer.register_forward_pre_hook(partial(_deepen, table, number))
    prompted: Any = Prompted(model.head, rows, length, langs, part)
    model.head = prompted


def start(model: Model, count: int, init: Init, seed: int) -> Tensor:
    """Make vectors for a prompt to start as: (count, width).

    Common tokens' vectors; or numbers within half a unit; or the vectors of the
    task's labels (of the words of its instruction or name, where it has none),
    filled up with common tokens'.
    """
    table = input_table(model)
    generator = torch.Generator().manual_seed(seed)
    if init == "uniform":
        return torch.rand(count, table.weight.shape[1], generator=generator) - 0.5
    given = _named(model)[:count] if init == "labels" else []
    drawn = _common(model, count - len(given), generator)
    with torch.no_grad():
        device = table.weight.device
        rows = [table(torch.tensor([ids], device=device)).mean(1) for ids in given]
        return torch.cat([*rows, table(drawn.to(device))])


def renew(model: Model, start: Tensor) -> None:
    """Start the shared vectors anew, and keep the languages' parts as they are."""
    table = input_table(model)
    with torch.no_grad():
        table.prompt.copy_(start)
    table.parts.requires_grad = False


def plain(model: Model, lang: str | None) -> bool:
    """Say whether PEFT's prompt tuning computes what a model's prompt does.

    Args:
        lang: the language whose part is meant, where languages have parts.
    """
    table = input_table(model)
    whole = lang is not None or not hasattr(table, "parts")
    return whole and not hasattr(table, "deep") and model.head.peft is not None


def own(name: str) -> bool:
    """Say whether a tensor is of a prompt, by its name in the network."""
    return name.rpartition(".")[2] in ("prompt", "parts", "deep")


def save(model: Model, folder: Path, lang: str | None = None) -> None:
    """Write the prompt as PEFT's prompt tuning of the backbone.

    Args:
        lang: the language whose part is written; None: the first.
    """
    from peft import PromptTuningConfig
    from safetensors.torch import save_file

    table, head = input_table(model), vars(model)["head"]
    with torch.no_grad():
        ids = torch.tensor(head.ids(lang)) - head.first
        prompt = _vectors(table)[ids.to(table.weight.device)].cpu().contiguous()
    sizes = model.plain.config.get_text_config()
    config = PromptTuningConfig(
        num_virtual_tokens=len(prompt),
        token_dim=prompt.shape[1],
        num_transformer_submodules=1,
        num_attention_heads=sizes.num_attention_heads,
        num_layers=sizes.num_hidden_layers,
        task_type=model.family.peft,
        base_model_name_or_path=model.name,
        inference_mode=True,
    )
    config.save_pretrained(str(folder))
    save_file({KEY: prompt}, folder / FILE)


class Prompted:
    """A head that puts the prompt's ids before each input."""

    def __init__(
        self, head: Any, first: int, length: int, langs: Sequence[str] = (), part: int = 0
    ) -> None:
        """Wrap a head; everything but `encode` stays its own.

        Args:
            first: the first id behind the vocabulary.
        """
        self.head, self.first, self.length = head, first, length
        self.langs, self.part = list(langs), part
        self.on = True

    def __getattr__(self, name: str) -> Any:
        """Hand everything else to the head inside."""
        if name == "head":  # not there yet while being copied
            raise AttributeError(name)
        return getattr(self.head, name)

    def ids(self, lang: str | None) -> list[int]:
        """List the ids of a language's prompt; of the first one's, if it has no part."""
        number = self.langs.index(lang) if lang in self.langs else 0
        own = self.first + self.length + number * self.part
        return [*range(self.first, self.first + self.length), *range(own, own + self.part)]

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Encode as the head does, then put the prompt before."""
        items: list[Item] = self.head.encode(model, examples, fit, train=train)
        if not self.on:
            return items
        return [self._prompted(item, in_line=model.family.in_line) for item in items]

    def draw(self, model: Model, item: Item, rng: Random) -> Item:
        """Draw as the head does, then put the prompt before."""
        return self._prompted(self.head.draw(model, item, rng), in_line=model.family.in_line)

    def around(self, inner: Any) -> Prompted:
        """Put the prompt's ids before each input of another head."""
        return Prompted(inner, self.first, self.length, self.langs, self.part)

    def _prompted(self, item: Item, *, in_line: bool) -> Item:
        ids = self.ids(item.lang)
        features = {**item.features, "input_ids": ids + item.features["input_ids"]}
        if in_line and "labels" in features:
            features["labels"] = [-100] * len(ids) + features["labels"]
        return replace(item, features=features, source=item.source + len(ids))


def _common(model: Model, count: int, generator: torch.Generator) -> Tensor:
    """Draw common tokens, which vocabularies list first."""
    special = set(model.tokenizer.all_special_ids)
    ids = [i for i in range(min(COMMON, len(input_table(model).weight))) if i not in special]
    order = torch.randperm(len(ids), generator=generator)
    return torch.tensor(ids)[order[torch.arange(count) % len(ids)]]


def _named(model: Model) -> list[list[int]]:
    """Give the tokens of each label, or each token of the task's description."""
    task = model.task
    if task.labels:
        return text.tokens(model.tokenizer, task.labels)
    described = task.prompt or task.name.replace("_", " ")
    return [[number] for number in text.tokens(model.tokenizer, [described])[0]]


def _bottleneck(width: int, size: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(width, size), nn.ReLU(), nn.Linear(size, width), nn.LayerNorm(width)
    )


def _layers(model: Model) -> list[nn.Module]:
    """Give the layers of the stack that reads the input."""
    stack = model.family.reader(model.plain.base_model)
    return list(next(m for m in stack.modules() if isinstance(m, nn.ModuleList)))


def _vectors(table: Any) -> Tensor:
    """Give all vectors in the order of their ids."""
    prompt: Tensor = table.prompt
    if hasattr(table, "mlp"):
        prompt = prompt + table.mlp(prompt)
    return torch.cat([prompt, table.parts]) if hasattr(table, "parts") else prompt


def _fold(table: Any, state: dict[str, Any], prefix: str, _: Any) -> None:
    """Give what comes out of the bottleneck in its place."""
    for name in [name for name in state if name.startswith(f"{prefix}mlp.")]:
        del state[name]
    with torch.no_grad():
        state[f"{prefix}prompt"] = table.prompt + table.mlp(table.prompt)


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
    table.places = place
    prompt = _vectors(table)[place.clamp(min=0)].to(vectors.dtype)
    return torch.where((place >= 0).unsqueeze(-1), prompt, vectors)


def _deepen(table: Any, number: int, _: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Add a layer's own vectors to the states in the prompt's places."""
    states, *rest = args
    place = table.places
    if place is None or place.shape != states.shape[:2]:  # a step after the prompt
        return None
    added = table.deep[number][place.clamp(min=0)].to(states.dtype)
    return (states + added.masked_fill((place < 0).unsqueeze(-1), 0), *rest)


def _parameters(model: Model) -> dict[str, Any]:
    table = input_table(model)
    ours = {id(p) for name, p in table.named_parameters() if name.split(".")[0] in HELD}
    return {path: p for path, p in model.plain.named_parameters() if id(p) in ours}


ADDITION = Addition(
    attach=lambda model, _, settings: attach(model, **settings),
    parameters=lambda model, _: _parameters(model),
    switch=lambda model, _, on: setattr(model.head, "on", on),
    carries=False,
    table=True,
    tokens=lambda settings: settings["length"] + settings.get("part", 0),
    peft=lambda model, _, lang: plain(model, lang),
    save=lambda model, _, folder, lang: save(model, folder, lang),
    folded=("mlp",),
    shown="a prompt",
)
