"""HeLI-OTS in Rust, 220 languages: the fastest for bulk, in 900 MB of memory.

The package is under the GPL 3 and never installed along with this one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from isogloss.core.errors import IsoglossError
from isogloss.core.identifier import Identifier
from isogloss.language.registry import find_language

TOP = 20
"""Languages asked for; the others score as the last one does."""
SCALE = math.log(10.0)
"""Its penalties are negative decimal logarithms, averaged over a text's words."""


class Model:
    """The package's model."""

    def __init__(self) -> None:
        import heliport

        self._model: Any = heliport.Identifier()
        places: dict[str, int] = {}
        self._column = {
            label: places.setdefault(code, len(places))
            for label in sorted(self._model.get_confidence_all())
            if (code := _code(label))
        }
        self.labels = tuple(places)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Give its penalties, turned round."""
        out = np.full((len(texts), len(self.labels)), np.nan)
        for i, text in enumerate(texts):
            ranked = self._model.identify_topk_with_score(text, TOP)
            known = [(self._column[x], -SCALE * score) for x, score in ranked if x in self._column]
            if known:
                out[i] = known[-1][1]
            for column, score in known:
                out[i, column] = max(out[i, column], score)
        return out


def _code(label: str) -> str:
    try:
        return find_language(label).code
    except IsoglossError:
        return ""


IDENTIFIER = Identifier(
    version="1",
    open=lambda _: Model(),
    package="heliport",
    licence="GPL-3.0",
    cite="https://github.com/ZJaume/heliport",
)
