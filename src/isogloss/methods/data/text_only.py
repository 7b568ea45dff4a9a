"""Train on unlabelled text alone, and not on the task."""

from __future__ import annotations

from dataclasses import dataclass

from isogloss.core.field import Count, Langs
from isogloss.core.method import Context, Method
from isogloss.core.types import Example


@dataclass(frozen=True)
class TextOnly(Method):
    """Train on unlabelled text alone, and not on the task.

    The text becomes the denoising task of the backbone's pre-training. What is
    trained is a language module: `arithmetic` adds it to one that was trained
    on the task.
    """

    langs: Langs
    """Languages of the text."""
    texts: Count = 10000
    """Most examples per language."""

    version = "2"
    needs = ("target_text",)
    kinds = ("generate",)
    families = ("encoder_decoder", "decoder")
    cite = "Chronopoulou et al. 2024, 2311.09344"
    claim = ""
    example = "text_only(langs=['sw'])"

    def data(self, train: list[Example], ctx: Context) -> list[Example]:
        """Make examples of the text, as many as the training sees."""
        from isogloss.models.family.backbone import recorded
        from isogloss.models.family.denoise import from_text, noise_of, seen

        noise = noise_of(recorded(ctx.run.model, ctx.run.revision))
        number = min(self.texts, seen(ctx, ctx.run.fit.steps, len(self.langs)))
        return from_text(ctx, self.langs, noise, number, salt="text_only ", again=True)
