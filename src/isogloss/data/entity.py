"""Entities as stretches of words, from IOB2 tags and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

OUTSIDE = "O"

Entity = tuple[str, int, int]
"""Type, first word, word after the last."""


def entities(tags: Sequence[str]) -> set[Entity]:
    """List the entities as (type, first word, word after the last).

    An I- that continues no entity of its type begins one, as in conlleval.
    """
    found, kind, start = set(), "", -1
    for place, tag in enumerate([*tags, OUTSIDE]):
        goes_on = start >= 0 and tag[0] == "I" and tag[2:] == kind
        if start >= 0 and not goes_on:
            found.add((kind, start, place))
            start = -1
        if tag != OUTSIDE and not goes_on:
            kind, start = tag[2:], place
    return found


def tags(found: Iterable[Entity], length: int) -> tuple[str, ...]:
    """Write entities that don't overlap as one tag for each of so many words."""
    written = [OUTSIDE] * length
    for kind, start, end in found:
        ending = f"-{kind}" if kind else ""
        written[start:end] = [f"B{ending}", *[f"I{ending}"] * (end - start - 1)]
    return tuple(written)


def tells_entities(labels: Iterable[str]) -> bool:
    """Say whether labels are IOB2: `O`, and the rest B- and I-."""
    rest = [label for label in labels if label != OUTSIDE]
    return bool(rest) and all(label[:1] in "BI" and label[1:2] in ("", "-") for label in rest)
