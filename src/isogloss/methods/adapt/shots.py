"""Go on training with a few labelled examples of each target language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.claim import Claim
from isogloss.core.field import Count, Number, Rate
from isogloss.core.input import ANY
from isogloss.core.method import Context, Method
from isogloss.core.types import Example
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Shots(Method):
    """Go on training with a few labelled examples of each target language.

    Every target language gets a copy of the model of its own; the sources keep
    the model as it is. A draw's examples are the same for every method and
    seed, and those of a smaller k are among those of a larger one.
    """

    k: Number = 10
    """Labelled examples per language; 0 leaves the model as it is."""
    steps: Count = 50
    """Updates on them."""
    lr: Rate | None = None
    """Peak learning rate; null takes the run's."""
    draw: Number = 0
    """Which of the draws of examples."""

    inputs = ANY
    version = "2"
    needs = ("target_labels",)
    cite = "Lauscher et al. 2020, 2005.00633; Muller et al. 2022, 2212.01757"
    claim = "The score grows with the logarithm of the number of target examples"
    claims = (
        Claim(
            "The score grows with the logarithm of the number of target examples",
            "2212.01757",
            VERBALISE,
            {"better_fit": {"recipe": ""}},
            also=({"recipe": "shots(k={k})", "k": [1, 4, 16, 64]},),
        ),
    )
    example = "shots(k=4, steps=2)"

    def needed(self) -> tuple[str, ...]:
        """Need labels, unless there are no shots."""
        return self.needs if self.k else ()

    def cover(self, lang: str, ctx: Context) -> None:
        """Ask for the labelled examples."""
        if self.k:
            self._examples(lang, ctx)

    def adapt(self, model: Model, lang: str, ctx: Context) -> Any:
        """Train a copy on the language's examples.

        Raises:
            Uncovered: the language has fewer labelled examples.
        """
        if lang in ctx.sources or not self.k:
            return model
        examples = self._examples(lang, ctx)
        options: dict[str, Any] = {"steps": self.steps, "snapshots": 1, "patience": 0}
        options |= {"lr": self.lr} if self.lr else {}
        return ctx.fit(model.copy(), examples, **options)

    def _examples(self, lang: str, ctx: Context) -> list[Example]:
        return ctx.labels(lang, self.k, draw=self.draw)
