"""Entities as stretches of words, from tags of any scheme, and back to IOB2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

OUTSIDE = "O"
ENDING = "ESLU"
"""Prefixes of an entity's last word in BIOES, BILOU and BMES."""
TAG = re.compile(r"O|[BIESLUM](-.+)?")
"""A tag of any of the schemes."""
_IOB = re.compile(r"[BI](-.+)?")
_LONG = re.compile(r"[BIESLUM]-.+")

Entity = tuple[str, int, int]
"""Type, first word, word after the last."""


def entities(tags: Sequence[str]) -> set[Entity]:
    """List the entities as (type, first word, word after the last).

    An I- that continues no entity of its type begins one, as in conlleval; so IOB1
    is read as well. E-, S-, L- and U- end theirs.
    """
    found, kind, start, ended = set(), "", -1, False
    for place, tag in enumerate([*tags, OUTSIDE]):
        goes_on = start >= 0 and not ended and tag[0] in "IELM" and tag[2:] == kind
        if start >= 0 and not goes_on:
            found.add((kind, start, place))
            start = -1
        if tag != OUTSIDE and not goes_on:
            kind, start = tag[2:], place
        ended = tag[0] in ENDING
    return found


def tags(found: Iterable[Entity], length: int) -> tuple[str, ...]:
    """Write entities that don't overlap as one tag for each of so many words."""
    written = [OUTSIDE] * length
    for kind, start, end in found:
        ending = f"-{kind}" if kind else ""
        written[start:end] = [f"B{ending}", *[f"I{ending}"] * (end - start - 1)]
    return tuple(written)


def as_iob2(sequences: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Write all tags of a file as IOB2, where they are entities in another scheme.

    BIOES, BILOU and BMES have prefixes of their own. IOB1 begins entities with I-, and
    with B- only behind another of the same type; one sentence doesn't tell, a file does.
    IOB2 stays as it is, slips too, and so do tags that are no entities.
    """
    found = [tuple(sequence) for sequence in sequences]
    if not (_prefixed({tag for one in found for tag in one}) or _iob1(found)):
        return found
    return [tags(entities(one), len(one)) for one in found]


def iob2_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Write a label set as IOB2, where it is one of entities in another scheme."""
    rest = [label for label in labels if label != OUTSIDE]
    no_start = tells_entities(labels) and not any(label[0] == "B" for label in rest)
    if not (_prefixed(labels) or no_start):
        return tuple(labels)
    kinds = dict.fromkeys(label[1:] for label in rest)
    return (OUTSIDE, *(f"{start}{kind}" for kind in kinds for start in "BI"))


def _prefixed(labels: Iterable[str]) -> bool:
    """Say whether labels are `O` and entities with more prefixes than B- and I-."""
    labels = set(labels)
    rest = {label for label in labels if label != OUTSIDE}
    return (
        OUTSIDE in labels
        and all(map(_LONG.fullmatch, rest))
        and any(label[0] not in "BI" for label in rest)
    )


def _iob1(sequences: Sequence[Sequence[str]]) -> bool:
    """Say whether entities begin with I-, and none with a B- that IOB1 would not write."""
    if not all(tag == OUTSIDE or _IOB.fullmatch(tag) for one in sequences for tag in one):
        return False
    starts = {
        tag[0]
        for one in sequences
        for before, tag in pairwise([OUTSIDE, *one])
        if tag != OUTSIDE and (before == OUTSIDE or tag[1:] != before[1:])
    }
    return starts == {"I"}


def tells_entities(labels: Iterable[str]) -> bool:
    """Say whether labels are IOB2: `O`, and the rest B- and I-."""
    rest = [label for label in labels if label != OUTSIDE]
    return bool(rest) and all(label[:1] in "BI" and label[1:2] in ("", "-") for label in rest)
