"""The published measures of some texts, beside the honest rate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from isogloss.core.errors import IsoglossError
from isogloss.core.identifier import Identifier
from isogloss.fidelity.published import (
    Confusion,
    confusion,
    correct_language_rate,
    mean_confidence,
    tokenizer,
)


@dataclass(frozen=True)
class Published:
    """What others' definitions say of the texts of one language; None where undefined."""

    lang: str
    counts: Confusion | None
    """As the language-confusion script counts."""
    clr: float | None
    """Correct-language rate over texts of more than 20 characters."""
    skipped: float | None
    """Share of texts that this rate skips."""
    confidence: float | None
    """Mean probability of the language."""
    why: str = ""
    """Why something is not there, with what to do about it."""

    @property
    def passed(self) -> float | None:
        """Give the share of responses that the script skips, and so doesn't fail."""
        return self.counts.skipped / self.counts.n if self.counts and self.counts.n else None

    def to_json(self) -> dict[str, float | str | None]:
        """Give the measures by their names."""
        counts = self.counts
        values = {
            "lpr": counts.lpr if counts else None,
            "wpr": counts.wpr if counts else None,
            "lcpr": counts.lcpr if counts else None,
            "lpr_skipped": self.passed,
            "correct_language_rate": self.clr,
            "correct_language_rate_skipped": self.skipped,
            "mean_confidence": self.confidence,
        }
        # JSON has no word for a rate over nothing
        known = {key: None if value != value else value for key, value in values.items()}
        return known | ({"why": self.why} if self.why else {})


def published(
    texts: Sequence[str], lang: str, identifier: Identifier, english: Collection[str] | None
) -> Published:
    """Compute the published measures of the texts of one language.

    What can't be computed, as the tokenizer is missing or the identifier doesn't
    know the language, is left out, and `why` says so.
    """
    if lang not in identifier.labels:
        return Published(lang, None, None, None, None, f"the identifier doesn't know '{lang}'")
    rate, skipped = correct_language_rate(texts, lang, identifier=identifier)
    confidence = mean_confidence(texts, lang, identifier=identifier)
    try:
        split = tokenizer(lang)
    except IsoglossError as error:
        why = f"{error.what}: {error.hint.split(', or')[0]}"
        return Published(lang, None, rate, skipped, confidence, why)
    counts = confusion(texts, lang, identifier=identifier, english=english, tokenize=split)
    return Published(lang, counts, rate, skipped, confidence)
