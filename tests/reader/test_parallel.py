"""Parallel text is read from line-aligned files, or refused."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.reader.parallel import read


def write(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
    return folder


def test_read(tmp_path: Path) -> None:
    write(tmp_path, swa__txt="moja\nmbili\ntatu\n", eng_Latn__dev="one\ntwo\nthree", README__md="")
    assert read(tmp_path) == {"en": ["one", "two", "three"], "sw": ["moja", "mbili", "tatu"]}
    assert read(tmp_path, 2)["sw"] == ["moja", "mbili"]


def test_blank_lines_keep_the_rest_aligned(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, en__txt="one\ntwo\nthree\n", de__txt="eins\n\ndrei\n")
    with caplog.at_level(logging.WARNING, "isogloss"):
        assert read(tmp_path) == {"de": ["eins", "drei"], "en": ["one", "three"]}
    assert "1 lines are blank" in caplog.text


def test_unequal(tmp_path: Path) -> None:
    write(tmp_path, en__txt="one\ntwo\n", de__txt="eins\n")
    with pytest.raises(IsoglossError, match=r"en\.txt has 2 lines, de\.txt has 1"):
        read(tmp_path)


def test_twice(tmp_path: Path) -> None:
    write(tmp_path, sw__txt="moja\n", swa__txt="moja\n")
    with pytest.raises(IsoglossError, match="two files of 'sw'"):
        read(tmp_path)


def test_no_parallel_text(tmp_path: Path) -> None:
    write(tmp_path, en__txt="one\n", README__md="text\n", LICENSE="text")
    with pytest.raises(IsoglossError, match=r"name a language: en\.txt"):
        read(tmp_path)
    with pytest.raises(IsoglossError, match="no folder"):
        read(tmp_path / "none")


def test_ntrex(data: Path) -> None:
    texts = read(data / "ntrex", 50)
    assert {"en", "sw", "zh", "wo", "yo"} <= set(texts)
    assert {len(each) for each in texts.values()} == {50}
