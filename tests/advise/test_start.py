"""`isogloss start` writes a study that reads."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.advise.start import study_text
from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.models.family.backbone import backbone
from isogloss.models.family.size import working
from isogloss.study.plan import plan_study
from isogloss.study.study import Study


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})
    rows = [{"body": f"some text {n}", "topic": "ab"[n % 2]} for n in range(20)]
    for name in ("news/en/train.jsonl", "news/en/dev.jsonl", "news/sw/test.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def load(text: str, folder: Path) -> Study:
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return Study.load(folder / "study.toml")


def test_splits_beside_the_training_data_are_found(folder: Path) -> None:
    text = study_text(Path("news/en/train.jsonl"), source="eng", targets=["swh"])
    study = load(text, folder)
    task = study.own["news"]
    assert (study.targets, study.sources, study.lrs) == (("sw",), (("en",),), (1e-3, 3e-4))
    assert list(study.recipes) == ["majority", "untouched", "full"]
    assert study.select == {"lr": "source_dev"}
    assert task.available is not None
    assert task.available(None) == {"en": ("train", "dev"), "sw": ("test",)}
    assert "taken for test: news/{lang}/test.jsonl" in text
    assert "Cost: 6 trainings" in text


def test_references_that_translate_where_there_is_a_translator(folder: Path) -> None:
    text = study_text(
        Path("news/en/train.jsonl"),
        source="en",
        targets=["sw", "eu"],
        translator="some/nllb",
        model="some/xlmr-large",
    )
    study = load(text, folder)
    assert study.recipes["translate_train"].recipe == "translate_train(langs=['sw', 'eu'])"
    assert study.recipes["translate_test"].recipe == "translate_test()"
    assert study.supply is not None
    assert study.supply.definition["table"] == {"translator": "some/nllb"}
    assert study.models == ("some/xlmr-large",)
    assert "Cost: 12 trainings" in text


def test_what_is_missing_is_named_and_not_invented(folder: Path) -> None:
    (folder / "news/en/dev.jsonl").unlink()
    (folder / "news/sw/test.jsonl").unlink()
    text = study_text(Path("news/en/train.jsonl"), source="en", targets=["sw"])
    study = load(text, folder)
    assert "TO DO: no test data yet" in text
    assert '# test  = "test.{lang}.jsonl"' in text
    assert (study.select, len(study.lrs)) == ({}, 1)
    assert study.own["news"].available is not None
    assert study.own["news"].available(None) == {"en": ("train",)}


def test_a_study_elsewhere_finds_the_data(folder: Path) -> None:
    (folder / "studies").mkdir()
    test = Path("news/{lang}/test.jsonl")
    text = study_text(
        Path("news/en/train.jsonl"), source="en", targets=["sw"], test=test, base=Path("studies")
    )
    assert tomllib.loads(text)["task"]["news"]["files"]["test"] == "../news/{lang}/test.jsonl"
    assert load(text, folder / "studies").own["news"].langs == ("en", "sw")


def test_generation_has_no_majority(folder: Path) -> None:
    rows = [{"document": f"long text {n}", "summary": f"text {n}"} for n in range(20)]
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    text = study_text(path, source="en", targets=["sw"])
    study = load(text, folder)
    assert (list(study.recipes), study.models) == (["untouched", "full"], ("mini/mt5",))
    assert "freeze(what=['embeddings', 'decoder'])" in text


def put(folder: Path, name: str, rows: list[dict[str, object]]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return Path(name)


TOPICS = [{"body": f"some text {n}", "topic": "ab"[n % 2]} for n in range(20)]


@pytest.mark.parametrize(
    ("train", "names"),
    [
        (["t/{lang}/train.jsonl"], ["t/por/train.jsonl", "t/swa/train.jsonl"]),
        (["t/por/train.jsonl"], ["t/por/train.jsonl", "t/swa/train.jsonl"]),
        (["a.jsonl", "b.jsonl"], ["a.jsonl", "b.jsonl"]),
    ],
)
def test_several_sources(folder: Path, train: list[str], names: list[str]) -> None:
    for name in names:
        put(folder, name, TOPICS)
    if train[0].startswith("t/"):
        put(folder, "t/swa/dev.jsonl", TOPICS)
        put(folder, "t/ibo/test.jsonl", TOPICS)
    text = study_text([Path(one) for one in train], source=["por", "swa"], targets=["ibo"])
    study = load(text, folder)
    (task,) = study.own.values()
    assert (study.sources, study.targets) == ((("pt", "sw"),), ("ig",))
    assert "has 40 examples" in text
    assert '# Trained on together; for one model of each: sources = [["pt"], ["sw"]]' in text
    assert [len(task.load(lang, "train", None)) for lang in ("pt", "sw")] == [20, 20]
    assert task.available is not None
    if train[0].startswith("t/"):
        assert task.available(None) == {"ig": ("test",), "pt": ("train",), "sw": ("train", "dev")}
        assert plan_study(study).cells


def test_one_file_that_tells_the_languages(folder: Path) -> None:
    train = put(
        folder, "all.jsonl", [one | {"lang": lang} for lang in ("pt", "sw") for one in TOPICS]
    )
    study = load(study_text(train, source=["pt", "swa"], targets=["ig"]), folder)
    (task,) = study.own.values()
    assert [len(task.load(lang, "train", None)) for lang in ("pt", "sw")] == [20, 20]
    with pytest.raises(IsoglossError, match=r"no line in 'fr' \(a column tells pt, sw\)"):
        study_text(train, source=["pt", "fr"], targets=["ig"])


def test_sources_that_do_not_fit_together(folder: Path) -> None:
    one, two = put(folder, "en.jsonl", TOPICS), put(folder, "b.jsonl", [{"x": "a b", "y": "c"}] * 2)
    with pytest.raises(IsoglossError, match="3 files for 2 source languages"):
        study_text([one, two, one], source=["en", "fr"], targets=["sw"])
    with pytest.raises(IsoglossError, match=r"no train file in 'fr' fits '\{lang\}\.jsonl'"):
        study_text(one, source=["en", "fr"], targets=["sw"])
    put(folder, "b.jsonl", TOPICS)
    with pytest.raises(IsoglossError, match=r"no line in 'en' \(no column tells another\)"):
        study_text(two, source=["en", "fr"], targets=["sw"])
    three = put(folder, "c.jsonl", [{"text": "a", "label": "xy"[n % 2]} for n in range(9)])
    with pytest.raises(IsoglossError, match=r"the sources differ: .*topic.* c\.jsonl like"):
        study_text([one, three], source=["en", "fr"], targets=["sw"])


def test_labels_examples_and_columns_that_are_not_read(folder: Path) -> None:
    rows = [
        {"premise": f"He fell {n}.", "choice1": "He\ncried.", "choice2": "He\u0007 sang.",
         "question": "effect", "label": n % 2}
        for n in range(4)
    ]  # fmt: skip
    text = study_text(put(folder, "copa.jsonl", rows), source="en", targets=["sw"])
    assert "# Not read: question. Where an answer depends on one, put it into the text." in text
    assert "#   He fell 0. | He cried. / He  sang. => He cried.\n" in text
    assert "#   He fell 1. | He cried. / He  sang. => He  sang.\n" in text
    text = study_text(Path("news/en/train.jsonl"), source="en", targets=["sw"])
    assert "# 2 labels in training data: a 10, b 10\n" in text
    assert "#   some text 0 => a\n#   some text 1 => b\n" in text
    assert "Not read" not in text


def test_slots_of_files_that_hold_intents_too(folder: Path) -> None:
    lines = "# text = set it\n1\tset\talarm/set\tO\n2\tit\talarm/set\tB-{}\n\n"
    (folder / "en.train.conll").write_text(lines.format("what") * 3)
    (folder / "de.test.conll").write_text(lines.format("other"))
    (folder / "de-st.test.conll").write_text(lines.format("what"))
    text = study_text(
        Path("en.train.conll"), source="en", targets=["de"], test=Path("{lang}.test.conll")
    )
    (task,) = tomllib.loads(text)["task"].values()
    assert task["columns"] == {"words": 2, "target": 4}
    assert task["files"]["test"] == {"de": "de.test.conll"}
    assert task["labels"] == ["B-other", "B-what", "O"]
    assert "# words in column 2, tags in column 4: en.train.conll and 1 more\n" in text
    assert "# labels that the training data lack: 'B-other'\n" in text
    assert "#   set it => it (what)\n" in text
    assert plan_study(load(text, folder)).cells


def test_a_single_test_file_is_in_the_language_that_names_it(folder: Path) -> None:
    for name in ("x/swa.jsonl", "x/some.jsonl"):
        put(folder, name, TOPICS)
    train = Path("news/en/train.jsonl")
    text = study_text(train, source="en", targets=["sw", "eu"], test=Path("x/swa.jsonl"))
    assert tomllib.loads(text)["task"]["news"]["files"]["test"] == {"sw": "x/swa.jsonl"}
    with pytest.raises(IsoglossError, match="which language is the test file"):
        study_text(train, source="en", targets=["sw"], test=Path("x/some.jsonl"))


def test_the_cost_is_that_of_the_model(folder: Path, tiny_xlmr: str) -> None:
    train = Path("news/en/train.jsonl")
    size = working(backbone(tiny_xlmr))
    text = study_text(train, source="en", targets=["sw"], model=tiny_xlmr)
    assert f"# counted from {size:,} parameters outside the embeddings and " in text
    assert re.search(r"and\s[# ]*\d+ tokens an example;", text)
    assert "roughly a minute on two CPU cores" in text
    text = study_text(train, source="en", targets=["sw"], model="FacebookAI/xlm-roberta-large")
    assert "counted from 294,000,000 parameters" in text
    text = study_text(train, source="en", targets=["sw"], model="some/model")
    assert "how long they take, the size of some/model would tell" in text
    with pytest.raises(IsoglossError, match=r"no model folder '\./nowhere'"):
        study_text(train, source="en", targets=["sw"], model="./nowhere")


def test_from_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("por", "swa"):
        put(folder, f"t/{lang}/train.jsonl", TOPICS)
    put(folder, "t/ibo/test.jsonl", TOPICS)
    main(["start", "t/{lang}/train.jsonl", "--from", "por,swa", "--to", "ibo", "--out", "s/s.toml"])
    assert "# 2 labels in training data: a 20, b 20\n" in capsys.readouterr().out
    main(["plan", "s/s.toml", "--out", str(folder / "out")])
    assert "t: 2 labels in training data: a 20, b 20\n" in capsys.readouterr().out
    for name, content, said in (
        (
            "one.jsonl",
            [one | {"topic": "x"} for one in TOPICS],
            "1 label in all training data, 'x'",
        ),
        ("empty.conll", "-DOCSTART- -X- O\n\n", "empty.conll: no sentence in it"),
        ("words.conll", "Ann\nran\n", "words.conll: words without tags"),
        ("lemma.conll", "".join(f"w{n} l{n}\n" for n in range(300)), "they are no tags"),
    ):
        if isinstance(content, str):
            (folder / name).write_text(content)
        else:
            put(folder, name, content)
        with pytest.raises(SystemExit) as caught:
            main(["start", name, "--from", "en", "--to", "sw", "--out", "t.toml"])
        assert (caught.value.code, said in capsys.readouterr().err) == (2, True)
        assert not (folder / "t.toml").exists()


def test_bad_input(folder: Path) -> None:
    train = Path("news/en/train.jsonl")
    with pytest.raises(IsoglossError, match="no test file fits 'nowhere"):
        study_text(train, source="en", targets=["sw"], test=Path("nowhere/{lang}.jsonl"))
    with pytest.raises(IsoglossError, match="unknown language 'xx9'"):
        study_text(train, source="en", targets=["xx9"])
