"""A text that a spreadsheet would run as a formula is written as a text."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

import isogloss
import synthetic_store
from isogloss.cli import main
from isogloss.core.formula import guard
from isogloss.fidelity import judge
from isogloss.fidelity.annotate import Text, draw, write
from isogloss.store import Results

LIVE = '=HYPERLINK("http://x")'
STARTS = ("", " ", "\u00a0", "\u3000", "\n", "\r\n", "\t", "\ufeff", "\u200b", "'", '"', " \x00")
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("start", STARTS)
def test_what_would_run_is_marked(start: str, sign: str) -> None:
    text = f"{start}{sign}cmd|' /C calc'!A0"
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize(
    "value",
    [-0.5, 3, None, True, "", "0.5", "1e-05", "a=1", "lr", "lora(r=8) + average(last=3)", "−0.5",
     "2026-11-28", "«=»", "नमस्ते", " a", "e@x.org"],
)  # fmt: skip
def test_numbers_and_other_texts_stay(value: object) -> None:
    assert guard(value) == value


def test_tabs_and_line_ends_in_front_are_marked() -> None:
    assert [guard(f"{end}a") for end in "\t\r\n"] == ["'\ta", "'\ra", "'\na"]


def test_the_sheet_for_annotators(tmp_path: Path) -> None:
    texts = [Text("one", str(i), f"{sign}река ушла", f" {sign}1") for i, sign in enumerate(SIGNS)]
    sheet = draw(texts, "ru", judge(), len(texts))
    write(sheet, tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(SIGNS)
    assert {row[name][0] for row in rows for name in ("input", "text")} == {"'"}
    assert {row["code"][0] for row in rows} == {"t"}  # never a number


def test_the_report_and_the_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arms = [synthetic_store.ARMS[0], replace(synthetic_store.ARMS[1], label=LIVE)]
    store = synthetic_store.fill(tmp_path, arms, seeds=[0], n=4)
    main(["report", "--out", str(tmp_path), "--table", "csv"])
    printed = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {row["system"] for row in printed} == {f"'{LIVE}", "untouched"}
    results = store.results()
    rows = [replace(row, note=LIVE, value=-0.5) for row in results.rows]
    with Results(rows).to_csv(tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert {row["note"] for row in written} == {f"'{LIVE}"}
    assert {row["value"] for row in written} == {"-0.5"}


def test_all_that_writes_tables_for_people_guards_them() -> None:
    """The packed evidence is read back by the code alone, to the byte."""
    source = Path(isogloss.__file__).parent
    writers = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if "csv.writer(" in (text := path.read_text("utf-8")) and "guard(" not in text
        and "map(guard" not in text
    }  # fmt: skip
    assert writers == {"analysis/archive.py"}
