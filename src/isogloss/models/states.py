"""Read bare texts with any model: the states of their tokens, words and wholes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models import devices, modes
from isogloss.models.batch import Batch, Item
from isogloss.models.decode.limit import room
from isogloss.models.decode.predict import ROWS
from isogloss.models.family import language_code
from isogloss.models.head import text, window
from isogloss.models.head.head import Head, padded
from isogloss.models.model import Model
from isogloss.models.train import buckets
from isogloss.models.train.progress import bar

FIT = Fit(max_source=512, max_target=0)
"""Texts are read up to this length."""
POOLS = ("mean", "first", "last", "weighted_early", "weighted_late")
"""Ways to make one vector of a text's states."""

Text = str | Sequence[str]
"""A text, or its words."""


class Plain(Head):
    """Read a bare text or its words, of any family and for no task.

    A ``Term`` whose own examples are such texts has it as its ``head``.
    """

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn each field of an example into an item, in which words' places are kept."""
        frame, tagged = text.frame(model.tokenizer), language_code.tagged(model)
        space = max(1, room(model, fit).source - (2 if tagged else frame.extra(second=False)))
        places = [(index, field) for index, e in enumerate(examples) for field in e.inputs]
        given: list[Text] = [examples[index].inputs[field] for index, field in places]
        items = []
        for place, (ids, words, cut) in enumerate(_cut(model.tokenizer, given, space)):
            index, field = places[place]
            example, lead = examples[index], len(frame.prefix)
            lang = example.langs.get(field, example.lang)
            whole = [*frame.prefix, *ids, *frame.suffix]
            if tagged:
                whole = language_code.wrap(model, ids, lang)
                lead = language_code.wrap(model, [-1], lang).index(-1)
            spans = [(first + lead, last + lead) for first, last in words]
            items.append(
                Item(
                    index, example.id, lang, {"input_ids": whole}, len(whole),
                    flags=("cut",) if cut else (), meta={"words": spans, "length": len(whole)},
                )
            )  # fmt: skip
        return items

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad items on the right."""
        inputs = padded(items, model.tokenizer.pad_token_id)
        return Batch(list(items), inputs, sum(item.weight for item in items))


def plain(model: Model) -> Any:
    """Give the head that reads bare texts as a model's own head reads inputs."""
    return model.head.around(Plain("", model.family))


@dataclass(frozen=True)
class States:
    """Hidden states of texts at one layer, on the CPU."""

    values: Tensor
    """(texts, length, width), 32 bits; zero in padding."""
    mask: Tensor
    """(texts, length): True where a token was read, special ones among them."""
    words: tuple[tuple[tuple[int, int], ...], ...]
    """Of texts given as words: (first position, the one after the last) of each word that
    was read whole."""


def read(model: Model, inputs: dict[str, Tensor], layer: int = -1) -> Tensor:
    """Run a model on a batch of ``Plain``, with gradient: (items, length, width).

    Of an encoder-decoder the encoder's states are given.

    Args:
        layer: 0 for the embeddings and up; -1 for the top.
    """
    states: Tensor = _run(model, inputs)[layer]
    return states


def states(
    model: Model,
    texts: Sequence[Text],
    layer: int = -1,
    lang: str | Sequence[str] = "",
    *,
    machine: Machine | None = None,
) -> States:
    """Give the hidden states of texts at one layer, without gradient.

    Args:
        texts: texts, or lists of their words.
        layer: 0 for the embeddings and up; -1 for the top.
        lang: their language, or one a text; needed where the backbone has language tags.
        machine: settings that move no value.

    Raises:
        IsoglossError: a layer that isn't there, or a text without tokens.
    """
    items = encode(model, texts, lang)
    check_layer(model, layer)
    longest = max((item.source for item in items), default=0)
    values = torch.zeros(len(items), longest, widths(model)[layer])
    mask = torch.zeros(len(items), longest, dtype=torch.bool)
    for chunk, there, layers in passes(model, items, machine or Machine()):
        length = there.shape[1]
        values[chunk, :length] = (layers[layer].float() * there[..., None]).cpu()
        mask[chunk, :length] = there.bool().cpu()
    extra = (len(item.features["input_ids"]) - item.meta["length"] for item in items)
    words = (
        tuple((first + more, last + more) for first, last in item.meta["words"])
        for item, more in zip(items, extra, strict=True)
    )
    return States(values, mask, tuple(words))


def embed(
    model: Model,
    texts: Sequence[Text],
    layer: int = -1,
    pool: str = "mean",
    lang: str | Sequence[str] = "",
    *,
    machine: Machine | None = None,
) -> Tensor:
    """Give one vector a text, (texts, width), without gradient and on the CPU.

    Args:
        texts: texts, or lists of their words.
        layer: 0 for the embeddings and up; -1 for the top.
        pool: `mean`, `first`, `last`, or the mean weighted by position,
            `weighted_early` or `weighted_late`.
        lang: their language, or one a text; needed where the backbone has language tags.
        machine: settings that move no value.

    Raises:
        IsoglossError: a layer or a pooling that isn't there, or a text without tokens.
    """
    check_layer(model, layer)
    items = encode(model, texts, lang)
    found = torch.empty(len(items), widths(model)[layer])
    for chunk, there, layers in passes(model, items, machine or Machine()):
        found[chunk] = pooled(layers[layer], there, pool).cpu()
    return found


