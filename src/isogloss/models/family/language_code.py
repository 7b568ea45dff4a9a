"""Language tags of mBART, M2M100 and NLLB, for each item and not for a tokenizer's state."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import torch

from isogloss import plugin
from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.types import Example
from isogloss.language.model_code import TAGGED, spellings
from isogloss.models.model import Model


def tagged(model: Model) -> bool:
    """Say whether the backbone needs language tags."""
    return model.backbone.architecture in TAGGED


def find(model: Model, lang: str) -> str | None:
    """Find a language's tag among the tokenizer's tokens; None where it has none.

    A tokenizer answers with <unk> for tags that it lacks, silently.
    """
    spelled = spellings(lang, model.backbone.architecture)
    return next((tag for tag in spelled if known(model.tokenizer, tag)), None)


def known(tokenizer: Any, tag: str) -> bool:
    """Say whether a tag is one token of a tokenizer, and not <unk>."""
    number = tokenizer.convert_tokens_to_ids(tag)
    return number is not None and number != tokenizer.unk_token_id


def fill(model: Model, langs: Iterable[str]) -> None:
    """Look up the tags of languages; those without one are left out."""
    if not tagged(model):
        return
    for lang in langs:
        tag = model.tags.get(lang) or find(model, lang)
        if tag:
            model.tags[lang] = tag


def check(model: Model, langs: Iterable[str]) -> None:
    """Assert that the backbone can name each of the languages.

    Raises:
        Uncovered: the first language without a tag.
    """
    for lang in langs:
        number(model, lang)


def number(model: Model, lang: str) -> int | None:
    """Give the id of a language's tag; None where the backbone has no tags.

    Raises:
        Uncovered: the backbone has tags and none for this language.
    """
    if not tagged(model):
        return None
    fill(model, [lang])
    tag = model.tags.get(lang)
    if tag is None or not known(model.tokenizer, tag):
        raise Uncovered(
            f"{model.name} has no tag for '{lang}'",
            f"add tag(lang='{lang}', like='es') or tag(lang='{lang}', new=True) to the recipe",
        )
    found: int = model.tokenizer.convert_tokens_to_ids(tag)
    return found


def borrow(model: Model, lang: str, other: str) -> None:
    """Let a language use another's tag."""
    if number(model, other) is None:
        raise IsoglossError(f"{model.name} has no language tags", "leave tag() out of the recipe")
    model.tags[lang] = model.tags[other]


def add(model: Model, lang: str) -> None:
    """Add a tag for a language to the vocabulary; it starts as the mean of all tags.

    Raises:
        IsoglossError: the language has a tag, or the model a soft prompt.
    """
    from isogloss.language.registry import find_language, languages

    found = find(model, lang)
    if found is not None:
        raise IsoglossError(
            f"{model.name} has the tag {found} for '{lang}'", "leave tag() out of the recipe"
        )
    every = [
        tag for each in languages() for tag in spellings(each.code, model.backbone.architecture)
    ]
    rows = sorted(
        {model.tokenizer.convert_tokens_to_ids(tag) for tag in every if known(model.tokenizer, tag)}
    )
    facts = find_language(lang)
    tag = facts.flores or f"{facts.iso3}_{facts.script}"
    model.tokenizer.add_special_tokens(
        {"extra_special_tokens": [tag]}, replace_extra_special_tokens=False
    )
    place = model.tokenizer.convert_tokens_to_ids(tag)
    net = model.plain
    table = net.get_input_embeddings()
    if place >= table.num_embeddings:
        for each in model.additions:
            if plugin.addition(each.kind).table:
                raise IsoglossError(
                    f"a new tag for '{lang}' takes the place of the addition '{each.name}'",
                    "put tag() before the method that adds it",
                )
        trained = table.weight.requires_grad, net.get_output_embeddings().weight.requires_grad
        net.resize_token_embeddings(place + 1, mean_resizing=False)
        table = net.get_input_embeddings()
        # Resized tables are new ones, which would be trained in a frozen network.
        for part, train in zip((table, net.get_output_embeddings()), trained, strict=True):
            part.weight.requires_grad = train
    with torch.no_grad():
        for weight in {
            id(m.weight): m.weight for m in (table, net.get_output_embeddings())
        }.values():
            weight[place] = weight[rows].mean(0)
    model.tags[lang] = tag


