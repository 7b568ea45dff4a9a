"""The built-in world of real languages, and five small backbones pretrained on it."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
NAMES = ("mt5", "mbart", "nllb", "xlmr", "gpt")


def names() -> tuple[str, ...]:
    """List the backbones in the package."""
    return NAMES


def path(name: str) -> Path:
    """Give the folder of a backbone: config, weights, tokenizer and card.

    Raises:
        IsoglossError: there is no backbone of this name.
    """
    from isogloss.core.errors import unknown

    name = name.removeprefix("mini/")
    if name not in NAMES:
        raise unknown("backbone", f"mini/{name}", [f"mini/{known}" for known in NAMES])
    return WEIGHTS / name
