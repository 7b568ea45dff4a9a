"""Share of outputs that are in the expected language, of those that can be judged.

Outputs in another language or script, half in another, copied from the input,
stuck in a loop, or empty are wrong. What is in the language or in a sibling that
can't be told from it counts as right, and lowers the interval's low end as if it
were wrong; ``language_sibling`` says how much that is. What is too short to tell, or
in a language that the identifier can't tell, is left out; ``language_coverage`` says
how many outputs are left. Judge the references too: on a few words the identifier
passes fewer than all of them. ``isogloss fidelity`` gives each verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.fidelity import Verdict, judge
from isogloss.fidelity.mask import mask
from isogloss.language.word import words
from isogloss.metrics.item import Array, mean, output, pair, ratio, references


def verdicts(
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    lang: str,
    identifier: str = "",
) -> list[Verdict]:
    """Judge the outputs of one language, by the built-in identifier or another.

    Raises:
        IsoglossError: the language is unknown.
    """
    pairs = pair(examples, predictions)
    texts = [output(prediction) for _, prediction in pairs]
    inputs = [_asked(example, text) for (example, _), text in zip(pairs, texts, strict=True)]
    return judge(identifier)(texts, lang, inputs)


def stats(
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    lang: str,
    identifier: str = "",
) -> Array:
    """Give (passed, judged, right and in no sibling) for each item."""
    found = verdicts(examples, predictions, lang, identifier)
    rows = [(one.right, one.judged, one.kind == "right") for one in found]
    return np.array(rows, dtype=float).reshape(-1, 3)


def lowest(totals: Array) -> Array:
    """Give the rate if all that may be in a sibling were."""
    return ratio(totals[..., 2], totals[..., 1])


def _asked(example: Example, text: str) -> str:
    """Give the input text that an output may be a copy of; none where a copy is right."""
    fields = [value for value in example.inputs.values() if isinstance(value, str)]
    if not fields or not text:
        return ""
    asked = min(fields, key=lambda field: abs(len(field) - len(text)))
    if example.target is not None:
        if any(words(mask(gold)) == words(mask(asked)) for gold in references(example)):
            return ""
    return asked


METRIC = Metric(
    version="4",
    kinds=("generate",),
    stats=stats,
    score=mean,
    lowest=lowest,
    signature=lambda lang: judge().signature(lang),
    needs_gold=False,
    cite="Chirkova & Nikoulina 2024, 2402.12279",
)


def by(identifier: str) -> Metric:
    """Give the same metric with another identifier."""
    return replace(
        METRIC,
        name="correct_language",
        stats=partial(stats, identifier=identifier),
        signature=lambda lang: judge(identifier).signature(lang),
    )
