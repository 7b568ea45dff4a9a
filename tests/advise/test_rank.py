"""The command `isogloss rank`, and its function in Python."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

import isogloss
from command import call as command
from isogloss.cli.rank import lines
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Run
from isogloss.core.types import Row
from isogloss.relation.from_model import Likeness
from isogloss.relation.transfer.observation import Observation
from isogloss.relation.transfer.rank import Ask, rank_sources
from isogloss.store import Store
from isogloss.study.study import Study

call = partial(command, "rank")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for lang, text in [("nl", "het huis is groot"), ("de", "das haus ist groß is"), ("tr", "ev")]:
        (folder / f"{lang}.txt").write_text("\n".join([f"{text} in"] * 60), encoding="utf-8")
    return folder


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--target", "ukr", "--task", "ner", "--candidates", "ru, zh,fi", "--top", 2) == 0
    out = capsys.readouterr().out
    assert out.startswith("Ukrainian (uk), ner: what to learn from\n")
    assert "No evidence: no score at hand tells these sources apart" in out
    assert "\nru " in out
    assert "genetic 0.439" in out
    assert "(+" not in out
    assert "… and 1 more: --top 3" in out
    assert "Rests on 841 published pairs of languages" in out
    assert "1000 examples of each source" in out
    assert "Runs that would tell most: train on " in out
    assert "Without test data in uk: " in out


def test_json_is_what_python_gives(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--target", "sw", "--task", "sib200", "--candidates", "en,zu", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    found = isogloss.rank("swh", "sib200", ["eng", "zul"])
    assert shown == json.loads(json.dumps(found.to_json()))
    assert found.kind == "classify"


def test_corpus_and_backbone(corpus: Path) -> None:
    found = isogloss.rank("nl", "ner", ["de", "tr", "fr"], corpus=corpus, backbone="mini/mt5")
    assert f"'{corpus}' has no text in fr" in found.notes
    assert any("sizes are those of the corpus" in text for text in found.basis)
    assert "source_size" in next(one for one in found.sources if one.lang == "fr").missing
    notes = isogloss.rank("sv", "ner", ["de"], corpus=corpus).notes
    assert f"'{corpus}' has no text in sv: nothing of it is compared" in notes


def test_likeness_of_a_model(tmp_path: Path) -> None:
    Likeness(("en", "sw"), (0,), (((1.0, 0.4), (0.4, 1.0)),), "cosine", "mean", "m", 9, 0).save(
        tmp_path / "like.json"
    )
    found = isogloss.rank("sw", "ner", ["en", "fr"], likeness=tmp_path / "like.json")
    assert len(found.sources) == 2


def test_learns_from_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for source in ("en", "de"):
        run = Run("sib200", "mini/xlmr", (source,))
        with Store(tmp_path).folder(run) as folder:
            for target, value in (("sw", 0.3), ("nl", 0.5 + 0.1 * (source == "de"))):
                folder.commit(target, "test", [], [row(run, target, value)])
    args = ("--target", "nl", "--task", "sib200", "--candidates", "en,de,fr", "--out", tmp_path)
    assert call(*args) == 0
    out = capsys.readouterr().out
    assert "your runs 0.600; " in out
    assert "4 pairs out of 4 scores of your own on 1 task;" in out
    assert "your runs are on few languages" in out
    assert "Too little evidence: your scores don't tell" in out
    assert out.index("\nde ") < out.index("\nen ")
    word = isogloss.rank("nl", "topic", ["en", "de"], out=tmp_path, backbone="mini/xlmr")
    assert [one.tested for one in word.sources] == [0.6, 0.5]
    other = isogloss.rank("nl", "ner", ["en", "de"], out=tmp_path)
    assert [one.tested for one in other.sources] == [None, None]
    assert other.level > 0.7


def row(run: Run, target: str, value: float) -> Row:
    return Row(
        run=run.id, cell=run.cell, task=run.task, task_version="1", model=run.model, recipe="",
        lr=run.fit.lr, step=1, needs="", sources=run.sources[0], target=target, condition="",
        split="test", metric="accuracy", signature="", value=value, n=100, seed=0,
        settings=run.settings,
    )  # fmt: skip


def test_defaults() -> None:
    assert {one.lang for one in isogloss.rank("sw", "xquad").sources} <= {
        *["ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"]
    }
    found = isogloss.rank("hsb", "pos", backbone="xlm-roberta-base")
    langs = [one.lang for one in found.sources]
    assert {"cs", "pl", "de", "en"} <= set(langs)
    assert set(langs[:3]) <= {"cs", "pl", "sk", "szl", "sl"}
    assert found.notes[0].startswith("candidates, relatives: ")
    assert any(note.startswith("candidates, large in the backbone: en, ") for note in found.notes)
    assert {one.lang for one in isogloss.rank("bam", "ner").sources} >= {"dyu", "wo", "fr"}
    first = [isogloss.rank(lang, "ner").sources[0].lang for lang in ("sw", "bm")]
    assert "zh" not in first


def test_the_task_and_the_backbone_move_what_is_expected() -> None:
    asked = ("yor", "pos", ["de", "sw"])
    seen = isogloss.rank(*asked, backbone="google/mt5-base")
    unseen = isogloss.rank(*asked, backbone="xlm-roberta-base")
    assert unseen.level < seen.level - 0.05
    other = isogloss.rank("yor", "generation", ["de", "sw"], backbone="google/mt5-base")
    assert other.level < seen.level - 0.05
    assert "no published runs of this kind" in other.decides
    assert "UDPOS_XLMR" in seen.decides


def test_rank_and_forecast_expect_the_same(tmp_path: Path) -> None:
    """One cell, one score: before any run and after, whoever else is asked for."""
    study = Study.of({
        "name": "s", "tasks": ["sib200"], "models": ["mini/xlmr"], "sources": [["en"], ["de"]],
        "targets": ["nl", "fr", "sw"],
    })  # fmt: skip
    first = [(("en",), "nl", 0.4)]
    many = [
        ((source,), lang, 0.3 + at / 20 + (source == "de") / 10)
        for source in ("en", "de")
        for at, lang in enumerate(("es", "ja", "pl", "ru", "tr", "vi"))
    ]
    for scores in ([], first, many):  # with many, means and trees are averaged in
        for source, lang, score in scores:
            run = Run("sib200", "mini/xlmr", source)
            with Store(tmp_path).folder(run) as folder:
                folder.commit(lang, "test", [], [row(run, lang, score)])
        (prospect,) = isogloss.forecast(study, tmp_path)
        told = {
            (one.forecast.cell.mix[0][0], one.forecast.cell.target): one.forecast
            for one in prospect.cells
        }
        for target, langs in (("sw", ["en", "de"]), ("fr", ["de", "zu", "es"])):
            found = isogloss.rank(target, "sib200", langs, out=tmp_path, backbone="mini/xlmr")
            for one in found.sources:
                if (expected := told.get((one.lang, target))) is not None:
                    assert one.score == pytest.approx(expected.score, abs=1e-3)
                    if scores is many:  # ends then rest on which cells are asked for together
                        continue
                    assert one.low == pytest.approx(expected.low, abs=1e-3)
                    assert one.high == pytest.approx(expected.high, abs=1e-3)


def test_what_a_reader_has_to_know() -> None:
    notes = isogloss.rank("sw", "ner", ["en", "eng", "sw"]).notes
    assert "named more than once, ranked once: en" in notes
    assert "sw is the target: left out of the candidates" in notes
    assert "one candidate: there is nothing to compare it with" in notes
    blind = isogloss.rank("sk", "ner", ["cs", "hu"])
    assert any("typology does not cover sk: syntactic" in note for note in blind.notes)
    assert all(one.missing for one in blind.sources)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("qqq", "ner", ["en"]), "unknown language 'qqq'"),
        (("sw", "ner", ["qqq"]), "unknown language 'qqq'"),
        (("sw", "nerr", ["en"]), "unknown task 'nerr'"),
        (("sw", "ner", []), "no candidate is left"),
        (("sw", "ner", ["sw"]), "no candidate is left"),
    ],
)
def test_errors(arguments: tuple[str, str, list[str]], said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        isogloss.rank(*arguments)


def test_folders_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match="no results folder"):
        isogloss.rank("sw", "ner", ["en"], out=tmp_path / "no")
    with pytest.raises(IsoglossError):
        isogloss.rank("sw", "ner", ["en"], corpus=tmp_path / "no")
    assert call("--target", "sw", "--task", "ner", "--candidates", "xx1") == 2


def test_runs_that_tell_give_places_and_gains() -> None:
    langs = ("en", "de", "fr", "ru", "tr", "ar", "hi", "zh")
    own = [
        Observation("ner", "m", ((s, 0),), t, 0.3 + 0.06 * langs.index(s), 100)
        for t in langs
        for s in langs
        if s != t
    ]
    ask = Ask({}, None, None)
    found = rank_sources("uk", langs, task="ner", kind="tag", observations=own, ask=ask)
    said = "\n".join(lines(found, 3))
    assert "\n1   zh " in said
    assert "evidence" not in said
    assert " ± " in said
    assert "The order goes by your own runs" in said
    assert "same family" not in said
