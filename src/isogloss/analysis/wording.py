"""How numbers and names are spelled in running text."""

from __future__ import annotations

from collections.abc import Sequence


def spell(name: str) -> str:
    """Spell a name from the catalogue as words."""
    return name.replace("_", " ")


def quoted(name: str) -> str:
    """Set a system's name off from the sentence."""
    return f"“{name}”"


def listed(parts: Sequence[str]) -> str:
    """Join words by commas and an `and`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def number(value: float, scale: float = 1.0) -> str:
    """Write a score: two decimals of a share, one of a percentage."""
    digits = 2 if scale <= 1 else 1
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def spell_rate(lr: float) -> str:
    """Spell a learning rate as people write it: 1e-4, 2.5e-5."""
    if not lr:
        return "0"
    mantissa, power = f"{lr:e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
