"""Train a network on plain text, by the objective of its family's pre-training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import regex
import torch
from torch import Tensor, nn

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.method import Context
from isogloss.core.types import Example
from isogloss.language.registry import find_language
from isogloss.models.head import pretrained, text
from isogloss.models.model import Model
from isogloss.models.train.state import trained


def fit_text(
    model: Model, texts: Mapping[str, Sequence[str]], ctx: Context, **options: Any
) -> Model:
    """Train a model's network, in place, on plain text by its family's objective.

    Encoders guess hidden words by a layer over the same body, tied to its embeddings
    and dropped afterwards; encoder-decoders restore corrupted text; decoders go on from
    each token to the next. What is hidden is drawn by seed and step. What requires
    gradients in the body moves, and the task's head does not. The training is kept and
    resumed as ``ctx.fit`` does it.

    Args:
        model: to be trained; at the adapt stage, a copy.
        texts: language -> texts; long ones are cut into pieces.
        ctx: the method's.
        options: override fields of ``Fit``, such as `steps` and `lr`.

    Raises:
        IsoglossError: there is no text, or nothing in the network that would move.
    """
    student = learning(model)
    fit = replace(ctx.run.fit, **options)
    head: Any = student.head
    space = head.space(student, fit)
    examples = [
        Example(f"text-{lang}-{number}", lang, {"text": piece}, origin="mixed")
        for lang, each in texts.items()
        for number, piece in enumerate(
            part for whole in each for part in pieces(model.tokenizer, whole, lang, space)
        )
    ]
    if not examples:
        raise IsoglossError(
            f"there is no text in {', '.join(texts)}",
            "give some: [supply] text = 'mono/{lang}.txt'",
        )
    ctx.fit(student, examples, **{"snapshots": 1, "patience": 0, **options})
    model.net.eval()
    return model


def read(ctx: Context, langs: Iterable[str], number: int) -> dict[str, list[str]]:
    """Take so many texts of each language, again and again where there are fewer."""
    return {lang: list(islice(cycle(ctx.text(lang, number)), number)) for lang in langs}


def body(model: Model) -> dict[str, nn.Parameter]:
    """List the parameters that learn from text, by names that don't depend on the task."""
    plain = model.plain
    net = plain.base_model if plain.get_output_embeddings() is None else plain
    return {name: p for name, p in net.named_parameters() if "pooler" not in name}


def put(model: Model, learned: Mapping[str, Tensor]) -> None:
    """Put in what a network of the same body has learned from text."""
    parameters = body(model)
    with torch.no_grad():
        for name, tensor in learned.items():
            parameters[name].copy_(tensor)


def learning(model: Model) -> Model:
    """Give the model that learns from text: another head, and where need be its layer.

    Raises:
        IsoglossError: nothing in the network would move.
    """
    if model.family.learner is None:
        raise IsoglossError(
            f"{model.name} does not learn from text alone",
            "leave the method out of the recipe, or take a backbone that reads text",
        )
    head = model.family.learner()(model.task.kind, model.family)
    if not trained(model.plain.base_model):
        raise IsoglossError(
            "nothing in the network is to learn from the text: all of it is frozen",
            "put the method before the one that freezes, or freeze less",
        )
    net = model.net if model.plain.get_output_embeddings() is not None else _around(model, head)
    return replace(model, net=net, head=model.head.around(head))


def _around(model: Model, head: Any) -> Any:
    """Put the layer that guesses tokens on the body of a network.

    Where additions learn, it stays as it was pretrained, as the body does.
    """
    net, fresh = pretrained.load(head.auto(), model.backbone, seed=0)
    whole: Any = net
    body = copy(model.plain.base_model)  # the same modules, but for what reads no words
    body._modules = {name: m for name, m in body._modules.items() if name != "pooler"}
    body.pooler = None
    whole.resize_token_embeddings(body.get_input_embeddings().num_embeddings, mean_resizing=False)
    setattr(whole, whole.base_model_prefix, body)
    whole.tie_weights()
    inside = {id(p) for p in body.parameters()}
    for path, parameter in whole.named_parameters():
        if model.additions and id(parameter) not in inside:
            parameter.requires_grad = path.rpartition(".")[0] in fresh
    for added in model.additions:
        plugin.addition(added.kind).writing(whole, added.name)
    return whole


def pieces(tokenizer: Any, whole: str, lang: str, space: int) -> Iterator[str]:
    """Cut a text between words, or graphemes, until each piece has few enough tokens."""
    if not whole.strip():
        return
    unit = r"\S+\s*" if find_language(lang).spaced else r"\X"
    parts = regex.findall(unit, whole.strip())
    if len(parts) < 2 or len(text.tokens(tokenizer, [whole])[0]) <= space:
        yield whole
        return
    half = len(parts) // 2
    yield from pieces(tokenizer, "".join(parts[:half]), lang, space)
    yield from pieces(tokenizer, "".join(parts[half:]), lang, space)
