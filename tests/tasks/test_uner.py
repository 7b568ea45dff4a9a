"""Universal NER from its original files."""

from __future__ import annotations

from pathlib import Path

import pytest

from calls import calls
from isogloss.core.errors import IsoglossError
from isogloss.language.registry import canonical
from isogloss.tasks.uner import LABELS, TASK, load

EIGHT = {"da", "de", "hr", "pt", "qaf", "ru", "sv", "zh"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    for name, tag in {
        "A-PUD/da_pud-ud-test": "B-LOC",
        "B-EWT-prerelease/en_ewt-ud-train": "B-O",
    }.items():
        path = tmp_path / "uner" / f"{name}.iob2"
        path.parent.mkdir(parents=True)
        path.write_text(f"# sent_id = s\n1\tAl\t{tag}\t-\tx\n2\t.\tO\n", encoding="utf-8")
    return tmp_path


def test_other_tags_are_outside_and_the_release_goes_first(made: Path) -> None:
    assert load("en", "train", made)[0].target == ("O", "O")
    assert load("da", "test", made)[0].target == ("B-LOC", "O")
    released = made / "uner" / "B-EWT" / "en_ewt-ud-train.iob2"
    released.parent.mkdir()
    released.write_text("1\tAl\tB-PER\t-\tx\n", encoding="utf-8")
    assert load("en", "train", made)[0].target == ("B-PER",)
    assert load("da", "train", made) == []


def test_bad_input(made: Path) -> None:
    path = made / "uner" / "A-PUD" / "da_pud-ud-test.iob2"
    path.write_text("# sent_id = s\n1\tAl\tB-LCO\n", encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"test\.iob2:2: label 'B-LCO' .*\n.*'B-LOC'"):
        load("da", "test", made)
    twice = "# sent_id = s\n1\tAl\tO\n\n"
    path.write_text(twice * 2, encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"test\.iob2:5: id 's' is there already"):
        load("da", "test", made)
    with pytest.raises(IsoglossError, match=r"unknown language of uner here: 'fi'"):
        load("fi", "test", made)
    with pytest.raises(IsoglossError, match="unknown language of uner: 'fi'"):
        load("fi", "test", None)


def test_languages_are_spelled_as_in_the_registry() -> None:
    assert [canonical(lang) for lang in TASK.langs] == list(TASK.langs)


def test_real_data(data: Path) -> None:
    assert TASK.available is not None
    there = TASK.available(data)
    assert there["en"] == ("train", "dev", "test")
    assert {lang for lang, splits in there.items() if splits == ("test",)} == EIGHT
    counts = {lang: len(load(lang, "test", data)) for lang in there}
    assert counts == {
        "da": 565, "de": 1000, "en": 2077, "hr": 1136, "pt": 1167, "qaf": 145, "ru": 1000,
        "sv": 1219, "zh": 500,
    }  # fmt: skip
    train = load("en", "train", data)
    tags = [tag for example in train for tag in example.target]
    assert (len(train), tags.count("B-PER"), set(tags)) == (12543, 2873, set(LABELS))


def test_the_digest_is_kept(data: Path) -> None:
    digest = TASK.digest
    assert digest is not None
    read = calls(lambda: load("en", "train", data))
    digest("en", "train", data)
    assert calls(lambda: digest("en", "train", data)) < read / 100
    assert TASK.digest("en", "train", data) != TASK.digest("da", "train", data) == ""
