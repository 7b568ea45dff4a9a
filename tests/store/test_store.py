from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import tests_writer as writer

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example, Prediction
from isogloss.store import Results, Store, folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "out")


def fill(store: Store, *langs: str) -> str:
    run = writer.toy_run()
    with store.folder(run) as opened:
        for lang in langs:
            opened.commit(lang, "test", writer.predictions(lang), writer.rows(run, lang))
    return run.id


def test_gives_back_what_was_committed(store: Store) -> None:
    run = fill(store, "qab", "qac")
    assert store.done() == {run: {("qab", "test"), ("qac", "test")}}
    assert store.predictions(run, "qac") == writer.predictions("qac")
    assert store.predictions(run, "qad") == []
    assert [(r.target, r.metric) for r in store.rows()] == [
        ("qab", "chrf"), ("qab", "exact_match"), ("qac", "chrf"), ("qac", "exact_match"),
    ]  # fmt: skip
    assert store.runs() == {run: writer.toy_run()}


def test_refuses_to_commit_twice(store: Store) -> None:
    run = writer.toy_run()
    fill(store, "qab")
    with store.folder(run) as opened, pytest.raises(IsoglossError, match="already"):
        opened.commit("qab", "test", [], writer.rows(run, "qab"))
    assert len(store.rows()) == 2


def test_keeps_a_language_without_labels(store: Store) -> None:
    run = writer.toy_run()
    with store.folder(run) as opened:
        opened.commit("qab", "test", writer.predictions("qab"), [])
    assert ("qab", "test") in store.done()[run.id]
    assert len(store.predictions(run.id, "qab")) == 50


def test_keeps_snapshots_apart_from_the_finished_model(store: Store) -> None:
    run = writer.toy_run()
    with store.folder(run) as opened:
        opened.commit("qab", "dev", [], writer.rows(run, "qab"), step=100)
        assert opened.done(step=100) == {("qab", "dev")}
        assert opened.done() == set()


def test_keeps_texts_and_item_statistics(store: Store) -> None:
    run = writer.toy_run()
    items = [
        Example("a", "qab", {"text": "x" * 900}, "rätt"),
        Example("b", "qab", {"words": ("a", "b")}, ("X", "Y")),
    ]
    answers = [Prediction("a", "fel", {"x": -1.5}, ("limit",)), Prediction("b", ("X", "X"))]
    stats = {"em": [[0, 1], [0.5, 1]]}
    with store.folder(run) as opened:
        opened.commit(
            "qab", "test", answers, [], examples=items, stats=stats, show=plugin.kind("tag").show
        )
    assert store.predictions(run.id, "qab") == answers
    first, tags = store.shown(run.id, "qab")
    assert len(first.input) == 500
    assert (first.gold, first.output) == ("rätt", "fel")
    assert (tags.gold, tags.output) == ("a/X b/Y", "a/X b/X")
    assert store.stats(run.id, "qab", "em") == [[0, 1], [0.5, 1]]
    assert store.stats(run.id, "qab", "chrf") == []
    assert len(store.items(run.id, "qab")) == 12
    assert len(store.shown(run.id, "qab", n=1)) == 1


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_cuts_back_a_torn_tail(store: Store, cut: int) -> None:
    run = fill(store, "qab", "qac")
    path = store.out / "runs" / run / "rows.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    assert {row.target for row in store.rows()} == {"qab"}
    with store.folder(writer.toy_run()) as opened:
        assert opened.done() == {("qab", "test")}
    assert path.read_bytes().endswith(b"\n")
    fill(store, "qac")
    assert store.predictions(run, "qac") == writer.predictions("qac")


def test_cuts_back_predictions_without_rows(store: Store) -> None:
    run = fill(store, "qab")
    path = store.out / "runs" / run / "predictions.jsonl"
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'{"id": "never committed"')
    fill(store)
    assert path.stat().st_size == size


def test_tells_of_lost_predictions(store: Store) -> None:
    run = fill(store, "qab")
    (store.out / "runs" / run / "predictions.jsonl").write_bytes(b"")
    with pytest.raises(IsoglossError, match="shorter than its commits"):
        fill(store)


def test_tells_of_a_broken_line_in_the_middle(store: Store) -> None:
    run = fill(store, "qab", "qac")
    path = store.out / "runs" / run / "rows.jsonl"
    path.write_bytes(b"#" + path.read_bytes())
    assert store.rows() == []
    assert "line 1, can't be read" in store.errors()[run]["error"]
    with pytest.raises(IsoglossError, match="line 1, can't be read"):
        fill(store)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 1}, "an older isogloss"),
        ({"format": 99}, "a newer isogloss"),
        ({"format": None}, "an older isogloss"),
        ({"run": {"task": "toy"}}, "doesn't know"),
    ],
)
def test_refuses_folders_of_other_versions(store: Store, change: dict, says: str) -> None:
    run = fill(store, "qab")
    path = store.out / "runs" / run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert (store.runs(), store.rows(), store.done()) == ({}, [], {})
    assert says in store.errors()[run]["error"]
    with pytest.raises(IsoglossError, match=says):
        fill(store)


def test_refuses_rows_of_other_versions(store: Store) -> None:
    run = fill(store, "qab")
    path = store.out / "runs" / run / "rows.jsonl"
    path.write_text(path.read_text().replace('"seconds"', '"hours"'))
    assert store.rows() == []
    assert "another version" in store.errors()[run]["error"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"n":', '"n":0.5,"m":', "another version"),
        ('"target":"qab"', '"target":7', "wrong type in target: int"),
        ('"seed":0', '"seed":true', "wrong type in seed: bool"),
    ],
)
def test_rows_hold_what_their_columns_are(store: Store, old: str, new: str, says: str) -> None:
    run = fill(store, "qab")
    path = store.out / "runs" / run / "rows.jsonl"
    whole = path.read_text()
    assert old in whole
    path.write_text(whole.replace(old, new))
    assert store.rows() == []
    assert says in store.errors()[run]["error"]
    path.write_text(whole.replace(',"optimizer":""', ""))
    assert [row.optimizer for row in store.rows()] == [""] * len(store.rows()) != []


