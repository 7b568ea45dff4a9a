"""Translate the training examples into the target languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from isogloss import plugin
from isogloss.core.claim import Claim
from isogloss.core.field import Langs
from isogloss.core.method import Context, Method, Train
from isogloss.core.types import Example
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class TranslateTrain(Method):
    """Translate the training examples into the target languages.

    Labels are kept and generated answers translated. Tags and spans would have
    to be projected and are left to another method.
    """

    langs: Langs
    """Languages to translate into."""
    keep: bool = True
    """Train on the source examples as well."""

    needs = ("translator",)
    kinds = ("generate", "classify", "choose")
    cite = "Hu et al. 2020, 2003.11080"
    claim = "Translated training data beat zero-shot transfer"
    claims = (
        Claim(
            "Translated training data beat zero-shot transfer",
            "2003.11080",
            VERBALISE,
            {
                "higher": {"recipe": "translate_train(langs=['fr', 'ru', 'fi', 'ja'])"},
                "than": {"recipe": ""},
                "langs": ["fr", "ru", "fi", "ja"],
            },
        ),
    )
    example = "translate_train(langs=['sw'])"

    def data(self, train: list[Example], ctx: Context) -> list[Example]:
        """Add a translation of every example into every language."""
        from isogloss.material.translation import translate_examples

        targets = plugin.kind(ctx.task.kind).writes
        made = [
            replace(example, id=f"{example.id}-{lang}", origin="translated")
            for lang in self.langs
            for example in translate_examples(train, lang, ctx.translate, targets=targets)
        ]
        return train + made if self.keep else made

    def train(self, train: Train, ctx: Context) -> Train:
        """Note how many translations have no end."""
        from isogloss.material.translation import unfinished

        def noted(model: Model, examples: Sequence[Example], **options: Any) -> Any:
            every = Counter(each.lang for each in examples if each.origin == "translated")
            lost = Counter(each.lang for each in examples if unfinished(each))
            if lost:
                told = ", ".join(f"{lang} {lost[lang]} of {every[lang]}" for lang in sorted(lost))
                model.note.append(f"translations without an end: {told}")
            return train(model, examples, **options)

        return noted
