"""Language tags of mBART, M2M100 and NLLB, for each item and not for a tokenizer's state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from isogloss.core.errors import Uncovered
from isogloss.core.types import Example
from isogloss.models.model import Model

TAGGED = ("mbart", "m2m_100")
"""Architectures whose input and output name their language."""
Layout = Literal["prefix", "suffix"]


def tagged(model: Model) -> bool:
    """Say whether the backbone needs language tags."""
    return model.backbone.architecture in TAGGED


def spellings(lang: str) -> tuple[str, ...]:
    """List the tags that a language has in mBART, NLLB and M2M100."""
    from isogloss.data.language import language

    known = language(lang)
    m2m = f"__{known.m2m.strip('_')}__" if known.m2m else None
    return tuple(tag for tag in (known.mbart, known.flores, m2m) if tag)


def find(tokenizer: Any, lang: str) -> str | None:
    """Find a language's tag among a tokenizer's tokens; None where it has none.

    A tokenizer answers with <unk> for tags that it lacks, silently.
    """
    return next((tag for tag in spellings(lang) if known(tokenizer, tag)), None)


def known(tokenizer: Any, tag: str) -> bool:
    """Say whether a tag is one token of a tokenizer, and not <unk>."""
    number = tokenizer.convert_tokens_to_ids(tag)
    return number is not None and number != tokenizer.unk_token_id


def fill(model: Model, langs: Iterable[str]) -> None:
    """Look up the tags of languages; those without one are left out."""
    if not tagged(model):
        return
    for lang in langs:
        tag = model.tags.get(lang) or find(model.tokenizer, lang)
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


def layout(tokenizer: Any) -> Layout:
    """Say where the tag stands: before the text, or after its end (mBART-25)."""
    name = type(tokenizer).__name__
    if getattr(tokenizer, "legacy_behaviour", False):
        return "suffix"
    return "suffix" if name in ("MBartTokenizer", "MBartTokenizerFast") else "prefix"


def asked(model: Model, example: Example, field: str = "") -> str:
    """Give the language of an example's input: that of its first field, or another's."""
    return example.langs.get(field or model.task.fields[0], example.lang)


def answered(model: Model, example: Example) -> str:
    """Give the language of an example's answer.

    Labels are the same strings in every language, so they get one tag in all of
    them: that of English, where the backbone has it.
    """
    if model.task.kind in ("classify", "tag"):
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
    return [tag] if layout(model.tokenizer) == "suffix" else [first, tag]


def speak(model: Model, lang: str) -> None:
    """Set the language of answers where plain transformers reads it.

    Both configs get ``forced_bos_token_id`` (mBART-25: the decoder's start
    token), and the tokenizer its target language.
    """
    tag = number(model, lang)
    if tag is None:
        return
    net, tokenizer = model.plain, model.tokenizer
    if layout(tokenizer) == "suffix":
        net.config.decoder_start_token_id = net.generation_config.decoder_start_token_id = tag
    else:
        net.config.forced_bos_token_id = net.generation_config.forced_bos_token_id = tag
    if hasattr(tokenizer, "tgt_lang"):
        tokenizer.tgt_lang = model.tags[lang]


def silence(model: Model) -> None:
    """Undo ``speak``: each item names its own language again."""
    net = model.plain
    for config in (net.config, getattr(net, "generation_config", None)):
        if config is not None and getattr(config, "forced_bos_token_id", None) is not None:
            config.forced_bos_token_id = None
