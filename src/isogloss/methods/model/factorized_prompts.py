"""Train a prompt of a task part and a language part, and recombine them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Langs
from isogloss.core.material import Reading
from isogloss.core.method import Context, Method, Train
from isogloss.core.run import Run
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model

_FIT = {"lr": 0.3, "optimizer": "adafactor", "schedule": "constant"}
"""The paper's, for prompts."""


@dataclass(frozen=True)
class FactorizedPrompts(Method):
    """Train a prompt of a task part and a language part, and recombine them.

    The languages' parts are learned first, on unlabelled text made into the
    denoising task of the backbone's pre-training, and frozen. Then a new task part
    is trained beside the source's. An input gets the part of its own language;
    that of a language without one is the first source's.
    """

    langs: Langs
    """Languages that get a part, beside the sources."""
    length: Count = 50
    """Vectors of the task part."""
    part: Count = 50
    """Vectors of a language's part; 100 in all, as in prompt_tuning."""
    steps: Count = 500
    """Updates on text."""
    texts: Count | None = None
    """Most texts per language; null: as many as the updates on text see."""

    version = "3"
    needs = ("target_text",)
    kinds = ("generate",)
    families = ("encoder_decoder", "decoder")
    adds = "prompt"
    lrs = (0.3, 0.1, 0.03)
    cite = "Vu et al. 2022, 2205.12647"
    claim = "Recombined prompts lessen forgetting where it is severe, in small models above all"
    claims = (
        Claim(
            "Recombined prompts keep the language better than one prompt",
            "2205.12647",
            VERBALISE,
            {
                "higher": {
                    "recipe": "factorized_prompts("
                    "langs=['fr', 'tr', 'ja'], length=10, part=10, steps=100)",
                    **_FIT,
                },
                "than": {"recipe": "prompt_tuning(length=20)", **_FIT},
                "metric": "correct_language",
                "langs": ["fr", "tr", "ja"],
            },
        ),
    )
    example = "factorized_prompts(langs=['sw'], length=4, part=4, steps=2)"

    def check(self, run: Run) -> None:
        """Refuse to learn the sources' parts alone."""
        if not set(self.langs) - set(run.sources):
            raise IsoglossError(
                "factorized_prompts: langs names no language but the sources",
                "name languages that have text, such as langs=['sw']",
            )

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """Read text of the sources too."""
        return tuple(Reading("text", (lang,), "train") for lang in self._all(run))

    def _all(self, run: Run) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*run.sources, *self.langs)))

    def model(self, model: Model, ctx: Context) -> Any:
        """Attach both parts and freeze the rest."""
        from isogloss.models.addition import prompt
        from isogloss.models.addition.freeze import adding

        langs, seed = self._all(ctx.run), ctx.run.seed
        shape: dict[str, Any] = {"length": self.length, "langs": langs, "part": self.part}
        with adding(model, "prompt", shape, seed=seed):
            count = self.length + self.part * len(langs)
            start = prompt.start(model, count, "vocabulary", seed)
            prompt.attach(model, **shape, start=start)
        model.note.append(f"prompt of {langs[0]} where a language is none of {', '.join(langs)}")
        return model

    def train(self, train: Train, ctx: Context) -> Train:
        """Learn the languages' parts on text, then a new task part on the task."""
        from isogloss.models.addition import prompt
        from isogloss.models.family.denoise import from_text, noise_of, seen

        def in_two_phases(model: Model, examples: Any, **options: Any) -> Any:
            noise = noise_of(model.backbone)
            langs = self._all(ctx.run)
            number = self.texts or seen(ctx, self.steps, len(langs))
            corrupted = from_text(ctx, langs, noise, number)
            model = train(model, corrupted, steps=self.steps, snapshots=1, patience=0)
            prompt.renew(model, prompt.start(model, self.length, "vocabulary", ctx.run.seed))
            return train(model, examples, **options)

        return in_two_phases
