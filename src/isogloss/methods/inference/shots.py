"""Go on training with a few labelled examples of each target language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.method import Context, Method


@dataclass(frozen=True)
class Shots(Method):
    """Go on training with a few labelled examples of each target language.

    Every target language gets a copy of the model of its own; the sources keep
    the model as it is. The examples are drawn by the run's seed.
    """

    k: int = 10
    """Labelled examples per language."""
    steps: int = 50
    """Updates on them."""
    lr: float | None = None
    """Peak learning rate; null takes the run's."""

    needs = ("target_labels",)
    cite = "Lauscher et al. 2020, 2005.00633"
    claim = "A few target examples after training on the source close much of the gap"
    example = "shots(k=4, steps=2)"

    def adapt(self, model: Any, lang: str, ctx: Context) -> Any:
        """Train a copy on the language's examples.

        Raises:
            Uncovered: the language has fewer labelled examples.
        """
        if lang in ctx.sources:
            return model
        try:
            examples = ctx.labels(lang, self.k)
        except IsoglossError as error:
            raise Uncovered(error.what, error.hint) from error
        options: dict[str, Any] = {"steps": self.steps, "snapshots": 1, "patience": 0}
        options |= {"lr": self.lr} if self.lr else {}
        return ctx.fit(model.copy(), examples, **options)
