"""Topics of sentences in 205 languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.tasks.sib200 import LABELS, TASK, load

HEADER = "index_id\tcategory\ttext\n"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "sib200" / "swh_Latn" / "test.tsv"
    path.parent.mkdir(parents=True)
    path.write_text(f'{HEADER}7\thealth\t"""Maji,"" alisema."\n', encoding="utf-8")
    return tmp_path


def test_codes_become_languages_and_quotes_go(made: Path) -> None:
    (example,) = load("sw", "test", made)
    assert (example.id, example.lang, example.target) == ("7", "sw", "health")
    assert example.inputs == {"text": '"Maji," alisema.'}
    assert load("sw", "train", made) == []
    assert TASK.available is not None
    assert TASK.available(made) == {"sw": ("test",)}
    assert (len(TASK.langs), len(set(TASK.langs))) == (205, 205)


def test_bad_input(made: Path) -> None:
    path = made / "sib200" / "swh_Latn" / "test.tsv"
    with pytest.raises(IsoglossError, match="unknown language of sib200 here: 'de'"):
        load("de", "test", made)
    path.write_text(f"{HEADER}7\thealth\ta\n8\tsport\tb\n", encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"test\.tsv:3: label 'sport' .*\n.*'sports'"):
        load("sw", "test", made)
    path.write_text(f"{HEADER}7\thealth\ta\n7\thealth\tb\n", encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"test\.tsv:3: id '7' is there already"):
        load("sw", "test", made)
    path.write_text("index_id\tcategorie\ttext\n7\thealth\ta\n", encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"test\.tsv:1: no column 'category'\n.*'categorie'"):
        load("sw", "test", made)
    path.unlink()
    with pytest.raises(IsoglossError, match="no file of sib200"):
        load("sw", "test", made)


def test_real_data(data: Path) -> None:
    assert TASK.available is not None
    there = TASK.available(data)
    assert len(there) == 27
    assert {lang for lang, splits in there.items() if "train" in splits} == {"en", "es", "id", "sw"}
    english = load("en", "test", data)
    train = {example.id for lang in ("en", "es", "sw") for example in load(lang, "train", data)}
    assert len(train) == 701
    for lang in there:
        test = load(lang, "test", data)
        assert [(e.id, e.target) for e in test] == [(e.id, e.target) for e in english]
        assert not train & {example.id for example in test}
    assert {example.target for example in english} == set(LABELS)
