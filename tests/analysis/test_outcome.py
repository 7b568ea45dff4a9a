"""Outputs that miss the language: the source's, copies, and others."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.analysis.archive import FILE, pack
from isogloss.analysis.outcome import OUTCOMES, Counted, count, outcome, shares
from isogloss.analysis.system import systems
from isogloss.fidelity import Verdict
from isogloss.store import Store


@pytest.mark.parametrize(
    ("verdict", "name"),
    [
        (Verdict("right", "fr"), "right"),
        (Verdict("sibling", "fr"), "right"),
        (Verdict("wrong", "en"), "source"),
        (Verdict("mixed", "en"), "source"),
        (Verdict("wrong", "de"), "other"),
        (Verdict("repeated"), "other"),
        (Verdict("empty"), "other"),
        (Verdict("copied"), "copied"),
        (Verdict("short"), ""),
    ],
)
def test_a_verdict_amounts_to_one_outcome(verdict: Verdict, name: str) -> None:
    assert outcome(verdict, ("en",)) == name
    assert name in ("", *OUTCOMES)


def test_counts_survive_packing(made: Store, tmp_path: Path) -> None:
    packed = pack(made, tmp_path / FILE)
    assert isinstance(packed, Counted)
    assert not isinstance(made, Counted)
    lost = next(system for system in systems(made.rows()) if system.lr == 1e-2)
    counted = count(made, lost.runs[0], "fr", lost.sources)
    assert counted == packed.outcomes(lost.runs[0], "fr")
    assert counted["source"] > 50
    assert packed.outcomes(lost.runs[0], "xx") == {}
    found = shares(made, lost, ("fr", "ru"))
    assert found == shares(packed, lost, ("fr", "ru"))
    assert tuple(found) == tuple(OUTCOMES)
    assert sum(found.values()) == pytest.approx(1)
    assert found["source"] > 0.9
    assert shares(packed, lost, ("fr", "xx")) == {}
