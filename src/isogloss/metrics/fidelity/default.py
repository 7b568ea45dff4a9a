"""The built-in identifier, as the judge needs it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np

from isogloss.core.errors import IsoglossError
from isogloss.data.language import language


class Default:
    """py3langid, by the registry's codes."""

    @property
    def signature(self) -> str:
        return f"py3langid {version('py3langid')}"

    @cached_property
    def _model(self) -> Any:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE)

    @cached_property
    def _known(self) -> dict[str, str]:
        known = {}
        for label in self._model.labels:
            try:
                known[language(label).code] = label
            except IsoglossError:
                continue
        return known

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self._known)

    @cached_property
    def _columns(self) -> list[int]:
        classes = list(self._model.nb_classes)
        return [classes.index(label) for label in self._known.values()]

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        out = np.empty((len(texts), len(self._columns)))
        for i, text in enumerate(texts):
            row = self._model._decide(text)
            temper = math.sqrt(len(text.encode()))
            out[i] = row[self._columns] / temper if row.max() > -1e30 else np.nan
        return out
