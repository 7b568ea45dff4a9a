"""Whatever stands in a data file, only the project's own error comes out."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isogloss.core.errors import IsoglossError
from isogloss.reader import corpus, own
from isogloss.reader.guess import guess
from isogloss.reader.stream import stream

ROWS: dict[str, dict[str, Any]] = {
    "classify": {"id": "1", "text": "a", "pair": "b", "target": "x", "lang": "en"},
    "generate": {"text": "a", "target": "b"},
    "tag": {"words": ["a", "b"], "target": ["O", "B-X"]},
    "span": {"question": "q", "context": "a b c", "target": [{"text": "b", "start": 2}]},
    "choose": {"text": "q", "options": ["x", "y"], "target": 1},
    "retrieve": {"text": "q", "target": "d"},
}
SQUAD = {
    "data": [
        {"title": "t", "paragraphs": [{"context": "a b", "qas": [
            {"id": "1", "question": "q", "answers": [{"text": "b", "answer_start": 2}]}
        ]}]}
    ]
}  # fmt: skip
COLUMNS = (
    "# newdoc id = d\n1\tA\ta\tX\t_\t_\t0\tr\t_\t_\n2\tb\tb\tY\t_\t_\t1\tr\t_\t_\n\n",
    "-DOCSTART- -X- O\n\nA N B-X\nb V O\n",
    "1\tset\talarm/set\tO\n2\tit\talarm/set\tB-what\n",
)
ODD: tuple[Any, ...] = (
    None, True, -1, 2.5, float("nan"), float("inf"), 10**30, "", " ", "\u00b2", "1" * 5000,
    "\ud800", "\0", "e\u0301", [], [1], [[["x"]]], {}, {"text": 5},
    {"text": ["a", "b"], "start": [0]},
)  # fmt: skip
BYTES = (
    b'"', b"\t", b"\n", b"\r\n", b",", b"#", b"# a = b\n", b"\0", b"\xff", b"\\ud800", b"1e999",
    b"NaN", b"-DOCSTART-\n", b"1-2\t", b"[" * 3000, b"9" * 5000, b'""', "\u00b2".encode(),
)  # fmt: skip
NUMBERS = count()


def places(value: Any) -> list[tuple[Any, Any]]:
    """List all places inside a JSON value, as holders and keys."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    return [place for key in keys for place in [(value, key), *places(value[key])]]


@st.composite
def bent(draw: st.DrawFn, value: Any) -> Any:
    """Put something odd into a JSON value, or leave something out."""
    value = json.loads(json.dumps(value))
    holder, key = draw(st.sampled_from(places(value)))
    if draw(st.booleans()) or isinstance(holder, list):
        holder[key] = draw(st.sampled_from(ODD))
    else:
        del holder[key]
    return value


def table(rows: list[dict[str, Any]], delimiter: str) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(
        written, list(dict.fromkeys(k for r in rows for k in r)), delimiter=delimiter
    )
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """Give the kind, the suffix and the content of a data file that is odd somewhere."""
    form = draw(st.sampled_from(["jsonl", "csv", "tsv", "json", "conll"]))
    kind = {"json": "span", "conll": "tag"}.get(form) or draw(st.sampled_from(sorted(ROWS)))
    if form == "conll":
        content = draw(st.sampled_from(COLUMNS))
    elif form == "json":
        content = json.dumps(draw(bent(SQUAD)))
    else:
        rows = [ROWS[kind], draw(bent(ROWS[kind]))]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        content = lines if form == "jsonl" else table(rows, "\t" if form == "tsv" else ",")
    raw = content.encode("utf-8", "surrogatepass")
    if draw(st.booleans()) or form == "conll":
        at = draw(st.integers(0, len(raw)))
        cut = draw(st.integers(0, 4))
        raw = raw[:at] + draw(st.sampled_from(BYTES)) + raw[at + cut :]
    return kind, form, raw


@settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(files())
def test_only_our_own_error_comes_out(tmp_path: Path, made: tuple[str, str, bytes]) -> None:
    kind, form, raw = made
    base = tmp_path / str(next(NUMBERS))
    base.mkdir()
    path = base / f"en.train.{form}"
    path.write_bytes(raw)
    for read in readers(kind, form, path):
        with contextlib.suppress(IsoglossError):
            read()


def readers(kind: str, form: str, path: Path) -> list[Callable[[], Any]]:
    """List what may be done with a file of data."""

    def load() -> Any:
        found = own.task("mine", {"kind": kind, "files": f"{{lang}}.{{split}}.{form}"}, path.parent)
        return [found.load(lang, "train", None) for lang in found.langs]

    streams = [lambda: list(stream(path))] if form in ("jsonl", "csv", "tsv") else []
    return [load, lambda: guess(path), lambda: corpus.texts(path), *streams]


@pytest.mark.parametrize(
    ("kind", "form", "content", "said"),
    [
        ("span", "jsonl", '{"question": "q", "context": "a", "target": true}', ":1: an answer"),
        ("span", "jsonl", '{"question": "q", "context": "5", "target": 5}', ":1: an answer must"),
        ("classify", "jsonl", '{"text": "a", "target": 1e999}', ":1: target must be text, got in"),
        ("choose", "jsonl", '{"text": "a", "options": [1, 2], "target": "\u00b2"}', ":1: '\u00b2'"),
        ("choose", "csv", f"text,a,b,target\nq,x,y,{'1' * 4301}", ":2: '111"),
        ("classify", "jsonl", f'{{"text": {"1" * 4301}}}', ":1: broken JSON: a number with"),
        ("classify", "jsonl", f'{{"text": {"[" * 5000}{"]" * 5000}}}', ":1: broken JSON: nested"),
        ("span", "json", '{"data": [1]}', ": not in the form of SQuAD: no 'paragraphs'"),
        ("tag", "conll", "-DOCSTART- -X- O\n\n-DOCSTART-\n", ": no sentence in it"),
        ("tag", "conllu", "# newdoc id = d\n# newpar\n\n", ": no sentence in it"),
        ("tag", "iob2", "\n \n\n", ": the file is empty"),
        ("classify", "csv", "", ": the file is empty"),
        ("classify", "tsv", "text\ttarget\n", ": no line below the header"),
    ],
)  # fmt: skip
def test_a_study_of_broken_data_says_where(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    form: str,
    content: str,
    said: str,
) -> None:
    from isogloss.cli import main

    (tmp_path / f"en.train.{form}").write_text(content, encoding="utf-8")
    columns = 'columns = { options = ["a", "b"] }' if kind == "choose" and form == "csv" else ""
    study = f'models = ["mini/xlmr"]\n[task.mine]\nkind = "{kind}"\n{columns}\nfiles = '
    (tmp_path / "s.toml").write_text(f'{study}"{{lang}}.{{split}}.{form}"\n', encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        main(["plan", str(tmp_path / "s.toml"), "--out", str(tmp_path / "out")])
    assert caught.value.code == 2
    assert f"en.train.{form}{said}" in capsys.readouterr().err
