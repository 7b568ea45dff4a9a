"""Train on unlabelled text first, and on the task after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isogloss.core.claim import Claim
from isogloss.core.field import Count, Langs, Rate
from isogloss.core.method import Context, Method, Train
from isogloss.mini.bench import VERBALISE

_TUNED = {"recipe": f"intermediate(langs={[*VERBALISE.targets]}, steps=150)"}


@dataclass(frozen=True)
class Intermediate(Method):
    """Train on unlabelled text first, and on the task after it.

    The text is made into the denoising task of the backbone's pre-training, in
    all the languages at once.
    """

    langs: Langs
    """Languages of the text."""
    steps: Count = 500
    """Updates of the first phase."""
    lr: Rate | None = None
    """Peak learning rate of the first phase; null takes the run's."""
    texts: Count | None = None
    """Most texts per language; null: as many as the first phase sees."""

    version = "3"
    needs = ("target_text",)
    kinds = ("generate",)
    families = ("encoder_decoder", "decoder")
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
        from isogloss.models.family.denoise import from_text, noise_of, seen

        def in_two_phases(model: Any, examples: Any, **options: Any) -> Any:
            noise = noise_of(model.backbone)
            number = self.texts or seen(ctx, self.steps, len(self.langs))
            spoilt = from_text(ctx, self.langs, noise, number)
            first: dict[str, Any] = {"steps": self.steps, "snapshots": 1, "patience": 0}
            first |= {"lr": self.lr} if self.lr else {}
            return train(train(model, spoilt, **first), examples, **options)

        return in_two_phases
