"""A fastText model file of your own: lid.176, GlotLID, OpenLID, NLLB's.

Written `fasttext:models/lid.176.bin`. Labels are read as `__label__en`,
`__label__eng` or `__label__eng_Latn`; those that the language registry doesn't
know are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.core.errors import IsoglossError
from isogloss.core.identifier import Identifier
from isogloss.language.registry import find_language

LEAST = 1e-9
"""Probability of a label that the model leaves out."""
PREFIX = "__label__"


class Model:
    """A loaded model file."""

    def __init__(self, path: str) -> None:
        import fasttext

        if not Path(path).is_file():
            raise IsoglossError(f"no fastText model '{path}'", "write fasttext:PATH_OF_MODEL.bin")
        try:
            self._model: Any = fasttext.load_model(path)
            labels, _ = self._model.predict("a", k=-1, threshold=-1.0)
        except (ValueError, RuntimeError, MemoryError) as error:
            what = f"'{path}' is no fastText model for identification: {error}"
            raise IsoglossError(what, "give a supervised model, .bin or .ftz") from None
        places: dict[str, int] = {}
        self._column = {
            label: places.setdefault(code, len(places))
            for label in sorted(labels)
            if (code := _code(label.removeprefix(PREFIX)))
        }
        self.labels = tuple(places)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Give logarithms of the probabilities."""
        out = np.full((len(texts), len(self.labels)), LEAST)
        column = self._column
        for i, text in enumerate(texts):
            words = " ".join(text.split())  # a model takes one line
            labels, shares = self._model.predict(words, k=-1, threshold=LEAST)
            if not words or not labels:
                out[i] = np.nan
            for label, share in zip(labels, shares, strict=True):
                if label in column:
                    out[i, column[label]] = max(out[i, column[label]], share)
        logs: np.ndarray = np.log(out)
        return logs


def _code(label: str) -> str:
    try:
        return find_language(label).code
    except IsoglossError:
        return ""


IDENTIFIER = Identifier(
    version="1",
    open=Model,
    package="fasttext-predict",
    takes="a model file",
    licence="MIT; a model file has its own",
    cite="Joulin et al. 2017, 1607.01759",
)
