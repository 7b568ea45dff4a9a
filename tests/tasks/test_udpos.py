"""Parts of speech from CoNLL-U and from two columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import canonical
from isogloss.tasks.udpos import LABELS, TASK, load

CONLLU = "1-2\tDámelo\t{rest}\n1\tDa\tdar\tVERB\t_\n2\tlo\tél\tPRON\t_\n".format(rest="_\t_")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    for name, content in {
        "ud/UD_Spanish-GSD/es_gsd-ud-test.conllu": CONLLU,
        "ud/UD_English-ESLSpok/en_eslspok-ud-test.conllu": CONLLU,
        "ud-2col/en_ewt/test.txt": "# SYM\ngo VERB\n",
        "ud-2col/es_gsd/test.txt": "old X\n",
        "ud-2col/es_gsd/train.txt": "a ADP\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_one_treebank_in_two_forms(made: Path) -> None:
    (example,) = load("es", "test", made)
    assert (example.inputs["words"], example.target) == (("Da", "lo"), ("VERB", "PRON"))
    assert load("es", "train", made)[0].target == ("ADP",)
    assert load("en", "test", made)[0].inputs["words"] == ("#", "go")
    assert TASK.available is not None
    assert TASK.available(made) == {"en": ("test",), "es": ("train", "test")}


def test_bad_input(made: Path) -> None:
    path = made / "ud-2col" / "en_ewt" / "test.txt"
    path.write_text("go VREB\n", encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"test\.txt:1: label 'VREB' .*\n.*'VERB'"):
        load("en", "test", made)
    path.write_text("go VERB\nhome\n", encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"test\.txt:2: 1 column"):
        load("en", "test", made)
    with pytest.raises(IsoglossError, match="unknown language of udpos here: 'fi'"):
        load("fi", "test", made)
    with pytest.raises(IsoglossError, match="no folder 'ud'"):
        load("en", "test", made / "ud")


def test_languages_are_spelled_as_in_the_registry() -> None:
    assert [canonical(lang) for lang in TASK.langs] == list(TASK.langs)
    assert len(LABELS) == 17
    assert TASK.available is not None
    assert set(TASK.available(None)) == set(TASK.langs)
    assert TASK.available(None)["yo"] == ("test",)


def test_real_data(data: Path) -> None:
    assert TASK.available is not None
    there = TASK.available(data)
    assert len(there) == 19
    assert {lang for lang, splits in there.items() if "train" in splits} == {"en", "mt", "te", "wo"}
    counts = {split: len(load("en", split, data)) for split in ("train", "dev", "test")}
    assert counts == {"train": 12544, "dev": 2001, "test": 2077}
    assert sum(len(load(lang, "test", data)) for lang in there) == 9050
    assert {tag for lang in there for e in load(lang, "test", data) for tag in e.target} <= set(
        LABELS
    )
    for lang in ("mt", "wo"):
        train = {example.inputs["words"] for example in load(lang, "train", data)}
        assert not train & {example.inputs["words"] for example in load(lang, "test", data)}
