"""Find the foreign words in a text, from the evidence that each word gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from isogloss.fidelity.candidate import BIG, neighbours, siblings
from isogloss.fidelity.text import Word, letters_in, scripts

Array = np.ndarray

TOTAL = 4.0
"""Log odds, tempered by length, that a span's words must add up to."""
MEAN = 1.0
"""Log odds that a span's words must have on average."""
EDGE = 1.5
"""Log odds of the words at a span's ends."""
CAP = 6.0
"""The most that one word may add."""
FIRST = "\N{DOWNWARDS ARROW}"
"""Put behind a word whose capital may be that of a name or of a sentence's start."""
MAYBE = 2.0
"""The most that such a word may add."""
ENGLISH = 3.0
"""Added for words that are English and of no other language in the set."""
ROUGH = 0.8
"""Share of the languages with the lowest score from which a word's scores say nothing."""
ACRONYM = 5
"""Letters of the longest acronym; where no word in capitals is longer, that is what they are."""
MARKS = frozenset('.!?:;\n"“«(•*-–—…¿¡|[{')
"""Signs after which a capital says nothing."""

DIGIT = re.compile(r"\d")
UNITS = frozenset([
    "bit", "bps", "c", "cal", "cl", "cm", "db", "dl", "dpi", "f", "fps", "ft", "g", "gb", "gbps",
    "h", "ha", "hp", "hz", "k", "kb", "kbps", "kcal", "kg", "km", "kmh", "kw", "kwh", "l", "lb",
    "m", "ma", "mah", "mb", "mbps", "mg", "mhz", "min", "ml", "mm", "mph", "ms", "oz", "pa",
    "ppm", "psi", "px", "rpm", "s", "tb", "v", "w",
])  # fmt: skip
"""Signs of units; behind a number they are in no language."""

COMMON_ENGLISH = frozenset(
    [
        "the",
        "and",
        "this",
        "that",
        "which",
        "what",
        "you",
        "your",
        "they",
        "their",
        "them",
        "would",
        "could",
        "should",
        "from",
        "there",
        "those",
        "because",
        "about",
        "other",
        "people",
        "when",
        "where",
        "who",
        "how",
        "why",
        "shall",
        "might",
        "each",
        "every",
        "another",
        "through",
        "during",
        "after",
        "above",
        "below",
        "again",
        "both",
        "few",
        "only",
        "than",
        "too",
        "very",
        "just",
        "don't",
        "doesn't",
        "didn't",
        "isn't",
        "wasn't",
        "won't",
        "can't",
        "it's",
        "i'm",
        "we're",
        "you're",
        "they're",
        "we'll",
        "i'll",
        "let's",
        "two",
        "three",
        "four",
        "five",
        "seven",
        "eight",
        "nine",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "thousand",
        "year",
        "years",
        "months",
        "weeks",
        "day",
        "days",
        "hour",
        "hours",
        "always",
        "never",
        "often",
        "however",
        "therefore",
        "although",
        "while",
        "without",
        "within",
        "into",
        "onto",
        "upon",
        "against",
        "towards",
        "something",
        "nothing",
        "everything",
        "someone",
        "everyone",
        "anything",
        "good",
        "great",
        "first",
        "makes",
        "takes",
        "took",
        "knows",
        "knew",
        "thought",
        "going",
        "went",
        "gone",
        "got",
        "give",
        "given",
        "said",
        "says",
        "asked",
        "please",
        "thank",
        "thanks",
        "hello",
        "yes",
        "sorry",
        "answer",
        "question",
        "here's",
        "there's",
        "what's",
        "that's",
        "being",
        "doing",
        "were",
        "she",
        "with",
    ]
)
"""Frequent English words that are hardly words of another language in the Latin script.

Those that are (on, in, is, was, my, of, but, one, ten, will, have, been) stay out.
"""


class Identifier(Protocol):
    """What is needed of a language identifier."""

    @property
    def labels(self) -> Sequence[str]: ...
    def scores(self, texts: Sequence[str]) -> Array: ...


class Span(NamedTuple):
    """A stretch of foreign words, by its place in the text."""

    start: int
    end: int
    text: str
    lang: str
    words: int


