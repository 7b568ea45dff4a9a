"""Whatever is read, only the project's own error comes out; a short run each time.

Data files have theirs in ``tests/data``, model folders in ``tests/models``.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isogloss import Example, Prediction, Row, Study, Task, plugin
from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.store import Store
from isogloss.study.plan import plan_study
from isogloss.study.study import KEYS

SHORT = settings(
    max_examples=60, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
TEXT = st.text(max_size=8) | st.sampled_from(["\ud800", "\0", "=1", "{k}", "a\nb", "²", "\u202e"])
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT
    | st.sampled_from([10**400, -1, 0, 2**63]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
PIECES = st.sampled_from(
    [*"()[]{}+-=,. '#_é\"\\\n\0\ud800", "lora", "mix_in", "shots", "r", "k", "sw", "1", "1e999",
     "9" * 60, "true", "None", "**", "lambda", "langs=['sw']", "r=4", "lora(r=4)", "not ", "f'",
     "if "]
)  # fmt: skip


@SHORT
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
def test_recipes(text: str) -> None:
    with suppress(IsoglossError):
        found = parse(text)
        assert parse(str(found)) == found


@SHORT
@given(st.dictionaries(st.sampled_from([*KEYS]) | TEXT, PLAIN, max_size=4))
def test_studies(change: dict[str, Any]) -> None:
    good = {"name": "x", "tasks": ["verbalise"], "models": ["mini/mt5"], "targets": ["fr"]}
    with suppress(IsoglossError):
        plan_study(Study.of(good | change), away=True)


@SHORT
@given(st.text(max_size=60) | st.lists(PIECES, max_size=20).map("".join))
def test_study_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(IsoglossError):
        Study.load(path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep a store with a run of two languages."""
    out = tmp_path_factory.mktemp("kept")
    plugin.offer(Task("1", "generate", ("fr", "de"), lambda *_: [], ("chrf",), name="fuzzed"))
    run = Run(task="fuzzed", model="m", sources=("en",))
    known = (run.id, run.cell, "fuzzed", "1", "m", "", 0.1, 10, "", "en")
    with Store(out).folder(run) as folder:
        for lang in ("fr", "de"):
            folder.commit(
                lang, "test", [Prediction(str(n), f"{n} ü") for n in range(3)],
                [Row(*known, lang, "", "test", "chrf", "", 0.5, 3, 0)],
                examples=[Example(str(n), lang, {"text": "x"}, "y") for n in range(3)],
                stats={"chrf": [[1.0, 2.0]] * 3},
            )  # fmt: skip
    return out


NAMES = st.sampled_from(["rows.jsonl", "predictions.jsonl", "run.json", "error.json"])


def spoilt(data: bytes, draw: Any) -> bytes:
    """Overwrite, cut or replace some of the bytes, or values of the JSON in it."""
    how = draw(st.sampled_from(["bytes", "cut", "value", "all"]))
    at = draw(st.integers(0, max(0, len(data) - 1)))
    if how == "bytes":
        new = draw(st.binary(min_size=1, max_size=4))
        return data[:at] + new + data[at + len(new) :]
    if how == "cut":
        return data[:at]
    if how == "all":
        return json.dumps(draw(PLAIN)).encode() + b"\n"
    lines = data.splitlines()
    if not lines:
        return b"\n"
    with suppress(ValueError):  # run.json stands on many lines
        value = json.loads(lines[0])
        value[draw(st.sampled_from(sorted(value)))] = draw(PLAIN)
        lines[0] = json.dumps(value).encode()
    return b"\n".join(lines) + b"\n"


@SHORT
@given(st.data())
def test_rows_and_predictions(kept: Path, tmp_path: Path, data: st.DataObject) -> None:
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(kept, out)
    (folder,) = (out / "runs").iterdir()
    path = folder / data.draw(NAMES)
    path.write_bytes(spoilt(path.read_bytes() if path.exists() else b"", data.draw))
    store = Store(out)
    for read in (store.done, store.rows, store.runs, store.errors):
        read()
    for part in (store.shown, store.outputs, store.predictions):
        with suppress(IsoglossError):
            part(folder.name, "fr")
    with suppress(IsoglossError):
        store.stats(folder.name, "de", "chrf")
    with suppress(IsoglossError), store.folder(Run(task="fuzzed", model="m", sources=("en",))):
        pass


@settings(SHORT, max_examples=20)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "lang", "prediction"]) | TEXT, PLAIN), max_size=3
    )
)
def test_predictions_of_other_systems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[Any]
) -> None:
    path = tmp_path / "outputs.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    command = ["evaluate", str(path), "--task", "tag_quantity", "--as", "x", "--out", str(tmp_path)]
    with suppress(SystemExit):
        main(command)
    assert "Traceback" not in capsys.readouterr().err
