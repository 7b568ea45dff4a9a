"""Translate whole examples, each distinct text once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from isogloss.core.types import Example

Translate = Callable[[Sequence[str], str, str], Sequence[str]]
"""(texts, source, target) -> translations, in order."""


class Unfinished(str):
    """A translation whose end is missing, in the form of any other."""


def unfinished(example: Example) -> bool:
    """Say whether the end of one of an example's texts is missing."""
    values = [*example.inputs.values(), example.target]
    texts = [text for value in values for text in (value if isinstance(value, tuple) else (value,))]
    return any(isinstance(text, Unfinished) for text in texts)


def translate_examples(
    examples: Sequence[Example], to: str, translate: Translate, *, targets: bool = False
) -> list[Example]:
    """Bring the inputs of examples into one language.

    Args:
        examples: their input fields are texts or tuples of texts.
        to: the language asked for.
        translate: the translator.
        targets: translate the targets too, which then have to be texts.

    Returns:
        The examples in the same order, under the same ids.
    """
    asked: dict[str, dict[str, None]] = {}
    for example in examples:
        for lang, text in _texts(example, targets):
            asked.setdefault(lang, {})[text] = None
    found = {(to, text): text for text in asked.pop(to, {})}
    for lang, texts in asked.items():
        for text, translation in zip(texts, translate(list(texts), lang, to), strict=True):
            found[lang, text] = translation

    def change(value: Any, lang: str) -> Any:
        if isinstance(value, str):
            return found[lang, value]
        return tuple(found[lang, text] for text in value)

    return [
        replace(
            example,
            lang=to,
            langs={},
            inputs={
                name: change(value, example.langs.get(name, example.lang))
                for name, value in example.inputs.items()
            },
            target=change(example.target, example.lang) if targets else example.target,
        )
        for example in examples
    ]


def _texts(example: Example, targets: bool) -> Iterator[tuple[str, str]]:
    """List an example's texts, each with its language."""
    for name, value in example.inputs.items():
        lang = example.langs.get(name, example.lang)
        yield from ((lang, text) for text in ((value,) if isinstance(value, str) else value))
    if targets:
        yield example.lang, example.target
