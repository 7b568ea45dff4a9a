"""Which languages a released backbone has seen, by its name alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.data import text

RELEASED = {
    "umt5": "umt5", "mt5": "mt5", "byt5": "byt5", "nllb": "nllb", "m2m100": "m2m100",
    "mbart-large-50": "mbart50", "mbart-large-cc25": "mbart", "xlm-roberta": "xlmr",
    "xlm-r": "xlmr", "bert-base-multilingual": "mbert", "bloom": "bloom", "xglm": "xglm",
}  # fmt: skip
"""Part of a hub id -> its name in the language registry."""


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
        try:
            found = text.parse(text.read(card))
        except text.BrokenJSON as error:
            raise IsoglossError(f"{card}:{error.line}: {error}", "mend the card") from None
        langs = found.get("langs") if isinstance(found, dict) else found
        if langs is not None and not _texts(langs):
            raise IsoglossError(f"{card}: langs must be a list of codes", 'write ["en", "sw"]')
        return frozenset(langs) if langs else None
    from isogloss.data.language import languages

    key = None if name.startswith("mini/") else released(name)
    return frozenset(lang.code for lang in languages() if key in lang.seen) if key else None


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
