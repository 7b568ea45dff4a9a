"""Probabilities over a candidate set from any identifier, in batches and from memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isogloss.core.errors import IsoglossError
from isogloss.core.identifier import Identifier

BATCH = 4096
"""Texts scored at a time."""
MEMORY = 100_000
"""Answers kept, so that an output that comes again is not scored again."""

Ranked = list[tuple[str, float]]


def identify(
    identifier: Identifier, texts: Sequence[str], candidates: frozenset[str] | None = None
) -> list[Ranked]:
    """Rank the candidate languages of each text by probability, best first.

    Args:
        identifier: any plug-in.
        texts: what is identified; equal texts are scored once.
        candidates: codes of the registry; those that the identifier doesn't know
            are left out. None: all that it knows.

    Returns:
        For each text (code, probability) pairs that add up to 1; empty where the
        identifier saw nothing that it knows.

    Raises:
        IsoglossError: the identifier knows none of the candidates.
    """
    columns = _columns(identifier, candidates)
    codes = [identifier.labels[i] for i in columns]
    found: dict[str, Ranked] = {}
    new = list(dict.fromkeys(texts))
    for first in range(0, len(new), BATCH):
        batch = new[first : first + BATCH]
        for text, row in zip(batch, _shares(identifier, batch, columns), strict=True):
            seen = not np.isnan(row).any()
            order = np.argsort(-row, kind="stable").tolist() if seen else []
            found[text] = [(codes[i], float(row[i])) for i in order]
    return [found[text] for text in texts]


class Best:
    """The likeliest language of each text and its probability, from memory where known."""

    def __init__(self, identifier: Identifier, candidates: frozenset[str] | None = None) -> None:
        self.identifier = identifier
        self._columns = _columns(identifier, candidates)
        self._known: dict[str, tuple[str, float]] = {}

    def __call__(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Give (code, probability) for each text; ("", 0.0) where nothing was seen."""
        known = self._known
        new = list(dict.fromkeys(text for text in texts if text not in known))
        fresh: dict[str, tuple[str, float]] = {}
        for first in range(0, len(new), BATCH):
            batch = new[first : first + BATCH]
            shares = _shares(self.identifier, batch, self._columns)
            seen = ~np.isnan(shares).any(axis=1)
            tops = np.where(seen[:, None], shares, 0.0).argmax(axis=1)
            for i, text in enumerate(batch):
                code = self.identifier.labels[self._columns[tops[i]]]
                fresh[text] = (code, float(shares[i, tops[i]])) if seen[i] else ("", 0.0)
        answers = [fresh[text] if text in fresh else known[text] for text in texts]
        if len(known) + len(fresh) > MEMORY:
            known.clear()
        known.update(fresh if len(fresh) <= MEMORY else {})
        return answers


def probability(identifier: Identifier, texts: Sequence[str], lang: str) -> list[float]:
    """Give the probability of one language for each text, among all; 0 where nothing was seen.

    Raises:
        IsoglossError: the identifier doesn't know the language.
    """
    _columns(identifier, frozenset({lang}))
    column = identifier.labels.index(lang)
    every = _columns(identifier, None)
    known: dict[str, float] = {}
    new = list(dict.fromkeys(texts))
    for first in range(0, len(new), BATCH):
        batch = new[first : first + BATCH]
        shares = np.nan_to_num(_shares(identifier, batch, every)[:, column])
        known.update(zip(batch, shares.tolist(), strict=True))
    return [known[text] for text in texts]


def _columns(identifier: Identifier, candidates: frozenset[str] | None) -> list[int]:
    found = [
        i for i, code in enumerate(identifier.labels) if candidates is None or code in candidates
    ]
    if not found:
        asked = ", ".join(sorted(candidates or ()))
        what = f"identifier '{identifier.name}' knows none of: {asked}"
        raise IsoglossError(what, "take another identifier: isogloss list identifiers")
    return found


def _shares(identifier: Identifier, texts: Sequence[str], columns: list[int]) -> np.ndarray:
    """Give probabilities over the columns; rows of NaN where nothing was seen."""
    scores = np.asarray(identifier.scores(texts), dtype=float)[:, columns]
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return shares
