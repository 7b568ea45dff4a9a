"""Matrices side by side, what is not known said, and the tree of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.from_model import Likeness
from isogloss.relation.similarity import checked, similarity
from isogloss.relation.statistic import profile

SEEN = Likeness(
    ("es", "pt"), (8,), (((1.0, 0.9), (0.9, 1.0)),), "cosine", "mean", "some/model", 100, 12
)


def test_typology_alone() -> None:
    found = similarity(["spa", "pt", "ja"], ["syntactic", "genetic"])
    assert found.langs == ("es", "pt", "ja")
    assert [one.name for one in found.matrices] == ["syntactic", "genetic"]
    assert found.nearest("syntactic", "es")[0][0] == "pt"
    assert found.weights == {"syntactic": 0.5, "genetic": 0.5}
    assert found.tree is not None
    assert found.tree.groups(2) == (("ja",), ("es", "pt"))
    assert found.notes == ()
    with pytest.raises(IsoglossError, match="unknown matrix 'sintactic'"):
        found.matrix("sintactic")


def test_gaps_are_said_and_stay() -> None:
    found = similarity(["es", "pt", "io"], ["syntactic"])
    assert found.matrix("syntactic").values[2] == (None, None, None)
    assert found.tree is not None
    assert found.tree.left_out == ("io",)
    assert found.notes == (
        "syntactic: nothing is known of io",
        "left out of the tree, with gaps: io",
    )
    assert similarity(["io", "vo"], ["syntactic"]).tree is None


def test_a_kind_with_gaps_is_left_out_of_the_tree() -> None:
    found = similarity(["es", "pt", "sk"], ["genetic", "syntactic"])
    assert set(found.weights) == {"genetic"}
    assert "left out of the tree, for their gaps: syntactic" in found.notes


def test_a_language_that_nothing_knows_costs_no_matrix() -> None:
    found = similarity(["fr", "tr", "fi", "io"], ["genetic", "syntactic"])
    assert set(found.weights) == {"genetic", "syntactic"}
    assert found.tree is not None
    assert found.tree.left_out == ("io",)


def test_features_count_once_in_the_tree() -> None:
    found = similarity(["fr", "tr", "fi"], ["syntactic", "featural"])
    assert set(found.weights) == {"syntactic"}
    assert set(similarity(["fr", "tr", "fi"], ["featural"]).weights) == {"featural"}


def test_data_and_model_beside() -> None:
    profiles = {
        "es": profile(["el agua sube"] * 40, "es", str.split),
        "pt": profile(["a agua desce"] * 40, "pt", str.split),
        "ja": profile(["水"], "ja", str.split),
    }
    found = similarity(["es", "pt", "ja"], profiles=profiles, likeness=SEEN)
    overlap, model = found.matrix("word_overlap"), found.matrix("model")
    assert overlap.values[0] == (0.5, pytest.approx(1 / 6), None)
    assert not overlap.distance
    assert overlap.distances[0, 0] == 0.0
    assert model.values[0] == (1.0, 0.9, None)
    assert "layer 8 of some/model" in model.about
    assert "ja: 1 words are too few to compare" in found.notes
    assert found.to_json()["corpus"]["es"]["fertility"] == 1.0
    assert "NaN" not in json.dumps(found.to_json())


def test_texts_that_a_model_cut_are_told() -> None:
    assert not any("cut" in note for note in similarity(["es", "pt", "ja"], likeness=SEEN).notes)
    found = similarity(["es", "pt", "ja"], likeness=replace(SEEN, cut=3))
    assert f"model: 3 of {SEEN.n * len(SEEN.langs)} texts were cut to what it reads" in found.notes


def test_scores_weigh_the_tree() -> None:
    scores = {("es", "pt"): 0.9, ("ja", "pt"): 0.1, ("pt", "es"): 0.8, ("ja", "es"): 0.2}
    found = similarity(["es", "pt", "ja"], ["syntactic", "geographic"], scores=scores)
    assert sum(found.weights.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("langs", "said"),
    [
        ([], "no language is named"),
        (["sw"], "only 'sw' is named"),
        (["sw", "de", "sw"], "'sw' is there twice"),
        (["sw", "swh"], "'sw' and 'swh': 'sw' is there twice"),
        (["sw", "qqq"], "unknown language 'qqq'"),
        (["sw", "kok"], "ambiguous language 'kok'"),
    ],
)
def test_bad_languages(langs: list[str], said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        checked(langs)


def test_bad_kinds() -> None:
    with pytest.raises(IsoglossError, match="did you mean 'phonological'"):
        similarity(["es", "pt"], ["phonology"])
    with pytest.raises(IsoglossError, match="nothing to compare by"):
        similarity(["es", "pt"])
