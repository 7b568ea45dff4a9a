"""Translate the inputs into the source language, answer there, translate back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from isogloss import plugin
from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError
from isogloss.core.method import Context, Method, Predict
from isogloss.core.types import Example, Prediction
from isogloss.mini.bench import VERBALISE


@dataclass(frozen=True)
class TranslateTest(Method):
    """Translate the inputs into the source language, answer there, translate back.

    The first source language is used, and only generated answers are
    translated back; one that the translator refuses stays as it is. Answers to a
    translation whose end is missing are flagged as cut.
    """

    needs = ("translator",)
    kinds = ("generate", "classify", "choose")
    cite = "Hu et al. 2020, 2003.11080"
    claim = "Translating the test data into the source language is a strong baseline"
    claims = (
        Claim(
            "Translating the test data into the source language beats zero-shot transfer",
            "2003.11080",
            VERBALISE,
            {"higher": {"recipe": "translate_test()"}, "than": {"recipe": ""}},
        ),
    )

    def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
        """Ask the model in the source language."""
        from isogloss.material.translation import Unfinished, translate_examples, unfinished

        source = ctx.sources[0]

        def abroad(examples: Sequence[Example], **options: Any) -> list[Prediction]:
            asked = translate_examples(examples, source, ctx.translate)
            found = [
                _flagged(prediction, "cut") if unfinished(example) else prediction
                for example, prediction in zip(asked, predict(asked, **options), strict=True)
            ]
            if not plugin.kind(ctx.task.kind).writes:
                return found
            values = [prediction.value for prediction in found]
            try:
                answers = ctx.translate(values, source, lang)
            except IsoglossError:  # it refuses some: those stay as they are, and are wrong
                answers = [back(value) for value in values]
            return [
                _flagged(replace(p, value=str(v)), *["limit"] * isinstance(v, Unfinished))
                for p, v in zip(found, answers, strict=True)
            ]

        def back(answer: str) -> str:
            try:
                return ctx.translate([answer], source, lang)[0]
            except IsoglossError:
                return answer

        return predict if lang in ctx.sources else abroad


def _flagged(prediction: Prediction, *more: str) -> Prediction:
    return replace(prediction, flags=tuple(sorted({*prediction.flags, *more})))
