"""Outputs on unlabelled inputs of a language, judged to choose a learning rate by."""

from __future__ import annotations

import random
from dataclasses import replace

from isogloss.analysis.select.language_kept import INPUT
from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.types import Example
from isogloss.run.context import Access

MOST = 100
"""Inputs answered in each language."""


def asked(split: str) -> bool:
    """Tell whether a split's name asks for unlabelled inputs."""
    return split.startswith(INPUT)


def inputs(ctx: Access, lang: str) -> list[Example]:
    """Give dev inputs, else train inputs, without labels and without the test set's.

    They are the same for every run.

    Raises:
        IsoglossError: there are none.
    """
    task, data = ctx.task, ctx.data_folder
    tested = {_text(example) for example in task.load(lang, "test", data)}
    for split in ("dev", "train"):
        examples = [e for e in task.load(lang, split, data) if _text(e) not in tested]
        if examples:
            draw = random.Random(f"inputs {lang}").sample(examples, min(MOST, len(examples)))
            return [replace(example, target=None) for example in draw]
    raise IsoglossError(
        f"{task.name} has no dev or train inputs in '{lang}' that are not in its test set",
        "leave the language out of langs in [select]",
    )


def metric(split: str) -> Metric:
    """Give the correct-language rate by the identifier that the split names."""
    from isogloss.metrics.correct_language import by

    return by(split.removeprefix(INPUT))


def _text(example: Example) -> str:
    return content_hash(example.inputs)
