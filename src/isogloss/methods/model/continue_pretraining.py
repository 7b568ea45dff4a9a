"""Go on with the pre-training on unlabelled text, before the task is learned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from isogloss.core.claim import Claim
from isogloss.core.field import Count, Langs, Rate, Share
from isogloss.core.material import Reading, readings
from isogloss.core.method import Context, Method
from isogloss.core.run import Run
from isogloss.mini.bench import MEASURE_KIND

if TYPE_CHECKING:
    from isogloss.models.model import Model

_TEXT = f"continue_pretraining(langs={[*MEASURE_KIND.targets]}, steps=200, lr=1e-3)"


@dataclass(frozen=True)
class ContinuePretraining(Method):
    """Go on with the pre-training on unlabelled text, before the task is learned.

    Encoders guess hidden words, encoder-decoders restore corrupted text, decoders go on
    from each token to the next, in all the languages at once. Tasks, sources and
    learning rates of a study share what comes of it. What is frozen by a method to
    the left stays as it is; `lora() + continue_pretraining(...)` trains the LoRA alone.
    """

    langs: Langs
    """Languages of the text, as many texts of each."""
    steps: Count = 500
    """Updates on text."""
    lr: Rate = 5e-5
    """Peak learning rate on text; the run's is the task's."""
    share: Share = 0.0
    """Share of the texts that are in the source languages, against forgetting."""

    needs = ("target_text",)
    cite = "Alabi et al. 2022, 2204.06487"
    claim = "Going on with masked language modelling on their text helps languages on average"
    claims = (
        Claim(
            "Going on with masked language modelling on their text helps languages on average",
            "2204.06487",
            MEASURE_KIND,
            {"higher": {"recipe": _TEXT}, "than": {"recipe": ""}},
        ),
    )
    example = "continue_pretraining(langs=['sw'], steps=2, lr=0.01)"

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """Announce the text, and that of the sources where they have a share."""
        more = (Reading("text", (lang,), "model") for lang in self._others(run))
        return (*readings(self, run.sources), *more)

    def model(self, model: Model, ctx: Context) -> Any:
        """Put in what the network has learned from the text, which is kept for all runs."""
        from isogloss.core.content import content_hash
        from isogloss.models.train.text import body, fit_text, put

        fit: dict[str, Any] = {"steps": self.steps, "lr": self.lr, "snapshots": 1, "patience": 0}
        # A finished run can do without its text.
        text = ctx.cache("text", lambda: content_hash(self._texts(ctx)))
        start = [(name, p.requires_grad, p) for name, p in body(model).items()]
        known = (model.backbone.revision, start, text, replace(ctx.run.fit, **fit), ctx.run.seed)

        def learned() -> dict[str, Any]:
            fit_text(model, self._texts(ctx), ctx, **fit)
            return {name: p.detach() for name, p in body(model).items() if p.requires_grad}

        put(model, ctx.cache(content_hash(known), learned, shared=True))
        return model

    def _texts(self, ctx: Context) -> dict[str, list[str]]:
        from isogloss.models.train.text import read

        total = self.steps * ctx.run.fit.batch
        others = self._others(ctx.run)
        share = self.share if others else 0.0
        texts = read(ctx, self.langs, ceil((1 - share) * total / len(self.langs)))
        return texts | (read(ctx, others, ceil(share * total / len(others))) if others else {})

    def _others(self, run: Run) -> tuple[str, ...]:
        """List the sources whose text is mixed in."""
        return tuple(lang for lang in run.sources if self.share and lang not in self.langs)