def widths(model: Model) -> tuple[int, ...]:
    """Give the width of the states at each layer that reads, the embeddings first."""
    config = model.plain.config.get_text_config()
    names = ("encoder_layers", "num_layers")
    count = next((n for name in names if (n := getattr(config, name, None))), None)
    return (int(config.hidden_size),) * (1 + int(count or config.num_hidden_layers))


def pooled(states: Tensor, mask: Tensor, pool: str = "mean") -> Tensor:
    """Make one vector a text of its states: (texts, width), 32 bits.

    Raises:
        IsoglossError: an unknown pooling.
    """
    if pool not in POOLS:
        raise unknown("pool", pool, POOLS)
    mask = mask.float()
    place = mask.cumsum(1) * mask  # 1..L; padding stands behind the text
    length = mask.sum(1, keepdim=True)
    weights = {
        "mean": mask,
        "weighted_early": (length + 1 - place) * mask,
        "weighted_late": place,
        "first": (place == 1).float(),
        "last": (place == length).float() * mask,
    }[pool]
    return torch.einsum("nl,nlw->nw", weights / weights.sum(1, keepdim=True), states.float())


def encode(model: Model, texts: Sequence[Text], lang: str | Sequence[str] = "") -> list[Item]:
    """Turn texts into items, one each, as ``passes`` takes them.

    Raises:
        IsoglossError: a text without tokens, or another number of languages than of texts.
    """
    langs = one_each(model, lang, len(texts))
    examples = [
        Example(str(place), langs[place], {"text": each}) for place, each in enumerate(texts)
    ]
    items: list[Item] = plain(model).encode(model, examples, FIT, train=False)
    empty = next((i for i in items if not i.source), None)
    if empty is not None:
        where = f" in '{empty.lang}'" if empty.lang else ""
        raise IsoglossError(
            f"{model.name} has no tokens for text {empty.index + 1}{where}",
            "leave the text out",
        )
    return items


def one_each(model: Model, lang: str | Sequence[str], count: int) -> list[str]:
    """Give each of so many texts its language.

    Raises:
        IsoglossError: there are more texts or fewer, or the model's tags ask for a language.
    """
    langs = [lang] * count if isinstance(lang, str) else list(lang)
    if len(langs) != count:
        raise IsoglossError(
            f"{count} texts and {len(langs)} languages", "give one language, or one a text"
        )
    if not all(langs) and language_code.tagged(model):
        raise IsoglossError(
            f"{model.name} has tags for languages, and none is given", "give lang, such as 'sw'"
        )
    return langs


def passes(
    model: Model, items: Sequence[Item], machine: Machine
) -> Iterator[tuple[list[int], Tensor, Sequence[Tensor]]]:
    """Run a model on items in batches: (their places, mask, the states of each layer)."""
    device = devices.pick(machine)
    devices.move(model.net, device)
    head = plain(model)
    progress = bar("embed", len(items), machine, unit="text")
    with modes.threads(machine), modes.kept(model.net), torch.no_grad(), progress:
        model.net.eval()
        for chunk in buckets.chunks([item.source for item in items], machine.micro_tokens, ROWS):
            batch = devices.to(head.collate(model, [items[i] for i in chunk], train=False), device)
            with devices.autocast(machine, device):
                layers = _run(model, batch.inputs)
            yield chunk, batch.inputs["attention_mask"], layers
            progress.update(len(chunk))


def _run(model: Model, inputs: dict[str, Tensor]) -> Sequence[Tensor]:
    """Run the part that reads, without a head: the states of each layer."""
    body = model.family.reader(model.plain.base_model)
    layers: Sequence[Tensor] = body(**inputs, output_hidden_states=True).hidden_states
    return layers


def check_layer(model: Model, layer: int) -> None:
    """Refuse a layer that isn't there.

    Raises:
        IsoglossError: it isn't.
    """
    top = len(widths(model)) - 1
    if not -top - 1 <= layer <= top:
        raise IsoglossError(
            f"{model.name} has no layer {layer}",
            f"take one of 0 (the embeddings) to {top} (the top)",
        )


def _cut(
    tokenizer: Any, given: Sequence[Text], space: int
) -> Iterator[tuple[list[int], list[tuple[int, int]], bool]]:
    """Encode texts up to a length: (ids, words' places, whether something is lost)."""
    bare = [each for each in given if isinstance(each, str)]
    texts = iter(text.tokens(tokenizer, bare))
    lists = iter(text.words(tokenizer, [each for each in given if not isinstance(each, str)]))
    for each in given:
        if isinstance(each, str):
            ids = next(texts)
            yield window.head(tokenizer, each, ids, space), [], len(ids) > space
            continue
        ids, places = [], []
        for word in next(lists):
            ids = [*ids, *word]
            if len(ids) <= space:
                places.append((len(ids) - len(word), len(ids)))
        yield ids[:space], places, len(ids) > space
