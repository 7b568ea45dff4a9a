"""Entities from tags and back."""

from __future__ import annotations

import pytest

from isogloss.data.entity import entities, tags, tells_entities


@pytest.mark.parametrize(
    "written",
    [
        ("B-PER", "I-PER", "O", "B-LOC"),
        ("B-PER", "B-PER", "I-PER"),
        ("O", "O"),
        ("B", "I", "O"),
        (),
    ],
)
def test_there_and_back(written: tuple[str, ...]) -> None:
    assert tags(entities(written), len(written)) == written


def test_a_stray_inside_tag_begins_one() -> None:
    assert entities(("I-PER", "I-LOC", "O", "I-LOC")) == {
        ("PER", 0, 1),
        ("LOC", 1, 2),
        ("LOC", 3, 4),
    }


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("O", "B-PER", "I-PER"), True),
        (("O", "B", "I"), True),
        (("NOUN", "O"), False),
        (("INTJ", "BE"), False),
        (("O",), False),
    ],
)
def test_labels(labels: tuple[str, ...], expected: bool) -> None:
    assert tells_entities(labels) == expected
