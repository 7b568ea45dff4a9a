"""Entities from tags and back."""

from __future__ import annotations

import pytest

from isogloss.kind.entity import as_iob2, entities, iob2_labels, tags, tells_entities


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


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["S-PER O B-LOC E-LOC S-LOC"], ["B-PER O B-LOC I-LOC B-LOC"]),
        (["U-PER O B-LOC I-LOC L-LOC"], ["B-PER O B-LOC I-LOC I-LOC"]),
        (["B-PER M-PER E-PER O"], ["B-PER I-PER I-PER O"]),
        (["I-PER I-PER B-PER O I-LOC I-PER"], ["B-PER I-PER B-PER O B-LOC B-PER"]),
        (["O I I O"], ["O B I O"]),
        (["E-LOC E-LOC", "O"], ["B-LOC B-LOC", "O"]),
    ],
)
def test_other_schemes_become_iob2(given: list[str], expected: list[str]) -> None:
    assert as_iob2([one.split() for one in given]) == [tuple(one.split()) for one in expected]


@pytest.mark.parametrize(
    "given",
    [
        ["B-PER I-PER O", "O I-PER"],  # a slip is the metric's to mend
        ["B-PER B-PER I-PER", "O"],
        ["B I O B B"],
        ["NOUN O", "S-NP B-VP"],  # no entities
        ["SYM INTJ", "O X"],
        ["O O"],
    ],
)
def test_what_is_iob2_or_no_entities_stays(given: list[str]) -> None:
    split = [tuple(one.split()) for one in given]
    assert as_iob2(split) == split


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("O S-PER B-PER E-PER I-PER S-LOC", "O B-PER I-PER B-LOC I-LOC"),
        ("O I-PER", "O B-PER I-PER"),
        ("O B-PER", "O B-PER"),
        ("B-PER I-PER O", "B-PER I-PER O"),
        ("NOUN O", "NOUN O"),
        ("positive negative", "positive negative"),
    ],
)
def test_label_sets_become_iob2(given: str, expected: str) -> None:
    assert iob2_labels(given.split()) == tuple(expected.split())
