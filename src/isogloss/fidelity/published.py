"""The published measures of language fidelity, by their own names and definitions.

They are here to compare with other work. What they can't judge they skip or
pass, so an identifier that calls everything English leaves Thai at 100 %:
``docs/published.md`` shows where they part from ``isogloss.fidelity``.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.identifier import Identifier
from isogloss.fidelity.identify import Best, probability
from isogloss.language.registry import find_language

TOKENS = 5
"""Tokens below which a line is dropped."""
SURE = 0.3
"""A label counts only above this probability."""
WORD_LANGS = ("ar", "hi", "ja", "ko", "ru", "zh")
"""Languages for which the word pass rate is defined."""
SHORT = 20
"""Characters up to which the correct-language rate skips an output."""
BATCH = 4096

Tokenize = Callable[[str], Sequence[str]]
_CLEAN = str.maketrans({**dict.fromkeys(string.punctuation + "،", ""), "—": " "})


@dataclass(frozen=True)
class Confusion:
    """What the script of the language confusion benchmark counts for one language.

    Marchisio et al. 2024, 2406.20052. A response passes if each line of at least
    five tokens is in the language; a response without such a line is skipped.
    """

    lang: str
    n: int = 0
    skipped: int = 0
    line_errors: int = 0
    """Responses with a line in another language."""
    word_errors: int = 0
    """Responses without such a line, but with an English word."""
    lines: float = 0.0
    """Sum over responses of the share of lines in the language."""
    words_checked: bool = False

    @property
    def judged(self) -> int:
        """Count the responses that are not skipped."""
        return self.n - self.skipped

    @property
    def lpr(self) -> float:
        """Give the line pass rate; 1 where everything is skipped, as the script has it."""
        return 1.0 - self.line_errors / max(1, self.judged)

    @property
    def acc(self) -> float:
        """Give the mean share of lines in the language."""
        return self.lines / self.judged if self.judged else 1.0

    @property
    def wpr(self) -> float | None:
        """Give the word pass rate; None for languages that it is not defined for."""
        if not self.words_checked:
            return None
        return 1.0 - self.word_errors / max(1, self.judged - self.line_errors)

    @property
    def lcpr(self) -> float | None:
        """Give the language confusion pass rate, the harmonic mean of the two."""
        if self.wpr is None:
            return None
        total = self.lpr + self.wpr
        return 2.0 * self.lpr * self.wpr / total if total else 0.0


def confusion(
    texts: Iterable[str],
    lang: str,
    *,
    identifier: Identifier,
    english: Collection[str] | None = None,
    tokenize: Tokenize | None = None,
) -> Confusion:
    """Count as the language-confusion script does.

    Args:
        texts: a model's responses; any number, read once.
        lang: the expected language.
        identifier: the script's own is `fasttext:lid.176.bin`.
        english: the word list; its lower-case words of more than three letters
            count. None leaves the word pass rate out.
        tokenize: line -> tokens; None as in the script: jieba for Chinese,
            fugashi for Japanese, spaces for all other languages.

    Raises:
        IsoglossError: the language is unknown, or its tokenizer is not installed.
    """
    code = find_language(lang).code
    split = tokenize or tokenizer(code)
    best = Best(identifier)
    checked = english is not None and code in WORD_LANGS
    words = {word for word in english or () if word.islower() and len(word) > 3}
    found = Confusion(code, words_checked=checked)
    remaining = iter(texts)
    while batch := list(islice(remaining, BATCH)):
        found = _count(found, batch, split, best, words if checked else set())
    return found


def _count(
    found: Confusion, texts: Sequence[str], split: Tokenize, best: Best, words: set[str]
) -> Confusion:
    """Add the counts of some responses."""
    responses = [list(_lines(text, split)) for text in texts]
    told = iter(best([line for lines in responses for line, _ in lines]))
    skipped = line_errors = word_errors = 0
    shares = 0.0
    for lines in responses:
        if not lines:
            skipped += 1
            continue
        labels = [next(told) for _ in lines]
        wrong = sum(code != found.lang or not share > SURE for code, share in labels)
        shares += 1.0 - wrong / len(lines)
        line_errors += wrong > 0
        if not wrong and words:
            word_errors += any(t.strip() in words for _, tokens in lines for t in tokens)
    return replace(
        found,
        n=found.n + len(texts),
        skipped=found.skipped + skipped,
        line_errors=found.line_errors + line_errors,
        word_errors=found.word_errors + word_errors,
        lines=found.lines + shares,
    )


def _lines(text: str, split: Tokenize) -> Iterator[tuple[str, Sequence[str]]]:
    """Give a response's lines that are long enough, with their tokens."""
    clean = text.split("\nQ:")[0].strip().translate(_CLEAN)
    for line in clean.split("\n"):
        tokens = split(line)
        if len(tokens) >= TOKENS:
            yield line, tokens


