"""Compare two texts by the words they share, for the ROUGE metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from isogloss.core.types import Example, Prediction
from isogloss.language.word import words
from isogloss.metrics.item import Stats, each, output, references

CITE = "Lin 2004, W04-1013"
KINDS = ("generate",)

Overlap = Callable[[Sequence[str], Sequence[str]], float]


def ngrams(order: int) -> Overlap:
    """Make the F1 over shared word n-grams, repeated ones clipped."""

    def overlap(gold: Sequence[str], guess: Sequence[str]) -> float:
        left, right = _count(gold, order), _count(guess, order)
        if not left and not right:
            return float(list(gold) == list(guess))
        return 2 * (left & right).total() / (left.total() + right.total())

    return overlap


def subsequence(gold: Sequence[str], guess: Sequence[str]) -> float:
    """Give the F1 over the longest common subsequence of two word lists."""
    if not gold and not guess:
        return 1.0
    return 2 * longest_common(gold, guess) / (len(gold) + len(guess))


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Measure the longest common subsequence with bit vectors (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for index, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << index
    full = (1 << len(one)) - 1
    state = full
    for word in other:
        hits = state & places.get(word, 0)
        state = ((state + hits) | (state - hits)) & full
    return len(one) - state.bit_count()


def rouge(overlap: Overlap) -> Stats:
    """Make the statistics of a ROUGE metric: F1 against the nearest reference.

    Two texts without a single word (or n-gram) to compare score 1 if their
    words are equal, where rouge_score gives 0.
    """

    def judge(example: Example, prediction: Prediction, lang: str) -> float:
        guess = words(output(prediction))
        return max(overlap(words(gold), guess) for gold in references(example))

    return each(judge)


def signature(lang: str) -> str:
    """Name the tokenizer: the same for every language."""
    return "f1|tok:unicode-words|unspaced:letters|case:lower|stem:no"


def _count(words: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(order)), strict=False))
