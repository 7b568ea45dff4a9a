"""One treebank per language."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.reader import treebank


def test_names_of_files() -> None:
    assert treebank.name_of(Path("UD_X-Y/en_ewt-ud-dev.conllu")) == ("en", "ewt", "dev")
    assert treebank.name_of(Path("wo_wtb/train.txt")) == ("wo", "wtb", "train")
    assert treebank.name_of(Path("wo_wtb/README.txt")) is None


def test_the_usual_treebank_wins_if_it_has_a_test_file() -> None:
    names = ["en_a-ud-train", "en_a-ud-test", "en_b-ud-test", "fr_c-ud-train", "fr_d-ud-test"]
    paths = [Path(f"{name}.conllu") for name in names]
    found = treebank.choose(paths, {"en": "b", "fr": "c"}, {})
    assert treebank.splits(found) == {"en": ("test",), "fr": ("train",)}
    assert found["en"]["test"].name == "en_b-ud-test.conllu"
    assert treebank.splits(treebank.choose(paths, {}, {}))["en"] == ("train", "test")


def test_the_first_of_two_files_counts_and_codes_are_mapped() -> None:
    paths = [Path("new/no_bokmaal-ud-test.conllu"), Path("old/no_bokmaal-ud-test.conllu")]
    found = treebank.choose(paths, {}, {"no_bokmaal": "nb"})
    assert found == {"nb": {"test": paths[0]}}


def test_a_language_without_data() -> None:
    files = {"en": {"test": Path("x")}}
    assert treebank.file_of(files, "en", "dev", "udpos") is None
    with pytest.raises(IsoglossError, match="unknown language of udpos here: 'sw'"):
        treebank.file_of(files, "sw", "test", "udpos")
    with pytest.raises(IsoglossError, match="no file of udpos in its folder"):
        treebank.file_of({}, "sw", "test", "udpos")
