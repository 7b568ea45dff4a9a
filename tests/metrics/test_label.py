from __future__ import annotations

import random

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.metrics import accuracy, entity_f1, exact_match, macro_f1, tag_accuracy


def test_accuracy_of_labels_and_options(run) -> None:
    assert run(accuracy.METRIC, ["a", "b", "b", "c"], ["a", "b", "c", None]) == 0.5
    assert run(accuracy.METRIC, [0, 3], [0, 2]) == 0.5


def test_exact_match_forgives_spacing_and_unicode_form_only(run) -> None:
    golds = ["caf\u00e9 noir", "Two days", "x", ("a", "b")]
    assert run(exact_match.METRIC, golds, [" cafe\u0301  noir\n", "two days", None, "b"]) == 0.5


# Computed with scikit-learn 1.9, f1_score(labels=gold labels, average="macro").
def test_macro_f1_is_sklearns(run) -> None:
    rng = random.Random(3)
    golds = [rng.choice("abcd") for _ in range(200)]
    values = [gold if rng.random() < 0.6 else rng.choice("abcdxz") for gold in golds]
    assert run(macro_f1.METRIC, golds, values) == pytest.approx(0.7065727752855137)


def test_macro_f1_averages_over_gold_labels(run) -> None:
    assert run(macro_f1.METRIC, ["a", "a", "b"], ["a", "z", None]) == pytest.approx((2 / 3 + 0) / 2)
    assert run(macro_f1.METRIC, ["a", "b"], ["a", "b"]) == 1
    assert np.isnan(macro_f1.METRIC.score(np.zeros(6)))


def test_tag_accuracy_counts_words(run) -> None:
    golds = [("N", "V", "N"), ("V",)]
    assert run(tag_accuracy.METRIC, golds, [("N", "V"), ("V", "N")]) == 0.75
    assert run(tag_accuracy.METRIC, golds, [None, ("N",)]) == 0


# Computed with seqeval 1.2.2, f1_score in the default mode.
ENTITIES = [
    (["B-PER I-PER O B-LOC"], ["B-PER I-PER O B-LOC"], 1.0),
    (["B-PER I-PER O B-LOC"], ["B-PER O O B-LOC"], 0.5),
    (["B-PER I-PER O B-LOC"], ["I-PER I-PER O I-LOC"], 1.0),
    (
        ["B-PER B-PER I-PER I-LOC O I-ORG"],
        ["B-PER I-PER I-PER B-LOC O B-ORG"],
        0.5714285714285715,
    ),
    (
        ["O B-MISC I-MISC B-MISC I-MISC O B-PER I-PER"],
        ["B-MISC I-MISC I-MISC B-MISC I-MISC O B-PER I-PER"],
        0.6666666666666666,
    ),
    (["B-LOC I-PER I-LOC O", "O O"], ["B-LOC I-LOC I-LOC O", "B-PER O"], 0.0),
]


@pytest.mark.parametrize(("golds", "values", "expected"), ENTITIES)
def test_entity_f1_is_seqevals(run, golds, values, expected) -> None:
    split = [[tuple(line.split()) for line in side] for side in (golds, values)]
    assert run(entity_f1.METRIC, *split) == pytest.approx(expected)


def test_entity_f1_is_seqevals_on_random_tags(run) -> None:
    rng = random.Random(7)
    tags = ["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
    golds = [[rng.choice(tags) for _ in range(rng.randint(1, 12))] for _ in range(200)]
    values = [[t if rng.random() < 0.7 else rng.choice(tags) for t in line] for line in golds]
    assert run(entity_f1.METRIC, golds, values) == pytest.approx(0.6987654320987655)


def test_entity_f1_of_malformed_output(run) -> None:
    golds = [("B-PER", "O", "B-LOC")]
    assert run(entity_f1.METRIC, golds, [("B-PER",)]) == pytest.approx(2 / 3)
    assert run(entity_f1.METRIC, golds, [("PER", None, "B-LOC", "B-LOC")]) == pytest.approx(2 / 3)
    assert run(entity_f1.METRIC, golds, [None]) == 0
    assert np.isnan(run(entity_f1.METRIC, [("O", "O")], [("O", "O")]))


def test_entity_f1_refuses_other_tags(run) -> None:
    with pytest.raises(IsoglossError, match="NOUN"):
        run(entity_f1.METRIC, [("NOUN", "VERB")], [("NOUN", "VERB")])
