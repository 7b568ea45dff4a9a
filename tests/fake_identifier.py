"""An identifier for tests that says what a function of the text says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from isogloss.core.identifier import Identifier

LABELS = ("ar", "de", "en", "fr", "hi", "ja", "km", "ko", "ru", "sw", "th", "zh")


class Told:
    """Give a language the odds that a function of the text says."""

    labels = LABELS

    def __init__(self, tell: Callable[[str], tuple[str, float]]) -> None:
        self.tell = tell
        self.asked: list[str] = []

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        out = np.zeros((len(texts), len(LABELS)))
        for row, text in zip(out, texts, strict=True):
            lang, share = self.tell(text)
            if lang:
                row[:] = np.log((1 - share) / (len(LABELS) - 1))
                row[LABELS.index(lang)] = np.log(share)
            else:
                row[:] = np.nan
        return out


def telling(tell: Callable[[str], tuple[str, float]]) -> Identifier:
    return Identifier(version="1", open=lambda _: Told(tell), name="told")


def always(lang: str, share: float = 0.99) -> Identifier:
    return telling(lambda _: (lang, share))
