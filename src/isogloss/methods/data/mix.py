"""Mix several sources by temperature or by ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Rate
from isogloss.core.input import ANY
from isogloss.core.method import Context, Method, Train
from isogloss.core.run import Run
from isogloss.core.types import Example
from isogloss.mini.bench import TAG_QUANTITY

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Mix(Method):
    """Mix several sources by temperature or by ratio.

    Without it, each source has the share of its own examples. The number of all
    examples stays what it was; a source that gets more than it has is repeated
    in whole passes, with a draw for what is left, and one that gets fewer is
    drawn from. The counts stand in the rows' notes.
    """

    temperature: Rate = 5.0
    """T of shares in proportion to n^(1/T): 1 keeps the sizes, a high one makes all alike."""
    ratio: tuple[Rate, ...] = ()
    """A number for each source, in the sources' order, instead of the temperature; what
    counts is their proportion."""

    inputs = ANY
    cite = "Arivazhagan et al. 2019, 1907.05019; Conneau et al. 2020, 1911.02116"
    claim = "Smoothed sampling helps the languages with less data"
    claims = (
        Claim(
            "Smoothed sampling helps the languages with less data",
            "1911.02116",
            TAG_QUANTITY,
            {
                "not_tested": "in the built-in world every language has as many examples "
                "as the others"
            },
        ),
    )
    least_sources = 2
    example = "mix(ratio=[3.0, 1.0])"

    def check(self, run: Run) -> None:
        """Refuse settings that don't fit the sources."""
        if self.ratio and len(self.ratio) != len(run.sources):
            raise IsoglossError(
                f"mix: ratio has {len(self.ratio)} numbers {list(self.ratio)} for "
                f"{len(run.sources)} sources: {', '.join(run.sources)}",
                "give one for each source, in their order",
            )

    def data(self, train: list[Example], ctx: Context) -> list[Example]:
        """Repeat and leave out examples of the sources; others stay."""
        own = [[each for each in train if each.lang == lang] for lang in ctx.sources]
        sizes = [len(examples) for examples in own]
        powers = [size ** (1 / self.temperature) for size in sizes]
        mixed = [each for each in train if each.lang not in ctx.sources]
        counts = divided(sum(sizes), self.ratio or powers)
        for lang, examples, count in zip(ctx.sources, own, counts, strict=True):
            if not examples:
                raise IsoglossError(f"mix: no training examples in '{lang}'", "leave it out")
            passes, left = divmod(count, len(examples))
            mixed += examples * passes + ctx.rng(f"mix {lang}").sample(examples, left)
        return mixed

    def train(self, train: Train, ctx: Context) -> Train:
        """Note how many examples of each source there are."""

        def noted(model: Model, examples: Sequence[Example], **options: Any) -> Any:
            langs = [example.lang for example in examples]
            counts = {lang: langs.count(lang) for lang in ctx.sources}
            if any(counts.values()):  # not so in a phase on text of other languages
                told = ", ".join(f"{lang} {count}" for lang, count in counts.items())
                model.note.append(f"mix of {told}")
            return train(model, examples, **options)

        return noted


def divided(total: int, shares: Sequence[float]) -> list[int]:
    """Divide a number by shares, into whole numbers that add up to it.

    Each is rounded down, and the largest remainders get what is left.
    """
    exact = [total * share / sum(shares) for share in shares]
    counts = [int(number) for number in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: counts[place] - exact[place])
    for place in by_remainder[: total - sum(counts)]:
        counts[place] += 1
    return counts
