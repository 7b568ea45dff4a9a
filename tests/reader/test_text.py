"""Files are read as UTF-8, and broken ones named with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.reader import text


def put(folder: Path, content: bytes, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_byte_order_mark_and_windows_line_ends_go(tmp_path: Path) -> None:
    path = put(tmp_path, b"\xef\xbb\xbfeins\r\nzwei\r\n")
    assert text.read(path) == "eins\nzwei\n"
    assert text.lines(path) == ["eins", "zwei"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"ok\nna\xefve\n", r"a\.txt:2: not UTF-8 \(byte 0xef\)\n.*iconv -f LATIN1"),
        ("naïve".encode("utf-16"), r"a\.txt:1: not UTF-8 .*\n.*iconv -f UTF-16"),
        (b" \n\n", r"a\.txt: the file is empty"),
        (b"", r"a\.txt: the file is empty"),
    ],
)
def test_a_file_that_is_no_text(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        text.read(put(tmp_path, content))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match=r"b\.txt: No such file"):
        text.read(tmp_path / "b.txt")


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    one, two = put(tmp_path, b"a", "1"), put(tmp_path, b"a", "2")
    before = text.digest([one, two])
    assert before == text.digest([two, one])
    put(tmp_path, b"bb", "1")
    assert text.digest([one, two]) != before
    assert text.digest([]) == ""


def test_a_reader_is_asked_again_when_the_file_changes(tmp_path: Path) -> None:
    calls = []

    @text.kept
    def length(path: Path, factor: int) -> int:
        calls.append(path)
        return factor * len(path.read_bytes())

    path = put(tmp_path, b"abc")
    assert [length(path, 2), length(path, 2), length(path, 3)] == [6, 6, 9]
    assert len(calls) == 2
    put(tmp_path, b"abcd")
    assert length(path, 2) == 8
