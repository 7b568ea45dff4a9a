"""Batches: everything once an epoch, within the budget, with little padding."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from isogloss.models.batch import Item
from isogloss.models.train import buckets


def made(n: int, seed: int = 0, windows: int = 1) -> list[Item]:
    rng = random.Random(seed)
    found = []
    for i in range(n):
        for _ in range(windows if i % 5 == 0 else 1):
            source, target = (max(1, int(rng.lognormvariate(2.5, 0.8))) for _ in range(2))
            found.append(Item(i, str(i), "en", {}, source, target))
    return found


def padded(items: list[Item]) -> int:
    return len(items) * (max(i.source for i in items) + max(i.target for i in items))


def epoch(items: list[Item], **options: int) -> list[list[buckets.Group]]:
    total, found = 0, []
    for update in buckets.updates(items, **options):
        found.append(update)
        total += len(update)
        if total >= len(buckets.grouped(items)):
            break
    return found


def test_an_epoch_has_each_example_once():
    items = made(333, windows=3)
    for update in (found := epoch(items, batch=16, tokens=600, seed=0)):
        positions = [items[i] for group in update for i in group]
        assert len(update) <= 16
        assert padded(positions) <= 600 or len(update) == 1
    seen = sorted(i for update in found for group in update for i in group)
    assert seen == list(range(len(items)))


def test_items_of_one_example_stay_together():
    items = made(40, windows=4)
    for update in epoch(items, batch=8, tokens=300, seed=0):
        for micro in buckets.split(items, update, 50):
            indices = [item.index for item in micro]
            for index in set(indices):
                assert indices.count(index) == (4 if index % 5 == 0 else 1)


def test_padding_nearly_vanishes():
    items = made(2000)
    useful = sum(item.source + item.target for item in items)
    waste = sum(
        padded([items[i] for group in update for i in group])
        for update in epoch(items, batch=32, tokens=10**6, seed=0)
    )
    assert waste / useful < 1.7  # source and target are independent; unsorted it is 3.4


def test_epochs_differ_and_batches_are_shuffled():
    items = made(200)  # one pool
    found = list(islice(buckets.updates(items, batch=10, tokens=10**6, seed=0), 40))
    assert {frozenset(u) for u in found[:20]} != {frozenset(u) for u in found[20:]}
    lengths = [max(items[group[0]].source for group in update) for update in found[:20]]
    assert lengths != sorted(lengths)


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_chunks_are_longest_first_and_within_the_budget(rows):
    lengths = [item.source for item in made(100)]
    found = buckets.chunks(lengths, 120, rows)
    assert sorted(i for chunk in found for i in chunk) == list(range(100))
    for chunk in found:
        assert len(chunk) <= rows
        assert len(chunk) * max(lengths[i] for i in chunk) <= 120 or len(chunk) == 1
    assert lengths[found[0][0]] == max(lengths)