def test_passes_over_a_folder_without_settings(store: Store) -> None:
    (store.out / "runs" / "0123").mkdir(parents=True)
    assert store.rows() == []


def test_keeps_an_error_until_a_clean_end(store: Store) -> None:
    run = writer.toy_run()
    with store.folder(run) as opened:
        opened.fail(IsoglossError("loss is NaN at lr 1", "lower it"))
    assert "loss is NaN" in store.errors()[run.id]["error"]
    with pytest.raises(KeyboardInterrupt), store.folder(run):
        raise KeyboardInterrupt
    assert store.errors()
    fill(store)
    assert store.errors() == {}


def test_enters_an_outside_system_once(store: Store) -> None:
    writer.toy_run()
    like = writer.rows(writer.toy_run(), "qab")
    answers = {"qab": writer.predictions("qab")}
    for _ in range(2):
        run = store.enter("some llm", "toy", answers, like)
    assert {(row.model, row.run, row.note) for row in store.rows()} == {
        ("some llm", run.id, "outside")
    }
    assert store.predictions(run.id, "qab") == answers["qab"]
    with pytest.raises(IsoglossError, match="other outputs"):
        store.enter("some llm", "toy", {"qab": answers["qab"][:3]}, like)


def test_two_trainings_of_one_key_wait_for_each_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from isogloss.store import lease

    monkeypatch.setattr(lease, "BEAT", 0.02)
    order = []

    def second() -> None:
        with store.training("key"):
            order.append("second")

    with store.training("key") as path:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert path == store.weights("key")


def test_a_full_disk_keeps_nothing_half_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = writer.toy_run()
    with store.folder(run) as opened:
        opened.commit("qab", "test", writer.predictions("qab"), writer.rows(run, "qab"))
        before = [p.stat().st_size for p in sorted(opened.path.glob("*.jsonl"))]
        syncs = []

        def full(handle: int) -> None:
            syncs.append(handle)
            if len(syncs) == 2:  # the predictions fit, the rows don't
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(folder.os, "fsync", full)
        with pytest.raises(IsoglossError, match="No space left"):
            opened.commit("qac", "test", writer.predictions("qac"), writer.rows(run, "qac"))
    monkeypatch.undo()
    fill(store)
    assert [p.stat().st_size for p in sorted(opened.path.glob("*.jsonl"))] == before
    fill(store, "qac")
    assert store.predictions(run.id, "qac") == writer.predictions("qac")


def test_keeps_what_the_study_said(store: Store) -> None:
    assert store.study() == {}
    store.keep_study({"name": "größe", "select": {"lr": "oracle"}, "claims": [], "recipes": {}})
    assert store.study()["name"] == "größe"
    assert not list(store.out.glob("*.part"))
    (store.out / "study.json").write_text("{")
    with pytest.raises(IsoglossError, match=r"study\.json is broken"):
        store.study()
    store.keep_study({"name": "again"})
    assert store.study() == {"name": "again"}


def test_results_filter_and_export(store: Store, tmp_path: Path) -> None:
    import csv
    import sqlite3

    fill(store, "qab", "qac")
    results = store.results()
    assert len(results.select(target="qab")) == 2
    assert len(results.select(target=("qab", "qac"), metric="chrf")) == 2
    with pytest.raises(IsoglossError, match="did you mean 'target'"):
        results.select(tarjet="qab")
    with results.to_csv(tmp_path / "rows.csv").open() as file:
        assert [row["target"] for row in csv.DictReader(file)] == ["qab", "qab", "qac", "qac"]
    for _ in range(2):
        path = results.sqlite()
    database = sqlite3.connect(path)
    assert database.execute("select count(*), avg(value) from rows").fetchone() == (4, 0.0125)
    database.close()
    assert path == store.out / "results.sqlite"
    with pytest.raises(IsoglossError, match="give sqlite"):
        Results([]).sqlite()


def test_results_become_a_frame(store: Store) -> None:
    pytest.importorskip("pandas")
    fill(store, "qab")
    frame = store.results().frame()
    assert list(frame.columns[:3]) == ["run", "cell", "task"]
    assert frame.value.tolist() == [0.0, 0.0]


def test_a_missing_library_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(IsoglossError, match=r"pip install isogloss\[frame\]"):
        store.results().frame()
    with pytest.raises(IsoglossError, match="pip install pandas pyarrow"):
        store.results().to_parquet("x")


def test_a_folder_that_takes_no_files_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where a folder should be")
    with (
        pytest.raises(IsoglossError, match="can't write to"),
        Store(tmp_path).folder(writer.toy_run()),
    ):
        pass


def test_what_trainings_and_adaptations_take(store: Store) -> None:
    assert store.used("adapted") == (0, 0, 0)
    for place, size in (("a/adapt-1", 3), ("b/adapt-1", 4), ("b/broken-1-adapt-1", 5)):
        path = store.adapted(place) / "step-000001" / "model.safetensors"
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(size))
    (store.adapted("a/adapt-1") / "manifest.json").write_text("{}")
    assert store.used("adapted") == (2, 1, 3 + 4 + 5 + 2)
    assert store.used("weights") == (0, 0, 0)