def behind(tokenizer: Any) -> bool:
    """Say whether the input's tag stands behind the text's end: mBART-25, NLLB's legacy mode."""
    ids = tokenizer("")["input_ids"]
    end = tokenizer.eos_token_id
    return end in ids and ids[-1] != end


def bare(model: Model) -> bool:
    """Say whether the decoder starts from the tag alone (mBART-25), not behind a start token."""
    return model.backbone.architecture == "mbart" and behind(model.tokenizer)


def wrap(model: Model, ids: list[int], lang: str) -> list[int]:
    """Put the tag of an input's language and the end around its ids."""
    tag, end = number(model, lang), model.tokenizer.eos_token_id
    assert tag is not None
    return [*ids, end, tag] if behind(model.tokenizer) else [tag, *ids, end]


def asked(model: Model, example: Example, field: str = "") -> str:
    """Give the language of an example's input: that of its first field, or another's."""
    return example.langs.get(field or model.task.fields[0], example.lang)


def answered(model: Model, example: Example) -> str:
    """Give the language of an example's answer.

    Labels are the same strings in every language, so they get one tag in all of
    them: that of English, where the backbone has it; labels in words of a language have
    its tag.
    """
    template = model.task.template
    if (spoken := template.lang or example.lang) in template.labels:
        return spoken
    if plugin.kind(model.task.kind).labels:
        fill(model, ["en"])
        return "en" if "en" in model.tags else example.lang
    return example.lang if model.task.answers == "same" else model.task.answers


def start(model: Model, lang: str) -> list[int]:
    """Give the decoder's first ids, up to where the answer begins.

    T5: the start token. mBART-50, M2M100, NLLB: start token and tag. mBART-25: the tag.
    """
    first: int = model.plain.config.decoder_start_token_id
    tag = number(model, lang)
    if tag is None:
        return [first]
    return [tag] if bare(model) else [first, tag]


@contextlib.contextmanager
def starting(model: Model, first: int | None) -> Iterator[None]:
    """Let the decoder start from a token for a while: mBART-25 starts from the tag."""
    with _settings(model, {} if first is None else {"decoder_start_token_id": first}):
        yield


@contextlib.contextmanager
def speaking(model: Model, lang: str | None) -> Iterator[None]:
    """Set the answers' language where plain transformers reads it, for a while.

    That is ``forced_bos_token_id``, or the decoder's start token (mBART-25), and the
    tokenizer's two languages.
    """
    tag = number(model, lang) if lang is not None else None
    if lang is None or tag is None:
        yield
        return
    # mBART-50's tokenizer takes its own codes alone, and can't be loaded with another.
    accepted = getattr(model.tokenizer, "lang_code_to_id", model.tags.values())
    for name in ("src_lang", "tgt_lang"):
        if hasattr(model.tokenizer, name) and model.tags[lang] in accepted:
            setattr(model.tokenizer, name, model.tags[lang])
    name = "decoder_start_token_id" if bare(model) else "forced_bos_token_id"
    with _settings(model, {name: tag}):
        yield


@contextlib.contextmanager
def _settings(model: Model, values: dict[str, int]) -> Iterator[None]:
    """Set fields of the generation config, and of the other where it may have them."""
    net = model.plain
    configs = [net.generation_config] if values else []
    # transformers 5 saves no model config that has forced tokens.
    configs += [net.config] if "decoder_start_token_id" in values else []
    before = [{name: getattr(config, name, None) for name in values} for config in configs]
    for config in configs:
        for name, value in values.items():
            setattr(config, name, value)
    try:
        yield
    finally:
        for config, old in zip(configs, before, strict=True):
            for name, former in old.items():
                setattr(config, name, former)
