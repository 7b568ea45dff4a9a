"""Identifiers: batches equal the plain loop, candidates, memory, what is missing."""

from __future__ import annotations

import math
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fake_identifier import LABELS, Told, always, telling
from isogloss import plugin
from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.core.identifier import Identifier
from isogloss.fidelity.identify import Best, identify, probability
from isogloss.language.registry import find_language
from isogloss.testing import check_identifier


def plain(texts: list[str]) -> list[dict[str, float]]:
    """Score with the package itself, one text at a time."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    found = []
    for text in texts:
        temper = math.sqrt(max(1, len(model._encode(text))))
        scores = {label: score / temper for label, score in model.rank(text) if label != "zxx"}
        found.append({find_language(label).code: score for label, score in scores.items()})
    return found


def test_batch_equals_plain_loop(texts: dict[str, str]) -> None:
    default = plugin.identifier()
    given = [*texts.values(), "OK", "KM", "x" * 3000, "Ünï", "e\u0301te\u0301", "ひ", "a\ud800b"]
    given += [f"{text} {text[:i]}" for i, text in enumerate(texts.values())]
    scores = default.scores(given)
    for row, expected in zip(scores, plain(given), strict=True):
        assert set(default.labels) == set(expected)
        want = np.array([expected[label] for label in default.labels])
        if want.max() < -1e30:  # the package's mark for nothing seen
            assert np.isnan(row).all()
            continue
        # the package adds 16- and 32-bit numbers, we 64-bit ones
        np.testing.assert_allclose(row, want, atol=2e-3)
        assert default.labels[int(row.argmax())] == max(expected, key=lambda x: expected[x])


def test_no_text_moves_another(texts: dict[str, str]) -> None:
    default = plugin.identifier()
    given = [part for text in texts.values() for part in (text, text[:9], text.split()[0])]
    together = default.scores(given)
    alone = np.concatenate([default.scores([text]) for text in given])
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_nothing_seen() -> None:
    default = plugin.identifier()
    assert np.isnan(default.scores(["", "  "])).all()
    assert default.scores([]).shape == (0, len(default.labels))
    assert identify(default, ["", "Guten Morgen"])[0] == []
    assert Best(default)([""]) == [("", 0.0)]
    assert probability(default, [""], "de") == [0.0]


def test_candidates(texts: dict[str, str]) -> None:
    default = plugin.identifier()
    among = frozenset({"en", "ru", "tlh"})
    for ranked in identify(default, list(texts.values()), among):
        assert {code for code, _ in ranked} == {"en", "ru"}
        assert sum(share for _, share in ranked) == pytest.approx(1.0)
        assert ranked == sorted(ranked, key=lambda one: -one[1])
    every = identify(default, [texts["en"]])[0]
    inside = dict(identify(default, [texts["en"]], among)[0])
    odds = dict(every)["en"] / dict(every)["ru"]
    assert inside["en"] / inside["ru"] == pytest.approx(odds)
    assert Best(default, among)([texts["en"]])[0] == pytest.approx(("en", inside["en"]))
    with pytest.raises(IsoglossError, match="none of: tlh"):
        identify(default, ["a"], frozenset({"tlh"}))


def test_equal_texts_are_scored_once() -> None:
    told = Told(lambda text: ("fr", 0.9))
    best = Best(Identifier(version="1", open=lambda _: told, name="told"))
    assert best(["a", "b", "a"] * 50) == [("fr", pytest.approx(0.9))] * 150
    assert best(["b", "c"])[1][0] == "fr"
    assert told.asked == ["a", "b", "c"]
    identify(best.identifier, ["x", "x"])
    assert told.asked[3:] == ["x"]


def test_probability() -> None:
    mock = telling(lambda text: (text, 0.8))
    assert probability(mock, ["fr", "en", "fr"], "fr") == pytest.approx([0.8, 0.2 / 11, 0.8])
    with pytest.raises(IsoglossError, match="knows none of: sl"):
        probability(mock, ["fr"], "sl")


def test_names_and_arguments(tmp_path: Path) -> None:
    assert plugin.identifier().name == "py3langid"
    assert plugin.identifier() == plugin.identifier("py3langid")
    assert plugin.identifier().signature.startswith("py3langid 0.")
    for spec, hint in (
        ("pycld", "did you mean 'pycld2'"),
        ("fasttext", "write fasttext:PATH"),
        ("py3langid:x", "write py3langid"),
    ):
        with pytest.raises(IsoglossError, match=hint):
            plugin.identifier(spec)
    model = tmp_path / "lid.bin"
    model.write_bytes(b"x")
    assert "|lid.bin:2d711642" in plugin.identifier(f"fasttext:{model}").signature


@pytest.mark.parametrize(
    ("spec", "module", "package"),
    [
        ("pycld2", "pycld2", "pycld2"),
        ("heliport", "heliport", "heliport"),
        ("fasttext:m.bin", "fasttext", "fasttext-predict"),
    ],
)
def test_missing_package(
    spec: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    plugin.identifier.cache_clear()
    found = plugin.identifier(spec)
    vars(found).pop("scorer", None)
    with pytest.raises(IsoglossError, match=f"pip install {package}"):
        _ = found.scorer


def test_pycld2_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    def detect(text: str, bestEffort: bool) -> Any:  # noqa: N803
        assert "\x00" not in text
        found = (("FRENCH", "fr", 70, 9.0), ("ENGLISH", "en", 30, 9.0), ("Unknown", "un", 0, 0.0))
        return True, 9, found if text.strip() else (("Unknown", "un", 0, 0.0),)

    fake: Any = types.ModuleType("pycld2")
    fake.detect = detect
    fake.LANGUAGES = (("FRENCH", "fr"), ("ENGLISH", "en"), ("HEBREW", "iw"), ("X", "xx-Qaai"))
    monkeypatch.setitem(sys.modules, "pycld2", fake)
    scorer = plugin.find("identifier", "pycld2").open("")
    mock = Identifier(version="1", open=lambda _: scorer, name="pycld2")
    assert set(mock.labels) == {"fr", "en", "he"}
    ranked = identify(mock, ["a\x00b", ""])
    assert [code for code, _ in ranked[0]] == ["fr", "en", "he"]
    assert ranked[0][0][1] == pytest.approx(0.7, abs=1e-4)
    assert ranked[1] == []


class Labelled:
    """What `fasttext.load_model` gives."""

    def predict(self, text: str, k: int, threshold: float) -> Any:
        assert "\n" not in text
        if not text:
            return (), ()
        return ("__label__swh_Latn", "__label__en", "__label__qqq_Latn"), (0.6, 0.3, 0.1)


def test_fasttext_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake: Any = types.ModuleType("fasttext")
    fake.load_model = lambda path: Labelled()
    monkeypatch.setitem(sys.modules, "fasttext", fake)
    plug = plugin.find("identifier", "fasttext")
    with pytest.raises(IsoglossError, match="no fastText model"):
        plug.open(str(tmp_path / "none.bin"))
    (tmp_path / "m.bin").write_bytes(b"x")
    scorer = plug.open(str(tmp_path / "m.bin"))
    mock = Identifier(version="1", open=lambda _: scorer, name="fasttext")
    assert set(mock.labels) == {"sw", "en"}
    assert Best(mock)(["habari\nya"])[0] == ("sw", pytest.approx(2 / 3))


OWN = '''"""Answer Klingon."""
import numpy as np
from isogloss.core.identifier import Identifier

class One:
    labels = ("sw", "en")
    def scores(self, texts):
        return np.tile([0.0, -1.0], (len(texts), 1))

IDENTIFIER = Identifier(version="1", open=lambda _: One())
'''


def test_file_of_your_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})
    plugin.identifier.cache_clear()
    path = tmp_path / "own.py"
    path.write_text(OWN)
    assert plugin.add(path) == ["identifier"]
    assert Best(plugin.identifier("own"))(["a"])[0][0] == "sw"
    plugin.identifier.cache_clear()


@pytest.mark.parametrize("name", plugin.names("identifier"))
def test_conformance(name: str) -> None:
    check_identifier(name)


def test_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list", "identifiers"])
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("py3langid", "pycld2", "fasttext", "heliport"))
    main(["show", "py3langid"])
    shown = capsys.readouterr().out
    assert "139 languages" in shown
    main(["show", "heliport"])
    assert "GPL-3.0" in capsys.readouterr().out


def test_always_english_is_mocked() -> None:
    assert Best(always("en"))(["สวัสดี"])[0][0] == "en"
    assert LABELS[2] == "en"
