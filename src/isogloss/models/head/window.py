"""What is kept of a text that is too long: parts of it, cut between graphemes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isogloss.core.run import Fit
from isogloss.models.head import text as read
from isogloss.models.head.border import Borders, borders
from isogloss.models.head.cut import Ids, Parts, shares


def shorten(tokenizer: Any, parts: Parts, space: int, fit: Fit) -> tuple[list[list[Ids]], bool]:
    """Cut an input's fields until they fit together.

    Returns:
        One version of the fields, or one for each chunk; and whether something is lost.
    """
    if sum(map(len, parts.ids)) <= space:
        return [list(parts.ids)], parts.cut
    lengths = [len(ids) - parts.skip(n) for n, ids in enumerate(parts.ids)]
    lead_size, *sizes = shares(lengths, parts.asked, parts.lead, space)
    lead = head(tokenizer, parts.texts[0], parts.ids[0][: parts.lead], lead_size)
    cut = [n for n, length in enumerate(lengths) if length > sizes[n]]
    heads = [_head(tokenizer, parts, n, size) for n, size in enumerate(sizes)]
    texts = [n for n in cut if not parts.asked[n]]
    if not texts:
        heads[0] = [*lead, *heads[0]]
        return [heads], True
    longest = max(texts, key=lengths.__getitem__)
    ids, versions = parts.ids[longest], []
    skip, size = parts.skip(longest), sizes[longest]
    for span in windows(tokenizer, parts.texts[longest], len(ids), size, fit, skip):
        version = [*heads]
        version[longest] = [ids[place] for place in span]
        version[0] = [*lead, *version[0]]
        versions.append(version)
    return versions, fit.long != "chunks" or cut != [longest] or lead_size < parts.lead


def beside(tokenizer: Any, parts: Parts, length: int, space: int) -> tuple[list[Ids], int]:
    """Cut what is asked of a context, which is read in windows.

    Args:
        parts: the fields but the context.
        length: tokens of the context.
        space: tokens of all fields together.

    Returns:
        The fields, and the room for a window of the context.
    """
    if not parts.ids:
        return [], space
    lengths = [len(ids) - parts.skip(n) for n, ids in enumerate(parts.ids)]
    lead_size, *sizes = shares([*lengths, length], [*parts.asked, False], parts.lead, space)
    kept = [_head(tokenizer, parts, n, size) for n, size in enumerate(sizes[:-1])]
    lead = head(tokenizer, parts.texts[0], parts.ids[0][: parts.lead], lead_size)
    kept[0] = [*lead, *kept[0]]
    return kept, max(1, space - sum(map(len, kept)))


def _head(tokenizer: Any, parts: Parts, place: int, most: int) -> Ids:
    """Keep the first tokens of a field, those of the instruction left out."""
    ids, skip = parts.ids[place], parts.skip(place)
    if len(ids) - skip <= most:
        return ids[skip:]
    return ids[skip : borders(tokenizer, parts.texts[place]).before(skip + most, skip)]


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


def windows(
    tokenizer: Any, text: str, length: int, space: int, fit: Fit, skip: int = 0
) -> list[list[int]]:
    """List the positions that are kept of a text's tokens: one list, or one for each chunk.

    Args:
        skip: tokens at the start that are left out.
    """
    if length - skip <= space:
        return [list(range(skip, length))]
    known = borders(tokenizer, text)
    if fit.long == "head":
        return [list(range(skip, known.before(skip + space, skip)))]
    if fit.long == "head_tail":
        first = (space + 1) // 2
        tail = known.behind(length - space + first)
        return [[*range(skip, known.before(skip + first, skip)), *range(tail, length)]]
    return _overlapping(known, length, space, fit.stride, skip)


def overlapping(tokenizer: Any, text: str, length: int, space: int, stride: int) -> list[list[int]]:
    """Cover a text's tokens with windows that overlap by ``stride``, or half a window."""
    if length <= space:
        return [list(range(length))]
    return _overlapping(borders(tokenizer, text), length, space, stride)


def _overlapping(
    known: Borders, length: int, space: int, stride: int, first: int = 0
) -> list[list[int]]:
    step, spans = max(1, space - min(stride, space // 2)), []
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
