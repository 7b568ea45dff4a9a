"""Train on unlabelled text alone, and not on the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.field import Count, Langs
from isogloss.core.method import Context, Method, Train

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class TextOnly(Method):
    """Train on unlabelled text alone, and not on the task.

    On text the backbone does what its pre-training did. What is trained is a language
    module: `arithmetic` adds it to one that was trained on the task.
    """

    langs: Langs
    """Languages of the text."""
    texts: Count = 10000
    """Most texts per language."""

    version = "3"
    needs = ("target_text",)
    cite = "Chronopoulou et al. 2024, 2311.09344"
    claim = ""
    example = "text_only(langs=['sw'])"

    def train(self, train: Train, ctx: Context) -> Train:
        """Train on text in the place of the task."""
        from isogloss.models.family.denoise import seen
        from isogloss.models.train.text import fit_text

        def on_text(model: Model, examples: Any, **options: Any) -> Any:
            number = min(self.texts, seen(ctx, ctx.run.fit.steps, len(self.langs)))
            texts = {lang: ctx.text(lang, number) for lang in self.langs}
            return fit_text(model, texts, ctx, snapshots=ctx.run.fit.snapshots)

        return on_text
