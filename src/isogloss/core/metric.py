"""A metric as sums of per-item statistics, so that resampling is a matrix product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.core.types import Example, Prediction


def no_settings(lang: str) -> str:
    """Return the signature of a metric without settings."""
    return ""


@dataclass(frozen=True)
class Metric:
    """Score the predictions of one language from per-item sufficient statistics."""

    version: str
    kinds: tuple[str, ...]
    """Kinds of tasks that it is for; none named: all, which the lookup puts in, as it does
    those that have it among their own ``metrics``."""
    stats: Callable[[Sequence[Example], Sequence[Prediction], str], Any]
    """(gold examples, predictions, language) -> float64 array (items, k); rows add up."""
    score: Callable[[Any], Any]
    """Totals (..., k) -> scores (...,)."""
    signature: Callable[[str], str] = no_settings
    """Language -> the settings that can move the score: tokenizer, identifier, versions."""
    scale: float = 1.0
    """The largest value: 1 for shares, 100 for sacrebleu's scores."""
    higher: bool = True
    """Whether a higher value is better."""
    needs_gold: bool = True
    """False where the output alone is judged; such a metric judges references too."""
    lowest: Callable[[Any], Any] | None = None
    """Totals -> scores if all that can't be told counted against it: the interval's low end."""
    cite: str = ""
    name: str = ""
    """The file's name; set by the lookup."""
