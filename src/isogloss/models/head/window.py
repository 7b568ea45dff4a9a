"""What is kept of a text that is too long: parts of it, cut between graphemes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isogloss.core.run import Fit
from isogloss.models.head import text as read
from isogloss.models.head.border import Borders, borders
from isogloss.models.head.text import Ids


def shorten(
    tokenizer: Any, texts: Sequence[str], parts: list[Ids], space: int, fit: Fit
) -> tuple[list[list[Ids]], bool]:
    """Cut the longest of several parts until they fit together.

    Args:
        texts: what the parts are the tokens of.

    Returns:
        One version of the parts, or one for each chunk; and whether something is lost.
    """
    total = sum(map(len, parts))
    if total <= space:
        return [parts], False
    longest = max(range(len(parts)), key=lambda i: len(parts[i]))
    left = space - (total - len(parts[longest]))
    if left < 1:  # several long parts: each gets its share
        share = max(1, space // len(parts))
        cut = [head(tokenizer, *each, share) for each in zip(texts, parts, strict=True)]
        return [cut], True
    spans = windows(tokenizer, texts[longest], len(parts[longest]), left, fit)
    versions = [
        [*parts[:longest], [parts[longest][i] for i in span], *parts[longest + 1 :]]
        for span in spans
    ]
    return versions, fit.long != "chunks"


def head(tokenizer: Any, text: str, ids: Ids, most: int) -> Ids:
    """Keep the first tokens of a text."""
    if len(ids) <= most:
        return ids
    return ids[: borders(tokenizer, text).before(most)]


def word_head(tokenizer: Any, word: str, ids: Ids, most: int) -> Ids:
    """Keep the first tokens of a word that ``text.words`` encoded."""
    if len(ids) <= most:
        return ids
    lead, skip = read.leading(tokenizer)
    return ids[: borders(tokenizer, lead + word).before(skip + most, skip) - skip]


def windows(tokenizer: Any, text: str, length: int, space: int, fit: Fit) -> list[list[int]]:
    """List the positions that are kept of a text's tokens: one list, or one for each chunk."""
    if length <= space:
        return [list(range(length))]
    known = borders(tokenizer, text)
    if fit.long == "head":
        return [list(range(known.before(space)))]
    if fit.long == "head_tail":
        first = (space + 1) // 2
        return [[*range(known.before(first)), *range(known.behind(length - space + first), length)]]
    return _overlapping(known, length, space, fit.stride)


def overlapping(tokenizer: Any, text: str, length: int, space: int, stride: int) -> list[list[int]]:
    """Cover a text's tokens with windows that overlap by ``stride``, or half a window."""
    if length <= space:
        return [list(range(length))]
    return _overlapping(borders(tokenizer, text), length, space, stride)


def _overlapping(known: Borders, length: int, space: int, stride: int) -> list[list[int]]:
    step = max(1, space - min(stride, space // 2))
    spans, first = [], 0
    while True:
        end = known.before(min(first + space, length), first)
        spans.append(list(range(first, end)))
        if end == length:
            return spans
        first = min(known.behind(first + step), end)


def word_windows(
    lengths: Sequence[float], space: int, fit: Fit
) -> tuple[list[tuple[list[int], set[int]]], bool]:
    """Choose the words that fit: (words in the window, words it answers for), and a cut.

    A word in two windows is answered for by the one that has more around it.
    """
    if sum(lengths) <= space:
        return [(list(range(len(lengths))), set(range(len(lengths))))], False
    if fit.long != "chunks":
        kept = _fitting(lengths, space, tail=fit.long == "head_tail")
        return [(kept, set(kept))], True
    spans: list[list[int]] = []
    first = 0
    while True:
        span = _from(lengths, space, first)
        spans.append(span)
        if span[-1] == len(lengths) - 1:
            break
        back, overlap = span[-1] + 1, 0.0
        while back - 1 > first and overlap + lengths[back - 1] <= min(fit.stride, space // 2):
            back -= 1
            overlap += lengths[back]
        first = back
    best = {
        word: max(range(len(spans)), key=lambda s: _inside(spans[s], word))
        for word in range(len(lengths))
    }
    return [(span, {w for w in span if best[w] == s}) for s, span in enumerate(spans)], False


def _inside(span: list[int], word: int) -> int:
    """Count the words between a word and the nearer end of its window."""
    return min(word - span[0], span[-1] - word) if span[0] <= word <= span[-1] else -1


def _from(lengths: Sequence[float], space: int, first: int) -> list[int]:
    used = 0.0
    span: list[int] = []
    for word in range(first, len(lengths)):
        used += lengths[word]
        if used > space and span:
            break
        span.append(word)
    return span


def _fitting(lengths: Sequence[float], space: int, *, tail: bool) -> list[int]:
    count = len(lengths)
    order = sorted(range(count), key=lambda i: min(i, count - 1 - i)) if tail else range(count)
    used = 0.0
    kept: list[int] = []
    for word in order:
        used += lengths[word]
        if used > space and kept:
            break
        kept.append(word)
    return sorted(kept)
