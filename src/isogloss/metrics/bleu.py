"""BLEU by sacrebleu, with the tokenizer that the language needs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.fidelity.script import base, mostly_unspaced, unspaced
from isogloss.metrics import sacre
from isogloss.metrics.item import references

ORDER = 4


def tokenizer(lang: str) -> str:
    """Name sacrebleu's tokenizer for a language.

    `zh` for Chinese, `char` for the other languages without spaces between
    words (sacrebleu's own choice for Japanese needs MeCab), else `13a`.
    """
    if base(lang) in ("zh", "yue", "wuu"):
        return "zh"
    return "char" if unspaced(lang) else "13a"


@cache
def _scorer(tokenize: str) -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize=tokenize)


def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> np.ndarray:
    """Count lengths, and matched and all n-grams of orders 1 to 4.

    Raises:
        IsoglossError: no reference has four tokens, or the text has no spaces
            between words and its language is not known to be so.
    """
    golds = [text for example in examples for text in references(example)]
    scorer = _scorer(tokenizer(lang))
    if tokenizer(lang) == "13a" and mostly_unspaced(" ".join(golds)):
        raise IsoglossError(
            f"bleu can't split '{lang}': its text has no spaces between words",
            "score chrf, or give the language's own code",
        )
    if examples and all(len(scorer.tokenizer(text).split()) < ORDER for text in golds):
        raise IsoglossError(
            f"bleu is undefined for '{lang}': no reference has {ORDER} tokens",
            "score chrf",
        )
    return sacre.statistics(scorer, examples, predictions)


def score(totals: np.ndarray) -> np.ndarray:
    """Compute corpus BLEU with exponential smoothing, 0 to 100."""
    guess, gold = totals[..., 0], totals[..., 1]
    hits, counts = totals[..., 2 : 2 + ORDER], totals[..., 2 + ORDER :]
    smooth = 0.5 ** np.cumsum(hits == 0, axis=-1)
    precision = np.where(hits > 0, hits, smooth) / np.maximum(counts, 1)
    brevity = np.exp(np.minimum(0, 1 - gold / np.maximum(guess, 1)))
    defined = (counts > 0).all(-1) & (hits > 0).any(-1)
    return np.where(defined, 100 * brevity * np.exp(np.log(precision).mean(-1)), 0.0)


METRIC = Metric(
    version="1",
    kinds=("generate",),
    stats=stats,
    score=score,
    signature=lambda lang: sacre.signature(_scorer(tokenizer(lang))),
    scale=100.0,
    cite="Papineni et al. 2002, P02-1040; Post 2018, 1804.08771",
)
