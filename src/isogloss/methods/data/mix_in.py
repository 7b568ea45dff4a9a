"""Mix labelled shots or unlabelled text of the target languages into training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from isogloss import plugin
from isogloss.core.claim import Claim
from isogloss.core.field import Count, Langs, Number, Range
from isogloss.core.input import ANY
from isogloss.core.method import Context, Method
from isogloss.core.types import Example
from isogloss.mini.bench import VERBALISE

PASSES = 10
"""Most copies of the source examples in the list, so that it stays small."""


@dataclass(frozen=True)
class MixIn(Method):
    """Mix labelled shots or unlabelled text of the target languages into training.

    Unlabelled text becomes a denoising task, as in the backbone's pre-training:
    T5's spans, BART's masks, continuation for decoders.
    """

    langs: Langs
    """Languages to mix in: one target, or all of them at once."""
    share: Annotated[float, Range(above=0, below=1)] = 0.01
    """Share of the training examples that is mixed in, over all languages together;
    the paper's is one in a hundred."""
    count: Count | None = None
    """Examples per language, instead of a share."""
    labels: bool = False
    """Mix in labelled examples of the task, and not unlabelled text."""
    draw: Number = 0
    """Which of the draws of labelled examples; `shots` has the same ones."""

    inputs = ANY
    version = "3"
    needs = ("target_labels", "target_text")
    cite = "Vu et al. 2022, 2205.12647"
    claim = "Mixing in unlabelled text of the target language lessens forgetting"
    claims = (
        Claim(
            "Mixing in unlabelled text of the target language lessens forgetting",
            "2205.12647",
            VERBALISE,
            {"higher": {"recipe": f"mix_in(langs={[*VERBALISE.targets]})"}, "than": {"recipe": ""}},
        ),
    )
    example = "mix_in(langs=['sw'], share=0.01)"

    def needed(self) -> tuple[str, ...]:
        """Need labels, or else text."""
        return ("target_labels",) if self.labels else ("target_text",)

    def misfit(self, kind: str, family: str) -> str:
        """Refuse text where the task's head can't learn from it, beside the task's examples."""
        if not self.labels and not (plugin.kind(kind).writes and plugin.family(family).writes):
            return (
                f"mixes text into generate tasks only, not {kind} on {family}: set labels=True, "
                "or take continue_pretraining"
            )
        return super().misfit(kind, family)

    def data(self, train: list[Example], ctx: Context) -> list[Example]:
        """Add the examples, in proportion to the source examples."""
        if self.labels:
            number = self._number(len(train))
            shots = [
                shot for lang in self.langs for shot in ctx.labels(lang, number, draw=self.draw)
            ]
            return train + [replace(shot, origin="mixed") for shot in shots]
        if self.count is None:
            # A small training set is passed over many times; its texts should differ each time.
            seen = ctx.run.fit.steps * ctx.run.fit.batch
            train = train * max(1, min(PASSES, seen // len(train)))
        return train + self._texts(self._number(len(train)), ctx)

    def _number(self, sources: int) -> int:
        """Count the examples to add per language."""
        if self.count is not None:
            return self.count
        return max(1, round(self.share / (1 - self.share) * sources / len(self.langs)))

    def _texts(self, number: int, ctx: Context) -> list[Example]:
        from isogloss.models.family.backbone import recorded
        from isogloss.models.family.denoise import from_text, noise_of

        noise = noise_of(recorded(ctx.run.model, ctx.run.revision))
        return from_text(ctx, self.langs, noise, number, salt="mix_in ", again=True)
