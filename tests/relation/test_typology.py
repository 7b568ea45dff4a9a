"""Distances of typology: known facts, and nothing where nothing is known."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from calls import growth
from isogloss.core.errors import IsoglossError
from isogloss.language.registry import languages
from isogloss.relation import typology
from isogloss.relation.typology import KINDS, covers, distance, family, matrix, shared

SOME = ("es", "pt", "fr", "de", "ja", "sw", "eu", "zh", "tr", "io", "sk")


@pytest.mark.parametrize("kind", KINDS)
def test_relatives_are_nearer(kind: str) -> None:
    for near, one, far in [("pt", "es", "ja"), ("nl", "de", "sw"), ("it", "pt", "ha")]:
        close, wide = distance(kind, one, near), distance(kind, one, far)
        assert close is None or wide is None or close < wide, (kind, one, near, far)


@pytest.mark.parametrize("kind", KINDS)
def test_matrix_is_a_distance(kind: str) -> None:
    values = matrix(kind, SOME)
    known = ~np.isnan(values)
    assert values.shape == (len(SOME), len(SOME))
    assert np.array_equal(values, values.T, equal_nan=True)
    assert (values[known] >= 0).all()
    assert (values[known] <= 1).all()
    assert not values.diagonal()[known.diagonal()].any()
    for row, one in enumerate(SOME):
        for column, other in enumerate(SOME):
            value = distance(kind, one, other)
            assert (value is None) == (not known[row, column])
            assert value is None or value == values[row, column]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_filled_in(kind: str) -> None:
    # The sources have no line on Ido; on Slovak they have its family and place alone.
    assert distance(kind, "io", "en") is None
    assert shared(kind, "io", "en") == 0
    assert not covers(kind, "io")
    assert np.isnan(matrix(kind, ["io", "en"])[0]).all()
    assert covers(kind, "sk") == (kind in ("genetic", "geographic"))


def test_too_few_shared_features_are_no_distance() -> None:
    few = [
        lang
        for lang in typology.languages()
        if 0 < shared("syntactic", lang, "en") < typology.FEWEST
    ]
    assert few
    assert all(distance("syntactic", lang, "en") is None for lang in few)


@pytest.mark.parametrize(
    ("kind", "one", "other", "value"),
    [
        ("syntactic", "fr", "it", 0.4528),
        ("morphological", "tr", "fi", 0.4309),
        ("phonological", "ja", "fr", 0.4909),
        ("inventory", "ha", "yo", 0.4566),
        ("featural", "hi", "fr", 0.5480),
        ("genetic", "tr", "fi", 1.0),
    ],
)
def test_values_of_uriel_plus(kind: str, one: str, other: str, value: float) -> None:
    """They are what urielplus 1.3.2 gives with the same databases and no lineage filling."""
    assert distance(kind, one, other) == pytest.approx(value, abs=5e-5)


def test_known_values() -> None:
    # Madrid and Tokyo are some 10,800 km apart; Glottolog's points are inland.
    assert distance("geographic", "es", "ja") == pytest.approx(0.52, abs=0.02)
    assert distance("genetic", "es", "ja") == 1.0
    assert distance("genetic", "eu", "es") == 1.0, "an isolate is kin to nothing"
    assert distance("genetic", "eu", "eu") == 0.0
    assert distance("genetic", "eo", "io") is None, "made languages have no family"
    assert family("sw") is not None
    assert family("sw")[0] == "Atlantic-Congo"  # type: ignore[index]
    assert family("eu") == ()
    assert family("eo") is None


def test_codes_are_those_of_the_registry() -> None:
    assert distance("syntactic", "swa", "zho") == distance("syntactic", "sw", "zh")
    assert distance("genetic", "sr-Latn", "sr") == 0.0, "typology knows no scripts"
    assert covers("syntactic", "nb"), "the sources know Bokmål by the code of Norwegian"
    assert shared("syntactic", "hr", "sr") > 50, "and Croatian by that of Serbo-Croatian"
    assert set(typology.languages()) <= {lang.code for lang in languages()}
    with pytest.raises(IsoglossError, match="unknown language 'qqq'"):
        distance("syntactic", "qqq", "en")
    with pytest.raises(IsoglossError, match="did you mean 'syntactic'"):
        matrix("syntax", ["en", "de"])


def test_coverage() -> None:
    seen = [lang.code for lang in languages() if lang.flores and "-" not in lang.code]
    share = {kind: sum(covers(kind, lang) for lang in seen) / len(seen) for kind in KINDS}
    assert len(typology.languages()) > 7000
    assert share["geographic"] > 0.98
    assert share["genetic"] > 0.98
    assert share["syntactic"] > 0.85
    assert share["inventory"] > 0.7
    assert share["morphological"] > 0.65


@pytest.mark.parametrize("kind", KINDS)
def test_the_work_grows_with_the_pairs(kind: str) -> None:
    langs = [lang.code for lang in languages() if lang.flores and "-" not in lang.code]
    assert growth(lambda count: matrix(kind, langs[:count]), 12) < 4.6


def test_source_and_licence_are_in_the_package() -> None:
    about = typology.about()
    assert about["source"].startswith("URIEL+")
    assert about["licence"] == "CC-BY-SA-4.0"
    text = typology.TABLE.with_suffix(".txt").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in text
    assert typology.TABLE.stat().st_size < 1_000_000


def test_importing_loads_nothing() -> None:
    code = "import sys, isogloss.relation.typology; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
