"""Compact Language Detector 2, 162 languages: fast, small, rough on short text.

It names at most three languages a text, with their shares of it; every other
language scores as good as never.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import regex

from isogloss.core.identifier import Identifier
from isogloss.language.registry import languages

NEVER = math.log(1e-6)
"""Score of a language that is not among the three."""
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}\p{Cn}]")


class Detector:
    """The package's one function."""

    def __init__(self) -> None:
        import pycld2

        self._detect = pycld2.detect
        codes = {code for _, code in pycld2.LANGUAGES}
        known = {
            language.identifiers["cld2"]: language.code
            for language in languages()
            if language.identifiers.get("cld2") in codes
        }
        self.labels = tuple(known.values())
        self._columns = {code: i for i, code in enumerate(known)}

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Give logarithms of the shares."""
        out = np.full((len(texts), len(self.labels)), NEVER)
        for i, text in enumerate(texts):
            # it refuses control characters and broken surrogates as invalid
            _, _, found = self._detect(_CONTROL.sub(" ", text), bestEffort=True)
            shares = [(self._columns[code], share) for _, code, share, _ in found if code != "un"
                      and code in self._columns and share]  # fmt: skip
            if not shares:
                out[i] = np.nan
            for column, share in shares:
                out[i, column] = math.log(share / 100.0)
        return out


IDENTIFIER = Identifier(
    version="1",
    open=lambda _: Detector(),
    package="pycld2",
    licence="Apache-2.0",
    cite="https://github.com/CLD2Owners/cld2",
)
