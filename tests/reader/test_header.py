"""A table without names of columns loses no line: it is refused, or read by position."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.reader import header, own, table
from isogloss.reader.guess import guess

SUMS = [(f"Ann has {n} eggs and eats {n % 3} of them each day. How many?", n) for n in range(9)]
WORDS = ["a\tun", "abandon\tabandonar", "ability\thabilidad", "able\tcapaz", "about\tsobre",
         "above\tarriba", "absence\tausencia"]  # fmt: skip
FILES = {
    "sums": [f"{text}\t{answer}" for text, answer in SUMS],
    "words": WORDS,
    "classes": [f"A film about {n} ships, and a long one\t{['good', 'bad'][n % 2]}"
                for n in range(9)],
}  # fmt: skip
NAMED = ["text\ttarget", "tweet\tlabel", "review\tstars", "english\tspanish", "en\tes", "\t0",
         "comment\tpolarity", "question\tanswer"]  # fmt: skip


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".tsv", ".csv"])
@pytest.mark.parametrize("name", FILES)
def test_data_is_no_header(name: str, suffix: str, tmp_path: Path) -> None:
    lines = [
        line if suffix == ".tsv" else ",".join(f'"{cell}"' for cell in line.split("\t"))
        for line in FILES[name]
    ]
    path = write(tmp_path / f"train{suffix}", lines)
    with pytest.raises(IsoglossError, match=r":1: the first line looks like data(?s:.*)header = f"):
        guess(path)
    read = table.read(path, header=False).records
    assert len(read) == len(lines)
    assert [read[0].line, *read[0].values] == [1, "1", "2"]
    assert list(read[0].values.values()) == FILES[name][0].split("\t")


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("what", FILES)
def test_names_are_no_data(name: str, what: str, tmp_path: Path) -> None:
    if what == "words" and name in ("review\tstars", "comment\tpolarity"):
        return  # as short as the words beneath: the user is asked
    header.check(table.read(write(tmp_path / "train.tsv", [name, *FILES[what]])))


def test_a_study_says_what_the_first_line_is(tmp_path: Path) -> None:
    for lang, split in (("en", "train"), ("es", "test")):
        write(tmp_path / f"{lang}.{split}.tsv", FILES["sums"])
    given = {"kind": "generate", "files": "{lang}.{split}.tsv"}
    sentence, answer = FILES["sums"][0].split("\t")
    named = {"columns": {"text": sentence, "target": answer}}
    for settings in (given, given | named):  # by the names that the lost line gives, too
        with pytest.raises(IsoglossError, match="the first line looks like data"):
            own.task("sums", settings, tmp_path)
    by_number = {"header": False, "columns": {"text": 1, "target": 2}}
    [first, *rest] = own.task("sums", given | by_number, tmp_path).load("en", "train", None)
    assert (first.inputs["text"], first.target, len(rest)) == (sentence, answer, len(SUMS) - 1)
    taken = own.task("sums", given | named | {"header": True}, tmp_path).load("en", "train", None)
    assert len(taken) == len(SUMS) - 1


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"header": False}, r"says no columns(?s:.*)write columns = \{ text = 1, target = 2 \}"),
        ({"header": "no"}, "header must be true or false"),
        ({"columns": {"text": 1}}, "must name a column, got 1"),
        ({"header": False, "columns": {"text": 1, "target": 7}}, "no column '7'|without labels"),
        ({"header": False, "columns": {"text": 5, "target": 2}}, "no column '5'"),
    ],
)
def test_what_does_not_fit_is_refused(
    settings: dict[str, object], says: str, tmp_path: Path
) -> None:
    write(tmp_path / "en.train.tsv", FILES["sums"])
    given = {"kind": "generate", "files": "{lang}.{split}.tsv", **settings}
    with pytest.raises(IsoglossError, match=says):
        own.task("sums", given, tmp_path)


def test_start_and_plan_lose_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, study = write(tmp_path / "train.tsv", FILES["sums"]), tmp_path / "s.toml"
    files = json.dumps(str(train))
    study.write_text(
        'tasks = ["sums"]\nmodels = ["mini/mt5"]\n[task.sums]\nkind = "generate"\n'
        f"files = {{ train = {{ en = {files} }}, test = {{ en = {files} }} }}\n"
    )
    started = ["start", str(train), "--from", "en", "--to", "es", "--out", str(tmp_path / "t.toml")]
    for args in (started, ["plan", str(study), "--out", str(tmp_path / "out")]):
        with pytest.raises(SystemExit) as stopped:
            main(args)
        assert stopped.value.code == 2
        assert "the first line looks like data" in capsys.readouterr().err
    assert not (tmp_path / "t.toml").exists()
