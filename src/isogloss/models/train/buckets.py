"""Batches of like lengths under a token budget, a pure function of seed and step."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice

from isogloss.models.batch import Item

POOL = 64
"""Updates' worth of examples that are shuffled together before they are sorted."""
JITTER = 0.1
"""Lengths are sorted as if this much longer or shorter: without it, examples
of a small set would meet the same others in every epoch."""
BLOCKS = (1, 2, 4, 8, 16)
"""Numbers of source-length blocks tried for each pool; the least padding wins."""

Group = tuple[int, ...]
"""Positions of the items of one example; they are never parted."""

Items = Sequence[Item] | Mapping[int, Item]
"""Items by their positions; of one update alone, where these are drawn for it."""


def updates(
    items: Sequence[Item], *, batch: int, tokens: int, seed: int, start: int = 0
) -> Iterator[list[Group]]:
    """Yield the updates of a training without end, from a step on.

    Each epoch is shuffled, cut into pools, and each pool sorted by length, so
    that which examples meet stays random while padding nearly vanishes.

    Args:
        items: Encoded examples; those with equal ``index`` stay together.
        batch: Examples per update, at most.
        tokens: Padded tokens per update, at most; a longer example stands alone.
        seed: Decides the order together with the epoch.
        start: Updates to skip.
    """
    groups = grouped(items)
    sizes = {group: _size(items, group) for group in groups}

    def endless() -> Iterator[list[Group]]:
        for epoch in count():
            rng = random.Random(f"{seed}:{epoch}")
            order = rng.sample(groups, len(groups))
            batches = []
            for first in range(0, len(order), POOL * batch):
                pool = order[first : first + POOL * batch]
                keys = {group: _jittered(sizes[group], rng) for group in pool}
                batches += _arrange(keys, sizes, batch, tokens)
            rng.shuffle(batches)
            yield from batches

    return islice(endless(), start, None)


def grouped(items: Sequence[Item]) -> list[Group]:
    """List the positions of each example's items, in order of first sight."""
    found: dict[int, list[int]] = {}
    for position, item in enumerate(items):
        found.setdefault(item.index, []).append(position)
    return [tuple(group) for group in found.values()]


def split(items: Items, groups: Sequence[Group], tokens: int) -> list[list[Item]]:
    """Cut an update into micro-batches of at most so many padded tokens."""
    sizes = {group: _size(items, group) for group in groups}
    batches = _cut(groups, sizes, len(groups), tokens)
    return [[items[i] for group in batch for i in group] for batch in batches]


def evenly(groups: Sequence[Group], count: int) -> list[list[Group]]:
    """Cut groups into so many runs of nearly equal length; some are empty if there are few."""
    total = len(groups)
    return [list(groups[k * total // count : (k + 1) * total // count]) for k in range(count)]


def chunks(lengths: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
    """Cut positions, longest first, into batches under a token budget, for inference."""
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    found: list[list[int]] = []
    for i in order:
        if not found or len(found[-1]) >= min(rows, max(1, tokens // lengths[found[-1][0]])):
            found.append([])
        found[-1].append(i)
    return found


_Sizes = dict[Group, tuple[int, int]]


def _size(items: Items, group: Group) -> tuple[int, int]:
    """Give a group's longest source and longest target."""
    return max(items[i].source for i in group), max(items[i].target for i in group)


def _jittered(size: tuple[int, int], rng: random.Random) -> tuple[float, float]:
    source, target = size
    return (
        source * rng.uniform(1 - JITTER, 1 + JITTER),
        target * rng.uniform(1 - JITTER, 1 + JITTER),
    )


def _arrange(
    keys: dict[Group, tuple[float, float]], sizes: _Sizes, batch: int, tokens: int
) -> list[list[Group]]:
    """Sort a pool by source in blocks and by target within them; take the best."""
    by_source = sorted(keys, key=keys.__getitem__)
    best: list[list[Group]] = []
    least = 0
    for blocks in BLOCKS:
        width = -(-len(by_source) // blocks)
        order: list[Group] = []
        for first in range(0, len(by_source), width):
            block = by_source[first : first + width]
            # Every other block runs backwards: a batch across the border stays even.
            turned = (first // width) % 2 == 1
            order += sorted(block, key=lambda group: keys[group][::-1], reverse=turned)
        batches = _cut(order if blocks > 1 else by_source, sizes, batch, tokens)
        cost = sum(_padded(group, sizes) for group in batches)
        if not best or cost < least:
            best, least = batches, cost
    return best


def _cut(order: Sequence[Group], sizes: _Sizes, batch: int, tokens: int) -> list[list[Group]]:
    found: list[list[Group]] = []
    rows = longest_source = longest_target = 0
    for group in order:
        source, target = sizes[group]
        rows += len(group)
        longest_source = max(longest_source, source)
        longest_target = max(longest_target, target)
        over = rows * (longest_source + longest_target) > tokens
        if not found or len(found[-1]) >= batch or over:
            found.append([])
            rows, longest_source, longest_target = len(group), source, target
        found[-1].append(group)
    return found


def _padded(batch: list[Group], sizes: _Sizes) -> int:
    rows = sum(len(group) for group in batch)
    return rows * (max(sizes[g][0] for g in batch) + max(sizes[g][1] for g in batch))
