"""What is kept of an input that is too long: the one place that says what is cut first.

First the text, the context or the passage, then the instruction, and what is asked
of them (a question, options) last. Texts side by side are cut to one length, the
longest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from isogloss.core.run import Fit

Ids = list[int]
ASKED = ("question", "options")
"""Fields that are cut last."""
FLOOR = 4
"""A text keeps this part of the room beside a question, and half of it beside an instruction."""


@dataclass(frozen=True)
class Parts:
    """An input's fields as token ids, in the order in which they are read."""

    ids: Sequence[Ids]
    asked: Sequence[bool]
    """Which of them are asked of the others."""
    lead: int = 0
    """Tokens of the instruction, with which the first begins."""


def common(lead: Ids, ids: Ids) -> int:
    """Count the tokens of an instruction with which an input begins."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(lead, ids, strict=False))
    return sum(1 for _ in same)


def shorten(parts: Parts, space: int, fit: Fit) -> tuple[list[list[Ids]], bool]:
    """Cut an input's fields until they fit together.

    Returns:
        One version of the fields, or one for each chunk; and whether something is lost.
    """
    if sum(map(len, parts.ids)) <= space:
        return [list(parts.ids)], False
    lead, pieces, asked = _apart(parts)
    lead_size, *sizes = shares(list(map(len, pieces)), asked, len(lead), space)
    cut = [n for n, piece in enumerate(pieces) if len(piece) > sizes[n]]
    heads = [piece[:size] for piece, size in zip(pieces, sizes, strict=True)]
    texts = [n for n in cut if not asked[n]]
    if not texts:
        heads[0] = [*lead[:lead_size], *heads[0]]
        return [heads], True
    longest = max(texts, key=lambda n: len(pieces[n]))
    versions = []
    for span in windows(len(pieces[longest]), sizes[longest], fit):
        version = [*heads]
        version[longest] = [pieces[longest][place] for place in span]
        version[0] = [*lead[:lead_size], *version[0]]
        versions.append(version)
    return versions, fit.long != "chunks" or cut != [longest] or lead_size < len(lead)


def beside(parts: Parts, length: int, space: int) -> tuple[list[Ids], int]:
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
    lead, pieces, asked = _apart(parts)
    size, *sizes = shares([*map(len, pieces), length], [*asked, False], len(lead), space)
    kept = [piece[:size] for piece, size in zip(pieces, sizes, strict=False)]
    kept[0] = [*lead[:size], *kept[0]]
    return kept, max(1, space - sum(map(len, kept)))


def shares(lengths: Sequence[int], asked: Sequence[bool], lead: int, space: int) -> list[int]:
    """Say how many tokens of an instruction and of each field stay.

    Args:
        lengths: of the fields, the instruction left out.
        asked: which of the fields are cut last.
        lead: tokens of the instruction.
        space: tokens of all together.
    """
    last = [n for n, late in enumerate(asked) if late]
    first = [n for n, late in enumerate(asked) if not late]
    read = sum(lengths[n] for n in first)
    kept = _level([lengths[n] for n in last], space - min(read, max(1, space // FLOOR)))
    space -= sum(kept)
    lead = min(lead, space - min(read, (space + 1) // 2))
    rest = _level([lengths[n] for n in first], space - lead)
    sizes = dict(zip([*last, *first], [*kept, *rest], strict=True))
    return [lead, *(sizes[n] for n in range(len(lengths)))]


def _apart(parts: Parts) -> tuple[Ids, list[Ids], list[bool]]:
    """Part the instruction from the first field."""
    first, *others = parts.ids
    return first[: parts.lead], [first[parts.lead :], *others], list(parts.asked)


def _level(lengths: Sequence[int], room: int) -> list[int]:
    """Cut the longest first, to one length, until all fit."""
    sizes = [0] * len(lengths)
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for done, place in enumerate(order):
        sizes[place] = min(lengths[place], room // (len(order) - done))
        room -= sizes[place]
    return sizes


def windows(length: int, space: int, fit: Fit) -> list[list[int]]:
    """List the positions that are kept of a sequence: one list, or one for each chunk."""
    if length <= space:
        return [list(range(length))]
    if fit.long == "head":
        return [list(range(space))]
    if fit.long == "head_tail":
        head = (space + 1) // 2
        return [[*range(head), *range(length - (space - head), length)]]
    return overlapping(length, space, fit.stride)


def overlapping(length: int, space: int, stride: int) -> list[list[int]]:
    """Cover a sequence with windows that overlap by ``stride`` positions, or half a window."""
    step = max(1, space - min(stride, space // 2))
    found = []
    for first in range(0, max(length, 1), step):
        found.append(list(range(first, min(first + space, length))))
        if first + space >= length:
            break
    return found


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
