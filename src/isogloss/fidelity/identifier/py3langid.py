"""Naive Bayes over byte n-grams, 139 languages; its model ships in a small wheel.

Scores equal the package's own up to rounding, in batches: all texts walk the
automaton together, a byte at a time.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from isogloss.core.errors import IsoglossError
from isogloss.core.identifier import Identifier
from isogloss.language.registry import find_language

BATCH = 2048
"""Texts that walk together."""
ALONE = 24
"""Texts left on the way below which each walks for itself, because that is faster."""


class Model:
    """The package's model, with its tables as arrays."""

    def __init__(self) -> None:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        model: Any = LanguageIdentifier.from_model_file(MODEL_FILE)
        self._next = np.frombuffer(model.tk_nextmove, dtype=f"u{model.tk_nextmove.itemsize}")
        self._base = np.array(model.tk_row, dtype=np.int64) << 8
        self._feature = np.array(model.tk_output, dtype=np.int64)
        self._walk = (model.tk_nextmove, self._base.tolist(), model.tk_output)
        self._weights = model.nb_ptc
        self._prior = model.nb_pc.astype(np.float64)
        places = _places(list(model.nb_classes))
        self.labels = tuple(places)
        # a language with two columns (sr in two scripts) scores as the better one
        self._first = [columns[0] for columns in places.values()]
        self._twice = [(columns[0], columns[1:]) for columns in places.values() if columns[1:]]

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Give log-likelihoods over the root of the length, which calibrates them."""
        out = np.empty((len(texts), len(self.labels)))
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for first in range(0, len(texts), BATCH):
            chosen = order[first : first + BATCH]
            out[chosen] = self._batch([texts[i] for i in chosen])
        return out

    def _batch(self, texts: Sequence[str]) -> np.ndarray:
        from scipy.sparse import csr_array

        encoded = [_encode(text) for text in texts]
        rows, features = self._visits(encoded)
        size = len(self._weights)
        keys, counts = np.unique(rows * size + features, return_counts=True)
        rows, features = np.divmod(keys, size)
        used = np.flatnonzero(np.bincount(features))
        columns = np.searchsorted(used, features)
        shape = (len(texts), len(used))
        found = csr_array((np.log1p(counts.astype(np.float64)), (rows, columns)), shape=shape)
        raw = found @ self._weights[used].astype(np.float64) + self._prior
        for first, others in self._twice:
            raw[:, first] = np.maximum(raw[:, first], raw[:, others].max(axis=1))
        scored: np.ndarray = raw[:, self._first]
        scored /= np.sqrt([[max(1, len(text))] for text in encoded])
        scored[np.bincount(rows, minlength=len(texts)) == 0] = np.nan
        return scored

    def _visits(self, encoded: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """Walk the automaton; give the features met as (text, feature) pairs."""
        order = np.array(sorted(range(len(encoded)), key=lambda i: -len(encoded[i])), dtype=int)
        lengths = np.array([len(encoded[i]) for i in order])
        starts = np.cumsum(lengths) - lengths
        flat = np.frombuffer(b"".join(encoded[i] for i in order), dtype=np.uint8)
        state = np.zeros(len(order), dtype=np.int64)
        rows, features = [], []
        step, alive = 0, len(order)
        while True:
            # the longest come first, so those still on the way are the first ones
            alive = int(np.searchsorted(-lengths, -step))
            if alive < ALONE:
                break
            state = self._next[self._base[state[:alive]] + flat[starts[:alive] + step]]
            found = self._feature[state]
            hit = np.flatnonzero(found >= 0)
            rows.append(order[hit])
            features.append(found[hit])
            step += 1
        for i in range(alive):
            met = self._alone(int(state[i]), encoded[order[i]][step:])
            rows.append(np.full(len(met), order[i]))
            features.append(np.array(met, dtype=np.int64))
        empty = np.zeros(0, dtype=np.int64)
        return np.concatenate([empty, *rows]), np.concatenate([empty, *features])

    def _alone(self, state: int, text: bytes) -> list[int]:
        following, base, features = self._walk
        met = []
        for letter in text:
            state = following[base[state] + letter]
            if features[state] >= 0:
                met.append(features[state])
        return met


def _encode(text: str) -> bytes:
    """Prepare a text as the package does: capitals alone say nothing."""
    if text.isupper():
        text = text.lower()
    return unicodedata.normalize("NFC", text).encode("utf-8", errors="surrogatepass")


def _places(classes: Sequence[str]) -> dict[str, list[int]]:
    """Give the columns of each language of the registry."""
    found: dict[str, list[int]] = {}
    for i, label in enumerate(classes):
        try:
            found.setdefault(find_language(label).code, []).append(i)
        except IsoglossError:  # zxx, which is no language
            continue
    return found


IDENTIFIER = Identifier(
    version="1",
    open=lambda _: Model(),
    package="py3langid",
    licence="BSD-3-Clause",
    cite="Lui & Baldwin 2012, https://aclanthology.org/P12-3005",
)
