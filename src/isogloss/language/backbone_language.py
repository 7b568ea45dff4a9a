"""Which languages a released backbone has seen, by its name alone."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from isogloss.core.disk import read_object

RELEASED = {
    "umt5": "umt5", "mt5": "mt5", "byt5": "byt5", "nllb": "nllb", "m2m100": "m2m100",
    "mbart-large-50": "mbart50", "mbart-large-cc25": "mbart", "xlm-roberta": "xlmr",
    "xlm-r": "xlmr", "bert-base-multilingual": "mbert", "bloom": "bloom", "xglm": "xglm",
}  # fmt: skip
"""Part of a hub id -> its name in the language registry."""
CARD = {"langs": tuple[str, ...] | None}
"""What is read of a model's card.json."""

MANY = 90
"""Languages from which on a model is one of many."""


def released(name: str) -> str | None:
    """Give a well-known model's name in the language registry, None for another."""
    return next((key for pattern, key in RELEASED.items() if pattern in name.lower()), None)


def seen(name: str) -> frozenset[str] | None:
    """List the languages that a backbone saw in pre-training; None where not known.

    A folder says it in its ``card.json``, a released model by its name.

    Raises:
        IsoglossError: the card is broken.
    """
    card = Path(name).expanduser() / "card.json"
    if name and card.is_file():
        langs = read_object(card, "save the model again", CARD).get("langs")
        return frozenset(langs) if langs else None
    from isogloss.language.registry import languages

    key = None if name.startswith("mini/") else released(name)
    return frozenset(lang.code for lang in languages() if key in lang.seen) if key else None


@cache
def _broad() -> frozenset[str]:
    """List the well-known models that saw many languages."""
    from isogloss.language.registry import languages

    counts = Counter(name for lang in languages() for name in lang.seen)
    return frozenset(name for name in RELEASED.values() if counts[name] >= MANY)


def unseen(lang: str) -> float:
    """Give the share of the well-known models of many languages that did not see one."""
    from isogloss.language.registry import find_language

    return 1 - len(find_language(lang).seen & _broad()) / len(_broad())
