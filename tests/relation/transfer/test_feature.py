from __future__ import annotations

import math

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.statistic import profile
from isogloss.relation.transfer.feature import features
from isogloss.relation.typology import KINDS


def test_facts() -> None:
    found = features("en", "de", backbone="google/mt5-base")
    assert set(KINDS) <= set(found)
    assert found["same_family"] == found["same_script"] == 1
    assert found["source_seen"] == found["target_seen"] == 1
    assert 0 < found["genetic"] < features("en", "tr")["genetic"]


def test_not_known_is_not_filled() -> None:
    found = features("en", "eo")
    assert math.isnan(found["source_seen"])
    assert found["same_family"] == 0
    assert math.isnan(features("en", "de", likeness={})["likeness"])


def test_codes_and_likeness() -> None:
    assert features("eng", "swa") == pytest.approx(features("en", "sw"), nan_ok=True)
    assert features("en", "sw", likeness={("sw", "en"): 0.5})["likeness"] == 0.5
    assert features("en", "sw", backbone={"en"})["target_seen"] == 0
    with pytest.raises(IsoglossError, match="unknown language"):
        features("en", "qqq")


def test_corpus() -> None:
    texts = {"en": ["the house is red"] * 40, "de": ["das haus ist rot the"] * 40}
    profiles = {lang: profile(found, lang) for lang, found in texts.items()}
    found = features("en", "de", profiles=profiles)
    assert found["word_overlap"] > 0
    assert found["source_size"] == 40
    assert "word_overlap" not in features("en", "fr", profiles=profiles)
