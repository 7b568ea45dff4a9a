"""Tables: JSON lines, CSV and TSV, with the line of what is broken."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.core.errors import IsoglossError
from isogloss.reader import table
from isogloss.reader.stream import stream


def put(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8", newline="")
    return path


def rows(path: Path) -> list[tuple[int, dict[str, object]]]:
    return [(record.line, record.values) for record in table.read(path).records]


def test_json_lines(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", '{"a": 1}\n\n{"a": 2, "b": ["x"]}\n')
    assert rows(path) == [(1, {"a": 1}), (3, {"a": 2, "b": ["x"]})]
    assert table.read(path).columns == ("a", "b")


def test_csv_with_quotes_and_line_breaks(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", 'text,label\n"eins, ""zwei""\ndrei",a\nvier,b\n')
    assert rows(path) == [
        (2, {"text": 'eins, "zwei"\ndrei', "label": "a"}),
        (4, {"text": "vier", "label": "b"}),
    ]


def test_tsv_knows_quoted_cells_from_cells_with_quotes(tmp_path: Path) -> None:
    lines = ['"""Yes,"" he said."', '"Yes," he said. "No."', 'say "yes"', '"', "", '"quoted"']
    path = put(tmp_path, "a.tsv", "text\tn\n" + "".join(f"{line}\t1\n" for line in lines))
    assert [values["text"] for _, values in rows(path)] == [
        '"Yes," he said.', '"Yes," he said. "No."', 'say "yes"', '"', "", "quoted",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        # a quoted cell over two lines, first, last, with a tab, beside an empty cell
        ('t\tn\n"one\ntwo"\t1\nthree\t2\n', ["one\ntwo", "three"]),
        ('n\tt\n1\t"one\ntwo"\n2\tthree\n', ["one\ntwo", "three"]),
        ('n\tt\n1\t"one\r\n\r\ntwo"\r\n2\tthree\r\n', ["one\r\n\r\ntwo", "three"]),
        ('n\tt\n1\t"one\n""two"" 3"\n2\tthree', ['one\n"two" 3', "three"]),
        ('n\tt\n1\t"one\ttwo"\n', ["one\ttwo"]),
        ('t\n"one\ntwo"\nthree\n', ["one\ntwo", "three"]),
        # quotes that quote no cell
        ('n\tt\n1\t"one\n2\ttwo"\n', ['"one', 'two"']),
        ('n\tt\n1\t"one\n2\ttwo\n', ['"one', "two"]),
        ('t\tn\n"one\t1\n"two" he said\t2\n', ['"one', '"two" he said']),
    ],
)
def test_a_quoted_cell_of_a_tsv_may_go_over_lines(
    tmp_path: Path, content: str, texts: list[str]
) -> None:
    path = put(tmp_path, "a.tsv", content)
    assert [values["t"] for _, values in rows(path)] == texts
    streamed = [one for one in stream(path) if isinstance(one, table.Record)]
    assert streamed == table.read(path).records


def test_lines_are_counted_past_a_quoted_cell(tmp_path: Path) -> None:
    path = put(tmp_path, "a.tsv", 'n\tt\n1\t"one\ntwo"\n2\tthree\n')
    assert [line for line, _ in rows(path)] == [2, 4]


def test_a_long_cell_is_read_whole(tmp_path: Path) -> None:
    long = "a, " * 100_000
    for name, mark in (("a.csv", ","), ("a.tsv", "\t")):
        path = put(tmp_path, name, f'n{mark}t\n1{mark}"{long}"\n2{mark}b\n')
        assert [values["t"] for _, values in rows(path)] == [long, "b"]
        assert not [one for one in stream(path) if isinstance(one, table.Broken)]


def test_line_ends_inside_a_quoted_cell_stay(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", 't,n\r\n"one\r\ntwo",1\r\nthree,2\r\n')
    assert [values for _, values in rows(path)] == [
        {"t": "one\r\ntwo", "n": "1"}, {"t": "three", "n": "2"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", '{"a": 1}\n{"a": \n', r"a\.jsonl:2: broken JSON at column 7"),
        ("a.jsonl", '{"a": 1}\n[1]\n', r"a\.jsonl:2: an object is expected, got list"),
        ("a.csv", "a,b\n1,2\n3\n", r"a\.csv:3: 1 cells under 2 columns"),
        ("a.csv", 'a,b\n1,2\n"3,4\n', r"a\.csv:3: unexpected end of data"),
        ("a.tsv", "a\tb\n1\t2\t3\n", r"a\.tsv:2: 3 cells under 2 columns"),
        ("a.tsv", "a\ta\n1\t2\n", r"a\.tsv:1: column 'a' is there twice"),
        ("a.tsv", "a\tb\n", r"a\.tsv: no line below the header"),
        ("a.tsv", 'a\tb\n"1\n2"\t3\t4\n', r"a\.tsv:2: 1 cells under 2 columns"),
        ("a.jsonl", '{"a": 1, "b": 2, "a": 3}\n', r"a\.jsonl:1: broken JSON: 'a' is there twice"),
        ("a.jsonl", "\n" + "[" * 100_000, r"a\.jsonl:2: broken JSON: nested too deeply"),
        ("a.jsonl", '{"a": ' + "[" * 101 + "]" * 101 + "}", "nested too deeply"),
        ("a.jsonl", '{"a": ' + "1" * 5000 + "}", r"a\.jsonl:1: broken JSON: a number with thou"),
        ("a.jsonl", '{"a": "\0"}\n', r"a\.jsonl:1: a binary file"),
        ("a.csv", "\n \n", r"a\.csv: the file is empty"),
        ("a.jsonl", "", r"a\.jsonl: the file is empty"),
        ("a.xlsx", "a", r"can't read '\.xlsx' as a table\n.*\.jsonl"),
    ],
)
def test_broken_tables(tmp_path: Path, name: str, content: str, said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        table.read(put(tmp_path, name, content))


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    found = table.read(put(tmp_path, "a.tsv", "text\ttopic\na\tb\n"))
    found.need(["text", "topic"])
    with pytest.raises(IsoglossError, match=r"no column 'topik'\n.*did you mean 'topic'\?"):
        found.need(["topik"])
    with pytest.raises(IsoglossError, match="its columns: text, topic"):
        found.need(["zzz"])


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])), min_size=1))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    made = [{"n": str(number), "text": cell} for number, cell in enumerate(cells)]
    written = io.StringIO()
    writer = csv.DictWriter(written, ["n", "text"])
    writer.writeheader()
    writer.writerows(made)
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in made)
    for path in (put(folder, "a.csv", written.getvalue()), put(folder, "a.jsonl", lines)):
        assert [record.values for record in table.read(path).records] == made
