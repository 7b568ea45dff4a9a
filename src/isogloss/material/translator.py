"""A translator: a translation model on the hub or in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from isogloss.core.material import Material, Opened, Toy

VERSION = "2"
"""Bump when a translation by the same model could change: how texts are split and joined."""


def _open(name: str, base: Path) -> Opened:
    from isogloss.material import translate

    place = str(base / name) if (base / name).is_dir() else name
    return Opened(translate.translator(place), partial(_pinned, name, place))


def _pinned(name: str, place: str) -> str:
    from isogloss.material import translate

    return f"{name} {VERSION} {translate.revision(place)}"


def _toy(toy: Toy, texts: Sequence[str], source: str, target: str) -> list[str]:
    """Translate word by word; other words stay, and what follows the last word is lost."""
    from isogloss.material.translation import Unfinished

    known = dict(zip(toy.words[source], toy.words[target], strict=True))
    found = [" ".join(known.get(word, word) for word in text.split()) for text in texts]
    last = toy.words[target][-1]
    return [Unfinished(text) if text.endswith(last) else text for text in found]


MATERIAL = Material(
    langs=(), example="facebook/nllb-200-distilled-600M", open=_open, toy=_toy, short="translate"
)
