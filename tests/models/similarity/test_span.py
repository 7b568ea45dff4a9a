"""Spans are hidden as in mT5's pre-training, anywhere in a text."""

from __future__ import annotations

import itertools
import random

import pytest

from isogloss.models.similarity import span


@pytest.mark.parametrize(("length", "hidden", "count"), [(2, 1, 1), (20, 3, 1), (512, 77, 26)])
def test_spans(length: int, hidden: int, count: int) -> None:
    seen = set()
    for seed in range(200):
        found = span.spans(length, random.Random(seed))
        assert (len(found), sum(end - first for first, end in found)) == (count, hidden)
        edges = [0, *(edge for each in found for edge in each), length]
        assert edges == sorted(edges)
        assert all(end < first for (_, end), (first, _) in itertools.pairwise(found))
        seen |= {place for first, end in found for place in range(first, end)}
    assert seen == set(range(length))


def test_there_and_back() -> None:
    ids, gone, marks = list(range(10, 30)), [(0, 2), (5, 8), (19, 20)], [90, 91, 92, 93]
    shown = span.spoil(ids, gone, marks)
    assert shown == [90, 12, 13, 14, 91, *range(18, 29), 92]
    written = span.answer(ids, gone, marks)
    assert written == [90, 10, 11, 91, 15, 16, 17, 92, 29]
    assert span.read([*written, 1, 90, 4], marks, 1) == [[10, 11], [15, 16, 17], [29], []]
    assert span.read([7, 92, 8, 90, 9, 92, 3], marks, 1) == [[9], [], [8], []]


def test_longest_text_has_a_sentinel_for_each_span() -> None:
    for sentinels in (1, 10, 100):
        length = span.longest(sentinels)
        assert len(span.spans(length, random.Random(0))) <= sentinels
