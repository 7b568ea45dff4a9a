"""The translator reads a text to its end, and says where its own has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tiny
from isogloss.cli import main
from isogloss.core.run import Fit, Generate
from isogloss.material import translate
from isogloss.material.translate import translator
from isogloss.material.translation import Unfinished
from isogloss.models.head.text import tokens
from isogloss.store import Store

STUDY = """
name = "translated"
tasks = ["mine"]
models = ["{model}"]
targets = ["fr"]
[fit]
steps = 1
batch = 4
[recipes]
test = "{recipes[0]}"
train = "{recipes[1]}"
[supply]
translator = "{translator}"
[task.mine]
kind = "classify"
files = "{{lang}}.{{split}}.jsonl"
"""
RECIPES = "translate_test()", "translate_train(langs=['fr'])"
SHORT = ["In 5 days. ", "Two weeks and three days! ", "5 kilometres."]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the path of a tiny translation model."""
    return str(tiny.checkpoint("m2m100", tmp_path_factory.mktemp("translator")))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the model write little: its weights are random and it never ends."""
    monkeypatch.setattr(translate, "GENERATE", Generate(max_tokens=4))


def test_a_text_longer_than_the_room_is_read_to_its_end() -> None:
    ask = translator("mini/nllb")
    text = "".join(SHORT[:2] * 80) + SHORT[2]
    assert len(tokens(translate._model("mini/nllb").tokenizer, [text])[0]) > 842
    each = ask([part.strip() for part in SHORT], "en", "fr")
    [whole] = ask([text], "en", "fr")
    assert whole == " ".join(each[:2] * 80 + each[2:])
    assert ask([text, SHORT[2]], "en", "fr") == [whole, each[2]]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("th", tiny._WORDS["th"] * 200),
        ("en", " ".join([tiny._WORDS["en"]] * 12)),
        ("hi", "क" * 900),
    ],
)
def test_a_sentence_longer_than_the_room_is_read_in_parts(model: str, lang: str, text: str) -> None:
    net = translate._model(model)
    pieces = translate._pieces(net, text, lang)
    assert len(pieces) > 1
    assert "".join(pieces) == text
    room = min(translate.FIT.max_source, net.plain.config.max_position_embeddings)
    assert all(len(tokens(net.tokenizer, [piece])[0]) <= room for piece in pieces)


def test_lines_and_the_target_s_spaces_stay(
    model: str, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    ask = translator(model)
    one, two = ask(["One.", "Two."], "en", "fr")
    assert ask([" One. Two.\n\nOne.\n"], "en", "fr") == [f"{one} {two}\n\n{one}"]
    one, two = ask(["One.", "Two."], "en", "th")
    assert ask(["One. Two."], "en", "th") == [f"{one}{two}"]
    assert ask(["", " \n"], "en", "th") == ["", ""]
    assert "2 of 2 translations from 'en' into 'th' are unfinished, at 4 tokens" in caplog.text


def test_what_has_no_end_is_marked(model: str, quick: None) -> None:
    assert all(isinstance(each, Unfinished) for each in translator(model)(SHORT, "en", "fr"))


def test_what_ends_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = translator("mini/nllb")
    assert not any(isinstance(each, Unfinished) for each in ask(SHORT[2:], "en", "fr"))
    monkeypatch.setattr(translate, "GENERATE", Generate(max_tokens=1))
    monkeypatch.setattr(translate, "FIT", Fit(max_source=8))
    assert all(isinstance(each, Unfinished) for each in ask(SHORT, "en", "fr"))


def test_rows_and_the_report_say_so(
    model: str, tiny_xlmr: str, quick: None, tmp_path: Path
) -> None:
    for lang, split in (("en", "train"), ("en", "dev"), ("en", "test"), ("fr", "test")):
        lines = [json.dumps({"text": f"{text}{split}", "target": text[:3]}) for text in SHORT]
        (tmp_path / f"{lang}.{split}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    study = tmp_path / "study.toml"
    study.write_text(
        STUDY.format(model=tiny_xlmr, translator=model, recipes=RECIPES), encoding="utf-8"
    )
    main(["run", str(study), "--out", str(tmp_path / "out")])
    found = Store(tmp_path / "out").results()
    test, train = (found.select(recipe=recipe) for recipe in RECIPES)
    cut = {row.target: row.value for row in test.select(metric="cut", split="test").rows}
    assert cut == {"en": 0.0, "fr": 1.0}
    assert {row.note for row in train.rows} == {"translations without an end: fr 3 of 3"}
    main(["report", str(tmp_path / "out")])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "translations without an end: fr 3 of 3" in page
    assert "Inputs cut to fit the model" in page
    assert "up to 100%" in page
