"""Train on a fixed number of examples, shared equally among the source languages."""

from __future__ import annotations

from dataclasses import dataclass

from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Number
from isogloss.core.input import ANY
from isogloss.core.method import Context, Method
from isogloss.core.run import Run
from isogloss.core.types import Example


@dataclass(frozen=True)
class Budget(Method):
    """Train on a fixed number of examples, shared equally among the source languages.

    So runs from one source and from nine see as many labels. The examples are the
    same for every seed, and those of nine sources are among those of three.
    """

    examples: Count
    """Labelled examples, over all sources together."""
    draw: Number = 0
    """Which of the draws of labelled examples; `shots` has the same ones."""

    inputs = ANY
    cite = ""
    example = "budget(examples=4)"

    def check(self, run: Run) -> None:
        """Refuse a number that the sources can't share equally."""
        each, rest = divmod(self.examples, len(run.sources))
        if each < 1 or rest:
            raise IsoglossError(
                f"budget: {self.examples} examples are not shared equally by "
                f"{len(run.sources)} source languages",
                f"give a multiple of {len(run.sources)}",
            )

    def data(self, train: list[Example], ctx: Context) -> list[Example]:
        """Take the first examples of each source's draw."""
        each = self.examples // len(ctx.sources)
        return [
            example for lang in ctx.sources for example in ctx.labels(lang, each, draw=self.draw)
        ]