class Evidence:
    """How much likelier each foreign language is than the expected one, word by word."""

    def __init__(self, identifier: Identifier, lang: str) -> None:
        self.identifier = identifier
        self.scripts = scripts(lang)
        index = {label: i for i, label in enumerate(identifier.labels)}
        self.own = [index[code] for code in sorted(siblings(lang)) if code in index]
        near = siblings(lang) | neighbours(lang)
        self.others = [code for code in BIG if code in index and code not in near]
        self._columns = [index[code] for code in self.others]
        self._rows: dict[str, Array] = {}
        self._hot: set[str] = set()

    def __len__(self) -> int:
        return len(self._rows)

    def forget(self) -> None:
        """Drop all words."""
        self._rows.clear()
        self._hot.clear()

    def learn(self, spellings: Iterable[str]) -> None:
        """Score the words that are not known yet, all at once."""
        new = sorted({word for word in spellings if word not in self._rows})
        if not new:
            return
        scored = self.identifier.scores([f" {word.rstrip(FIRST)} " for word in new])
        scored = np.nan_to_num(scored)
        # an identifier that names a few languages and floors the rest is too rough for words
        rough = (scored == scored.min(axis=1, keepdims=True)).mean(axis=1) > ROUGH
        if self.own:
            own = scored[:, self.own].max(axis=1)
            rows = np.clip(scored[:, self._columns] - own[:, None], -CAP, CAP)
            rows[rough] = 0.0
        else:  # nothing to compare with: only English words and other scripts tell
            rows = scored[:, self._columns]
            rows = np.clip(rows - np.median(rows, axis=1, keepdims=True), -CAP, CAP)
            inside = [bool(letters_in(word, self.scripts)) for word in new]
            rows[np.logical_or(inside, not self.scripts)] = 0.0
        for word, row in zip(new, rows, strict=True):
            self._rows[word] = row = self._adjust(word, row)
            if row.max() > EDGE:
                self._hot.add(word)

    def _adjust(self, word: str, row: Array) -> Array:
        """Add what English words and other scripts say to what the identifier says."""
        known = word.rstrip(FIRST)
        most = CAP if known == word else MAYBE
        und = 0.0
        if self.scripts:
            other = not letters_in(known, self.scripts)
            # the columns tell which language a word of another script is in, where they can
            told = known.isascii() and (row.any() or len(known) == 1 or english(known))
            und = -ENGLISH if not other or told else ENGLISH if row.any() else TOTAL
        row = np.append(row, und)
        if english(known) and "en" in self.others:
            row[self.others.index("en")] += ENGLISH
        capped: Array = np.minimum(row, most).astype(np.float32)
        return capped

    def rows(self, spelled: Sequence[str]) -> Array:
        """Give the evidence of a text's words; names and acronyms give none."""
        nothing = np.zeros(len(self.others) + 1)
        return np.array([self._rows[word] if word else nothing for word in spelled])

    def suspicious(self, spelled: Sequence[str]) -> bool:
        """Tell whether some word speaks for another language, before looking closer."""
        return not self._hot.isdisjoint(spelled)


def english(word: str) -> bool:
    """Tell whether a word is one that only English has, or a number made of such."""
    first, hyphen, _ = word.partition("-")
    return word in COMMON_ENGLISH or (bool(hyphen) and first.endswith("ty") and english(first))


def spellings(text: str, found: Sequence[Word], starts: Sequence[bool]) -> list[str]:
    """Spell words as they are looked up; a name, an acronym or a unit is the empty word."""
    capital = [len(word.text) for word in found if word.text.isupper()]
    some = 2 * len(capital) > len(found)
    upper = some and (len(capital) == len(found) or max(capital) > ACRONYM)
    numbered = DIGIT.search(text) is not None
    return [
        "" if numbered and _unit(text, word) else _spell(word.text, start, upper)
        for word, start in zip(found, starts, strict=True)
    ]


def _unit(text: str, word: Word) -> bool:
    """Tell whether a word is the sign of a unit behind a number, which all languages share."""
    before = text[max(0, word.start - 2) : word.start].rstrip()[-1:]
    return before.isdigit() and word.text.lower() in UNITS


def _spell(text: str, start: bool, upper: bool) -> str:
    small = text.lower()
    if text == small or upper or small in COMMON_ENGLISH:
        return small
    return small + FIRST if start and text[1:] == small[1:] else ""


def starts(text: str, found: Sequence[Word]) -> list[bool]:
    """Tell which words begin a sentence or a line, where a capital says nothing."""
    first = []
    end = 0
    for word in found:
        first.append(not end or not MARKS.isdisjoint(text[end : word.start]))
        end = word.end
    return first


def foreign(
    text: str, found: Sequence[Word], rows: Array, others: Sequence[str], most: int = 12
) -> list[Span]:
    """Find the spans of foreign words, the surest first, then put them in order."""
    if np.maximum(rows, 0.0).sum(axis=0).max() < TOTAL - 1e-6:
        return []
    rows = rows.copy()
    spans = []
    for _ in range(most):
        place = best(rows)
        if place is None:
            break
        i, j, column = place
        lang = others[column] if column < len(others) else "und"
        start, end = found[i].start, found[j].end
        spans.append(Span(start, end, text[start:end], lang, j - i + 1))
        rows[i : j + 1] = -1e9
    return sorted(spans)


def best(rows: Array) -> tuple[int, int, int] | None:
    """Find the stretch of words with the largest sum in one column.

    Returns:
        First word, last word and column; None when no stretch reaches ``TOTAL``
        and ``MEAN``.
    """
    sums = np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])
    least = np.minimum.accumulate(sums, axis=0)
    gains = sums[1:] - least[:-1]
    j, column = np.unravel_index(int(gains.argmax()), gains.shape)
    if gains[j, column] < TOTAL:
        return None
    i = int(sums[: j + 1, column][::-1].argmin())
    i = int(j) - i
    # words at the ends that hardly speak for it don't belong to the span
    while i < j and rows[i, column] < EDGE:
        i += 1
    while i < j and rows[j, column] < EDGE:
        j -= 1
    if gains[j, column] < MEAN * (j - i + 1):
        return None
    return i, int(j), int(column)