def lpr(texts: Iterable[str], lang: str, *, identifier: Identifier) -> float:
    """Give the line pass rate of the language confusion benchmark."""
    return confusion(texts, lang, identifier=identifier).lpr


def wpr(
    texts: Iterable[str], lang: str, *, identifier: Identifier, english: Collection[str]
) -> float:
    """Give the word pass rate of the language confusion benchmark.

    Raises:
        IsoglossError: it is not defined for the language.
    """
    found = confusion(texts, lang, identifier=identifier, english=english).wpr
    return _defined(found, "wpr", lang)


def lcpr(
    texts: Iterable[str], lang: str, *, identifier: Identifier, english: Collection[str]
) -> float:
    """Give the language confusion pass rate: the harmonic mean of `lpr` and `wpr`.

    Raises:
        IsoglossError: it is not defined for the language.
    """
    found = confusion(texts, lang, identifier=identifier, english=english).lcpr
    return _defined(found, "lcpr", lang)


def _defined(value: float | None, name: str, lang: str) -> float:
    if value is None:
        what = f"{name} is not defined for '{lang}'"
        raise IsoglossError(what, f"it is for {', '.join(WORD_LANGS)}; take lpr")
    return value


def average(cells: Mapping[tuple[str, str], Confusion]) -> dict[str, float]:
    """Average `lpr` and `wpr` as the script does: over sources, then over languages.

    Args:
        cells: (source, language) -> counts.
    """
    means: dict[str, float] = {}
    for name in ("acc", "lpr", "wpr"):
        by_lang: dict[str, list[float]] = {}
        for (_, lang), cell in cells.items():
            value = getattr(cell, name)
            if value is not None:
                by_lang.setdefault(lang, []).append(value)
        if by_lang:
            means[name] = _mean([_mean(values) for values in by_lang.values()])
    return means


def correct_language_rate(
    texts: Sequence[str], lang: str, *, identifier: Identifier
) -> tuple[float, float]:
    """Give the share of outputs whose likeliest language is the expected one.

    As in Bergen's evaluator, of the group that wrote 2310.09917: line breaks are
    spaces, and outputs of up to 20 characters are skipped.

    Returns:
        The rate over what is not skipped (not a number where all is), and the
        share that is skipped.
    """
    code = find_language(lang).code
    long = [text for text in texts if len(text) > SHORT]
    told = Best(identifier)([text.replace("\n", " ") for text in long])
    rate = _mean([float(label == code) for label, _ in told])
    return rate, 1.0 - len(long) / len(texts) if texts else 0.0


def mean_confidence(texts: Sequence[str], lang: str, *, identifier: Identifier) -> float:
    """Give the mean probability of the expected language, as LID in Vu et al. 2022.

    2205.12647. An output in which the identifier sees nothing counts as 0.
    """
    return _mean(probability(identifier, texts, find_language(lang).code))


def valid_output_rate(outputs: Sequence[str], labels: Collection[str]) -> float:
    """Give the share of outputs that are a label of the task, whichever.

    Our reading of Toukmaji & Flanigan 2025 (2506.19187), whose formula is not
    public: outputs are stripped, and case does not count.
    """
    known = {label.strip().casefold() for label in labels}
    return _mean([float(output.strip().casefold() in known) for output in outputs])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


@cache
def tokenizer(lang: str) -> Tokenize:
    """Give the script's tokenizer of a language.

    Raises:
        IsoglossError: it is not installed.
    """
    if lang == "zh":
        return _jieba()
    if lang == "ja":
        return _fugashi()
    return str.split


def _jieba() -> Tokenize:
    try:
        import jieba
    except ModuleNotFoundError:
        raise _missing("Chinese", "jieba") from None
    jieba.initialize()
    return lambda line: list(jieba.cut(line))


def _fugashi() -> Tokenize:
    try:
        import fugashi
    except ModuleNotFoundError:
        raise _missing("Japanese", "fugashi unidic-lite") from None
    try:
        tagger: Any = fugashi.Tagger("-O wakati -b 50000")
    except RuntimeError:
        raise _missing("Japanese", "unidic-lite") from None
    return lambda line: tagger.parse(line).split()


def _missing(name: str, packages: str) -> IsoglossError:
    return IsoglossError(
        f"the published measures split {name} with {packages.split()[0]}, which is not installed",
        f"pip install {packages}, or pass a tokenizer of your own",
    )
