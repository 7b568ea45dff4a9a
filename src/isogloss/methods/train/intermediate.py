"""Train on unlabelled text first, and on the task after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.claim import Claim
from isogloss.core.field import Count, Langs, Rate
from isogloss.core.method import Context, Method, Train
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model

_TUNED = {"recipe": f"intermediate(langs={[*VERBALISE.targets]}, steps=150)"}


@dataclass(frozen=True)
class Intermediate(Method):
    """Train on unlabelled text first, and on the task after it.

    On text the backbone does what its pre-training did, in all the languages at once:
    encoders guess hidden words, encoder-decoders restore corrupted text, decoders go on
    from each token. `continue_pretraining` does the same once for many runs.
    """

    langs: Langs
    """Languages of the text."""
    steps: Count = 500
    """Updates of the first phase."""
    lr: Rate | None = None
    """Peak learning rate of the first phase; null takes the run's."""
    texts: Count | None = None
    """Most texts per language; null: as many as the first phase sees."""

    version = "4"
    needs = ("target_text",)
    cite = "Chirkova & Nikoulina 2024, 2402.12279"
    claim = "Intermediate tuning on text helps answers in the right language, mBART's above all"
    claims = (
        Claim(
            "Intermediate tuning on text keeps the language better",
            "2402.12279",
            VERBALISE,
            {"higher": _TUNED, "than": {"recipe": ""}, "metric": "correct_language"},
        ),
        Claim(
            "Intermediate tuning helps mBART more than mT5",
            "2402.12279",
            VERBALISE,
            {
                "interaction": {
                    "higher": _TUNED,
                    "than": {"recipe": ""},
                    "where": {"model": "mini/mbart"},
                    "more_than": {"model": "mini/mt5"},
                },
                "metric": "correct_language",
            },
        ),
    )
    example = "intermediate(langs=['sw'], steps=2)"

    def train(self, train: Train, ctx: Context) -> Train:
        """Put a phase on text before the training."""
        from isogloss.models.family.denoise import seen
        from isogloss.models.train.text import fit_text

        def in_two_phases(model: Model, examples: Any, **options: Any) -> Any:
            number = self.texts or seen(ctx, self.steps, len(self.langs))
            texts = {lang: ctx.text(lang, number) for lang in self.langs}
            lr = self.lr or ctx.run.fit.lr
            return train(fit_text(model, texts, ctx, steps=self.steps, lr=lr), examples, **options)

        return in_two_phases
