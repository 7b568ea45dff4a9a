"""A language identifier as a plug-in: labels, and a score of each for every text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from isogloss.core.errors import IsoglossError


class Scorer(Protocol):
    """An identifier that is loaded and ready."""

    @property
    def labels(self) -> Sequence[str]:
        """List the languages it knows by the registry's codes, each once."""

    def scores(self, texts: Sequence[str]) -> Any:
        """Give a float64 array (texts, labels) of log-likelihoods, tempered by length.

        The softmax of a row is the identifier's probability. A row is NaN where
        it saw nothing that it knows. No text's row depends on the other texts.
        """


@dataclass(frozen=True)
class Identifier:
    """Tell in which language texts are written; loaded when it is first asked.

    What can move an answer is named in ``signature``. ``metrics.identify`` turns
    scores into probabilities over a candidate set.
    """

    version: str
    """Version of the plug-in; bump it when an answer could change."""
    open: Callable[[str], Scorer]
    """What stands behind the colon of its name -> the loaded identifier."""
    package: str = ""
    """The distribution that it needs and whose version can move an answer."""
    takes: str = ""
    """What stands behind the colon of its name, such as `a model file`; empty: nothing."""
    licence: str = ""
    cite: str = ""
    argument: str = ""
    """What stood behind the colon; set by the lookup."""
    name: str = ""
    """The file's name; set by the lookup."""

    @cached_property
    def scorer(self) -> Scorer:
        """Load it.

        Raises:
            IsoglossError: its package or its model file is missing.
        """
        try:
            return self.open(self.argument)
        except ModuleNotFoundError as error:
            what = f"identifier '{self.name}' needs the package {self.package or error.name}"
            raise IsoglossError(what, f"pip install {self.package or error.name}") from None

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """List the languages it knows, in the order of its scores."""
        return tuple(self.scorer.labels)

    def scores(self, texts: Sequence[str]) -> Any:
        """Score every language for each text; see ``Scorer``."""
        return self.scorer.scores(texts)

    @cached_property
    def signature(self) -> str:
        """Name it with its package's version and a digest of its model file."""
        try:
            found = f" {version(self.package)}" if self.package else ""
        except PackageNotFoundError:
            found = ""
        parts = [f"{self.name}{found}", f"plugin:{self.version}"]
        path = Path(self.argument)
        if self.argument and path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()[:8]
            parts.append(f"{path.name}:{digest}")
        elif self.argument:
            parts.append(self.argument)
        return "|".join(parts)
