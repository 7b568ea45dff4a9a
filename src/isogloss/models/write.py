"""Let any model that writes go on with bare prompts: score given answers, sample new ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.field import BILLION
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Example
from isogloss.models import devices, modes
from isogloss.models.batch import Item
from isogloss.models.decode.limit import Limit, room
from isogloss.models.decode.predict import ROWS
from isogloss.models.family import language_code
from isogloss.models.head import text
from isogloss.models.head.cut import Ids
from isogloss.models.head.score import log_likelihoods
from isogloss.models.head.seq import TextHead
from isogloss.models.model import Model
from isogloss.models.states import one_each
from isogloss.models.train import buckets, state
from isogloss.models.train.progress import bar

FIT = Fit(max_source=BILLION, max_target=0)
"""Prompts are read whole, or refused where positions end."""


def score(
    model: Model,
    prompts: Sequence[str],
    answers: Sequence[Sequence[str]],
    lang: str | Sequence[str] = "",
    *,
    ended: bool = True,
    machine: Machine | None = None,
) -> list[list[float]]:
    """Give the log-likelihood of each prompt's answers, tokens added up.

    A decoder goes on from the prompt as it is written: the space or the line
    between them belongs to either. An encoder-decoder reads the prompt and writes
    the answer.

    Args:
        prompts: what is read.
        answers: each prompt's answers, one at least; they may differ in number.
        lang: the language, or one a prompt; needed where the backbone has language tags.
        ended: count the token that ends an answer too.
        machine: settings that move no value.

    Raises:
        IsoglossError: a model that doesn't write, an empty answer, or a prompt too long.
    """
    if len(prompts) != len(answers):
        raise IsoglossError(
            f"{len(prompts)} prompts and answers to {len(answers)}", "give each prompt a list"
        )
    end = [model.tokenizer.eos_token_id] * ended
    options = [
        [[*ids, *end] for ids in _behind(model, prompt, each)]
        for prompt, each in zip(prompts, answers, strict=True)
    ]
    if not all(each and all(each) for each in options):
        raise IsoglossError("a prompt has no answer, or an empty one", "give it some to compare")
    items = _items(model, prompts, options, lang)
    found: list[list[float]] = [[] for _ in items]
    for chunk, batch in _batches(model, items, [item.target for item in items], machine):
        starts = [item.meta["start"] for item in batch.items]
        given = [item.meta["options"] for item in batch.items]
        scores = log_likelihoods(model, batch.inputs, starts, given)
        for place, each in zip(chunk, scores, strict=True):
            found[place] = each
    return found


def sample(
    model: Model,
    prompts: Sequence[str],
    n: int = 1,
    temperature: float = 1.0,
    lang: str | Sequence[str] = "",
    *,
    max_tokens: int = 64,
    seed: int = 0,
    machine: Machine | None = None,
) -> list[list[str]]:
    """Let a model write ``n`` texts a prompt, drawn from what it finds likely.

    Args:
        prompts: what is read; a decoder goes on from it as it is written.
        n: texts a prompt.
        temperature: divides the logits; 0 takes the likeliest token each time.
        lang: the language, or one a prompt; needed where the backbone has language tags.
        max_tokens: longest text.
        seed: decides the draw.
        machine: settings that move no value.

    Raises:
        IsoglossError: a model that doesn't write, or a prompt too long.
    """
    once = _items(model, prompts, [()] * len(prompts), lang)
    items = [item for item in once for _ in range(n)]
    settings = Generate(sample=temperature > 0, temperature=temperature or 1.0)
    found = [""] * len(items)
    sizes = [max_tokens] * len(items)
    with state.own_random_state():
        state.seed_all(seed)
        for chunk, batch in _batches(model, items, sizes, machine):
            rows = _head(model).write(model, batch, settings, Limit(max_tokens))
            for place, row in zip(chunk, rows, strict=True):
                found[place] = text.written(model.tokenizer, *row)
    return [found[place : place + n] for place in range(0, len(found), n)]


class Bare(TextHead):
    """Lay out bare prompts under `text`, and the ids of answers under `options`."""

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn prompts into items.

        Raises:
            IsoglossError: there is no room for one.
        """
        frame, in_line = text.frame(model.tokenizer), model.family.in_line
        items, lists = [], text.tokens(model.tokenizer, [e.inputs["text"] for e in examples])
        for index, (example, ids) in enumerate(zip(examples, lists, strict=True)):
            whole = [*frame.prefix, *ids, *([] if in_line else frame.suffix)]
            if not in_line and language_code.tagged(model):
                whole = language_code.wrap(model, ids, example.lang)
            start = [] if in_line else language_code.start(model, example.lang)
            options = example.inputs["options"]
            longest = max(map(len, options), default=1)
            most = room(model, fit, longest)
            if len(whole) > most.source or longest > most.target:
                raise IsoglossError(
                    f"{model.name} has no room for prompt {index + 1}, of {len(whole)} tokens, "
                    f"and an answer of {longest}",
                    "shorten it: take fewer demonstrations",
                )
            items.append(
                Item(
                    index, example.id, example.lang, {"input_ids": whole}, len(whole), longest,
                    meta={"start": start, "options": options},
                )
            )  # fmt: skip
        return items


def _items(
    model: Model,
    prompts: Sequence[str],
    options: Sequence[Sequence[Ids]],
    lang: str | Sequence[str],
) -> list[Item]:
    """Encode prompts, with the answers that are to be scored.

    Raises:
        IsoglossError: the model doesn't write, or has no room for a prompt.
    """
    if not model.family.writes or model.plain.get_output_embeddings() is None:
        raise IsoglossError(
            f"{model.name} doesn't write, as it is loaded here",
            "take a decoder or an encoder-decoder, and a task with written answers",
        )
    langs = one_each(model, lang, len(prompts))
    examples = [
        Example(str(place), langs[place], {"text": prompt, "options": options[place]})
        for place, prompt in enumerate(prompts)
    ]
    items: list[Item] = _head(model).encode(model, examples, FIT, train=False)
    return items


def _behind(model: Model, prompt: str, answers: Sequence[str]) -> list[Ids]:
    """Encode answers as they stand behind a prompt, or alone where they are written apart."""
    alone = text.tokens(model.tokenizer, list(answers))
    if not model.family.in_line:
        return alone
    ids, *both = text.tokens(model.tokenizer, [prompt, *(prompt + each for each in answers)])
    return [
        joined[len(ids) :] if joined[: len(ids)] == ids else apart
        for joined, apart in zip(both, alone, strict=True)
    ]


def _head(model: Model) -> Any:
    return model.head.around(Bare("", model.family))


def _batches(
    model: Model, items: Sequence[Item], sizes: Sequence[int], machine: Machine | None
) -> Iterator[tuple[list[int], Any]]:
    """Give batches of items on the device, longest first, and their places."""
    machine = machine or Machine()
    device = devices.pick(machine)
    devices.move(model.net, device)
    progress = bar("prompt", len(items), machine, unit="text")
    rooms = [item.source + size for item, size in zip(items, sizes, strict=True)]
    with modes.threads(machine), modes.kept(model.net), torch.no_grad(), progress:
        model.net.eval()
        for chunk in buckets.chunks(rooms, machine.micro_tokens, ROWS):
            batch = _head(model).collate(model, [items[i] for i in chunk], train=False)
            with devices.autocast(machine, device):
                yield chunk, devices.to(batch, device)
            progress.update(len(chunk))
