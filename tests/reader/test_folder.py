"""Patterns with names in braces."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.reader import folder


def touch(base: Path, *names: str) -> None:
    for name in names:
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).touch()


def test_matches_give_what_the_names_stand_for(tmp_path: Path) -> None:
    touch(tmp_path, "d/en/en.train.tsv", "d/en/sw.train.tsv", "d/sw/sw.dev.tsv", "d/x.tsv")
    found = folder.matches("d/{lang}/{lang}.{split}.tsv", tmp_path)
    assert [(p.relative_to(tmp_path).as_posix(), n) for p, n in found] == [
        ("d/en/en.train.tsv", {"lang": "en", "split": "train"}),
        ("d/sw/sw.dev.tsv", {"lang": "sw", "split": "dev"}),
    ]
    assert folder.matches("d/x.tsv", tmp_path) == [(tmp_path / "d/x.tsv", {})]
    assert folder.matches("d/[x].tsv", tmp_path) == []
    assert folder.matches("d/{lang}", tmp_path) == [(tmp_path / "d/x.tsv", {"lang": "x.tsv"})]


@pytest.mark.parametrize(
    "pattern", ["./d/{lang}/{split}.tsv", "d//{lang}/./{split}.tsv", "d/../d/{lang}/{split}.tsv"]
)
def test_a_path_may_be_written_as_shells_do(pattern: str, tmp_path: Path) -> None:
    touch(tmp_path, "d/en/train.tsv")
    ((path, names),) = folder.matches(pattern, tmp_path)
    assert (path.name, names) == ("train.tsv", {"lang": "en", "split": "train"})
    inner = tmp_path / "study"
    inner.mkdir()
    assert len(folder.matches(f"../{pattern}", inner)) == 1


def test_a_file_is_found_however_its_language_is_spelled(tmp_path: Path) -> None:
    touch(tmp_path, "swh_Latn.txt", "eng-deu.tsv")
    assert folder.fill("{lang}.txt", tmp_path, lang="sw") == tmp_path / "swh_Latn.txt"
    pair = folder.fill("{source}-{target}.tsv", tmp_path, source="en", target="de")
    assert pair == tmp_path / "eng-deu.tsv"
    assert folder.fill("{lang}.txt", tmp_path, lang="fi") is None
    touch(tmp_path, "m/swa.txt", "m/eng-swa.tsv")  # the macrolanguage
    assert folder.fill("m/{lang}.txt", tmp_path, lang="sw") == tmp_path / "m/swa.txt"
    pair = folder.fill("m/{source}-{target}.tsv", tmp_path, source="en", target="sw")
    assert pair == tmp_path / "m/eng-swa.tsv"


def test_a_missing_folder_names_the_nearest(tmp_path: Path) -> None:
    touch(tmp_path, "uner_v1/a", "ud/b")
    with pytest.raises(IsoglossError, match=r"no folder 'uner' in .*\n.*did you mean 'uner_v1'\?"):
        folder.of(tmp_path, "uner")
    with pytest.raises(IsoglossError, match="no data folder"):
        folder.of(tmp_path / "nowhere", "uner")
    assert folder.of(tmp_path, "ud") == tmp_path / "ud"


def test_spellings_of_splits() -> None:
    assert folder.split_of("validation") == "dev"
    assert folder.split_of("extra") is None
