from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.reader.stream import Broken, Patience, need, stream
from isogloss.reader.table import Record


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '\ufeff{"text": "à", "lang": "fr"}\n\n{"text": "b", "lang": "en"}\n'),
        ("a.csv", '\ufefftext,lang\r\n"à",fr\r\n\r\nb,en\r\n'),
        ("a.tsv", "text\tlang\nà\tfr\nb\ten"),
    ],
)
def test_each_format(tmp_path: Path, name: str, content: str) -> None:
    found = list(stream(write(tmp_path, name, content)))
    assert [one.values for one in found if isinstance(one, Record)] == [
        {"text": "à", "lang": "fr"},
        {"text": "b", "lang": "en"},
    ]
    assert found[-1].line == len(content.strip().splitlines())


def test_each_line_of_a_text_file_is_a_text(tmp_path: Path) -> None:
    found = list(stream(write(tmp_path, "a.txt", '\ufeffone, "two"\r\n\n\tthree\n')))
    assert found == [
        Record(line, {"text": text}) for line, text in enumerate(['one, "two"', "", "\tthree"], 1)
    ]


def test_half_a_character_is_replaced_and_told(tmp_path: Path) -> None:
    path = write(
        tmp_path, "a.jsonl", r'{"t": "a\ud800b", "n\udfff": 1}' + "\n" + r'{"t": "\ud83d\ude00"}'
    )
    patience = Patience(path)
    found = [patience.mend(record) for record in stream(path) if isinstance(record, Record)]
    assert [record.values for record in found] == [{"t": "a\ufffdb", "n\ufffd": 1}, {"t": "😀"}]
    assert (patience.halves, patience.mended, patience.count) == (1, [1], 0)


def test_a_quoted_cell_may_hold_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'text,lang\n"one\ntwo",en\nthree,en\n')
    first, second = stream(path)
    assert (first.line, second.line) == (2, 4)
    assert isinstance(first, Record)
    assert first.values["text"] == "one\ntwo"


@pytest.mark.parametrize(
    ("name", "content", "line", "why"),
    [
        ("a.jsonl", b'{"t": 1}\n{"t": \n{"t": 2}\n', 2, "broken JSON at column"),
        ("a.jsonl", b'{"t": 1}\n[1]\n{"t": 2}\n', 2, "an object is expected, got list"),
        ("a.jsonl", b'{"t": 1}\n{"t": "\xe9"}\n{"t": 2}\n', 2, "not UTF-8"),
        ("a.jsonl", b'{"t": 1}\n' + b"[" * 100_000 + b'\n{"t": 2}\n', 2, "too deeply"),
        ("a.jsonl", b'{"t": 1}\n{"t": "\0"}\n{"t": 2}\n', 2, "not UTF-8"),
        ("a.txt", b"1\n\0\n3\n", 2, "not UTF-8"),
        ("a.csv", b't,u\n1,2\n"1"x,2\n3,4\n', 3, "broken CSV"),
        ("a.csv", b"t,u\n1,2\n1\n3,4\n", 3, "1 cells under 2 columns"),
        ("a.csv", b"t,u\n1,2\n\xe9,1\n3,4\n", 3, "not UTF-8"),
        ("a.tsv", b"t\tu\n1\t2\n1\n3\t4\n", 3, "1 cells under 2 columns"),
        ("a.tsv", b"t\tu\n1\t2\n\xe9\t1\n3\t4\n", 3, "not UTF-8"),
    ],
)
def test_a_broken_line_is_told_and_passed(
    tmp_path: Path, name: str, content: bytes, line: int, why: str
) -> None:
    before, broken, after = stream(write(tmp_path, name, content))
    assert isinstance(before, Record)
    assert isinstance(after, Record)
    assert isinstance(broken, Broken)
    assert broken.line == line
    assert why in broken.why


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.doc", b"x", "can't read '.doc'"),
        ("a.jsonl", b"abc\nd\x00e\n\x00", "a.jsonl:2: a binary file"),
        ("a.csv", "text\nà".encode("utf-16"), "in UTF-16"),
        ("a.csv", b"t,t\n1,2\n", "column 't' is there twice"),
        ("a.parquet", b"PAR1", "a.parquet"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(IsoglossError, match=says):
        list(stream(write(tmp_path, name, content)))


def test_a_missing_file_and_a_missing_column_name_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "outputs.jsonl", "{}")
    with pytest.raises(IsoglossError, match=r"did you mean 'outputs\.jsonl'"):
        stream(tmp_path / "output.jsonl")
    with pytest.raises(IsoglossError, match="did you mean 'language'"):
        need(tmp_path, Record(2, {"language": "x", "completion": "y"}), {"lang": "--lang-column"})


def test_patience_ends_with_many_broken_lines(tmp_path: Path) -> None:
    patience = Patience(tmp_path / "a.jsonl")
    patience.note(Broken(3, "not UTF-8 text"))
    with pytest.raises(IsoglossError, match=r"a\.jsonl:3: not UTF-8 text"):
        patience.end()
    patience.good = 1
    patience.end()  # one bad line is one bad line
    for line in range(18):
        patience.note(Broken(line, "x"))
    with pytest.raises(IsoglossError, match="20 of the first 21 lines"):
        patience.note(Broken(30, "x"))


def test_patience_keeps_a_few_of_many_broken_lines(tmp_path: Path) -> None:
    patience = Patience(tmp_path / "a.jsonl")
    patience.good = 1000
    for line in range(50):
        patience.note(Broken(line, "x"))
    patience.end()
    assert patience.count == 50
    assert len(patience.broken) == 20


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"text": ["à", None], "lang": ["fr", "en"]}), path)
    assert list(stream(path)) == [
        Record(1, {"text": "à", "lang": "fr"}),
        Record(2, {"text": None, "lang": "en"}),
    ]
