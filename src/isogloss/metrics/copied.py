"""Share of outputs with the input's words, where the reference has others."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.fidelity.mask import mask
from isogloss.language.word import words
from isogloss.metrics.item import each, mean, output, references


def copies(example: Example, prediction: Prediction, lang: str) -> float | None:
    """Compare the words of an output with those of each input text."""
    inputs = [words(mask(text)) for text in example.inputs.values() if isinstance(text, str)]
    if example.target is not None:
        if any(words(mask(gold)) in inputs for gold in references(example)):
            return None
    guess = words(mask(output(prediction)))
    return float(bool(guess) and guess in inputs)


METRIC = Metric(
    version="2",
    kinds=("generate",),
    stats=each(copies),
    score=mean,
    higher=False,
    needs_gold=False,
)
