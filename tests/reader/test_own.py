"""Tasks from a study's table: every kind, every form of file, every mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss import plugin
from isogloss.core.errors import Errors, IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.types import Answer
from isogloss.reader import own

Put = Callable[[str, Any], Path]
FILES = "d/{lang}/{split}.jsonl"


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, str):
            content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
        path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.fixture
def topics(put: Put) -> dict[str, Any]:
    put("d/en/train.jsonl", [{"body": "a", "topic": "x"}, {"body": "b", "topic": "y"}])
    put("d/en/validation.jsonl", [{"body": "c", "topic": "x"}])
    put("d/swh_Latn/test.jsonl", [{"body": "d", "topic": "y"}])
    put("d/eu/test.jsonl", [{"body": "e"}])
    columns = {"text": "body", "target": "topic"}
    return {"kind": "classify", "files": FILES, "columns": columns}


def said(table: dict[str, Any], base: Path) -> str:
    with pytest.raises(Errors) as caught:
        own.task("mine", table, base)
    return str(caught.value)


def test_files_by_language_and_split(topics: dict[str, Any], tmp_path: Path) -> None:
    task = own.task("mine", topics, tmp_path)
    assert (task.name, task.kind, task.labels) == ("mine", "classify", ("x", "y"))
    assert task.langs == ("en", "eu", "sw")
    assert task.metrics == ("accuracy", "macro_f1")
    assert task.available is not None
    assert task.available(None) == {"en": ("train", "dev"), "eu": ("test",), "sw": ("test",)}
    (example,) = task.load("sw", "test", None)
    assert (example.id, example.inputs, example.target) == ("test-1", {"text": "d"}, "y")
    assert task.load("sw", "dev", None) == []


def test_a_language_without_labels_is_loaded_without_targets(
    topics: dict[str, Any], tmp_path: Path
) -> None:
    (example,) = own.task("mine", topics, tmp_path).load("eu", "test", None)
    assert example.target is None


def test_the_digest_follows_the_training_data_and_the_version_the_table(
    topics: dict[str, Any], tmp_path: Path, put: Put
) -> None:
    task = own.task("mine", topics, tmp_path)
    assert task.digest is not None
    before = task.digest("en", "train", None)
    put("d/eu/test.jsonl", [{"body": "other"}])
    assert task.digest("en", "train", None) == before
    put("d/en/train.jsonl", [{"body": "aa", "topic": "x"}, {"body": "b", "topic": "y"}])
    assert task.digest("en", "train", None) != before
    assert own.task("mine", topics, tmp_path).version == task.version
    assert own.task("mine", topics | {"prompt": "Topic?"}, tmp_path).version != task.version


def test_a_template_is_part_of_the_task(topics: dict[str, Any], tmp_path: Path) -> None:
    words = {"instruction": "Topic?", "labels": {"swh": {"x": "moja"}}}
    task = own.task("mine", topics | {"template": words}, tmp_path)
    assert task.template.instructed("eu") == "Topic?"
    assert task.template.said(task.labels, "sw")[0] == "moja"
    assert task.version != own.task("mine", topics, tmp_path).version
    kept = {**task.definition, "version": task.version}
    kept |= {"labels": task.labels, "metrics": task.metrics}
    again = own.again("mine", kept, [tmp_path])
    assert (again.template, again.version) == (task.template, task.version)


@pytest.mark.parametrize(
    ("kind", "columns", "row", "target", "fields"),
    [
        ("generate", {}, {"text": "a", "target": "b"}, "b", "text"),
        ("classify", {"pair": "o"}, {"text": "a", "o": "b", "target": "x"}, "x", "text pair"),
        ("tag", {"words": "w"}, {"w": ["a", "b"], "target": ["O", "B-X"]}, ("O", "B-X"), "words"),
        (
            "span", {"start": "at"}, {"question": "q", "context": "aa", "target": "a", "at": 1},
            (Answer("a", 1),), "question context",
        ),
        (
            "choose", {"options": ["m", "n"]}, {"text": "a", "m": "x", "n": "y", "target": 1},
            1, "text options",
        ),
        ("retrieve", {}, {"text": "a", "target": "doc"}, 0, "text options"),
    ],
)  # fmt: skip
def test_every_kind(
    put: Put, tmp_path: Path, kind: str, columns: Any, row: Any, target: Any, fields: str
) -> None:
    other = row | ({"target": "x2"} if kind in ("classify", "retrieve") else {})
    put("d/en/train.jsonl", [row, other])
    put("d/en/test.jsonl", [row, other])
    table = {"kind": kind, "files": FILES, "columns": columns}
    task = own.task("mine", table, tmp_path)
    first = task.load("en", "test", None)[0]
    assert (first.target, " ".join(task.fields)) == (target, fields)
    assert set(first.inputs) == set(task.fields)
    assert all(name in plugin.names("metric") for name in task.metrics)
    for name in task.metrics:
        metric: Metric = plugin.metric(name)
        assert kind in metric.kinds


def test_every_kind_has_metrics() -> None:
    assert all(kind.metrics for kind in plugin.kinds().values())


def test_tables_and_paths_for_single_files(put: Put, tmp_path: Path) -> None:
    put("train.tsv", "text\ttarget\na\tx\nb\ty\n")
    put("test.csv", "text,lang,target\nc,eus,x\nd,swh_Latn,y\ne,sw,x\n")
    files = {"train": {"eng": "train.tsv"}, "test": "test.csv"}
    table = {"kind": "classify", "files": files, "columns": {"lang": "lang"}}
    task = own.task("mine", table, tmp_path)
    assert task.available is not None
    assert task.available(None) == {"en": ("train",), "eu": ("test",), "sw": ("test",)}
    assert [e.inputs["text"] for e in task.load("sw", "test", None)] == ["d", "e"]
    only = {"kind": "classify", "files": {"train": "train.tsv"}, "langs": ["en"]}
    assert own.task("mine", only, tmp_path).langs == ("en",)


def test_conll_with_and_without_tags(put: Put, tmp_path: Path) -> None:
    put("en.train.conll", "Ann B-PER\nran O\n\nHi O\n")
    put("sw.test.conll", "Ann\nalikimbia\n")
    put("fi.test.conll", "1\tAnn\t_\n2\tjuoksi\t_\n")
    task = own.task("mine", {"kind": "tag", "files": "{lang}.{split}.conll"}, tmp_path)
    assert (task.labels, task.metrics) == (("B-PER", "O"), ("entity_f1", "tag_accuracy"))
    assert task.load("en", "train", None)[0].target == ("B-PER", "O")
    assert task.load("sw", "test", None)[0].target is None
    assert task.load("fi", "test", None)[0].target is None
    columns = {"words": 2, "target": "xpos"}
    put("de.train.conllu", "1\tAnn\t_\t_\tA\n2\tging\t_\t_\tB\n")
    table = {"kind": "tag", "files": "{lang}.{split}.conllu", "columns": columns}
    assert own.task("mine", table, tmp_path).labels == ("A", "B")


def test_squad(put: Put, tmp_path: Path) -> None:
    qas = [{"id": "q1", "question": "?", "answers": [{"text": "b", "answer_start": 2}]}]
    data = {"data": [{"paragraphs": [{"context": "a b", "qas": qas}]}]}
    put("squad.de.json", json.dumps(data))
    table = {"kind": "span", "files": {"test": "squad.{lang}.json"}}
    (example,) = own.task("mine", table, tmp_path).load("de", "test", None)
    assert (example.id, example.target) == ("q1", (Answer("b", 2),))


def test_ids_are_taken_and_checked(put: Put, tmp_path: Path) -> None:
    put(
        "d/en/test.jsonl",
        [{"id": 7, "text": "a", "target": "x"}, {"id": "7", "text": "b", "target": "y"}],
    )
    task = own.task("mine", {"kind": "generate", "files": FILES}, tmp_path)
    with pytest.raises(IsoglossError, match=r"test\.jsonl:2: id '7' is there already, at .*:1"):
        task.load("en", "test", None)


def test_some_lines_without_label(put: Put, tmp_path: Path) -> None:
    put("d/en/test.jsonl", [{"text": "a", "target": "x"}, {"text": "b", "target": None}])
    task = own.task("mine", {"kind": "generate", "files": FILES}, tmp_path)
    with pytest.raises(IsoglossError, match=r"test\.jsonl:2: no label, and 1 of 2 lines have none"):
        task.load("en", "test", None)


def test_labels_outside_the_set(topics: dict[str, Any], put: Put, tmp_path: Path) -> None:
    put("d/eu/test.jsonl", [{"body": "e", "topic": "z"}])
    task = own.task("mine", topics, tmp_path)
    with pytest.raises(IsoglossError, match=r"test\.jsonl:1: label 'z' is not in the label set"):
        task.load("eu", "test", None)


def test_labels_that_differ_in_spaces_or_form_are_one(put: Put, tmp_path: Path) -> None:
    rows = [("a", "\u00e9t\u00e9"), ("b", "e\u0301te\u0301 "), ("c", "hiver"), ("d", " hiver")]
    put("d/fr/train.jsonl", [{"text": text, "target": label} for text, label in rows])
    put("d/fr/test.csv", "text,target\na,hiver \n")
    table = {"kind": "classify", "files": FILES}
    assert own.task("mine", table, tmp_path).labels == ("hiver", "\u00e9t\u00e9")
    table = {
        "kind": "classify",
        "files": {"test": {"fr": "d/fr/test.csv"}},
        "labels": ["hiver ", "x"],
    }
    assert own.task("mine", table, tmp_path).load("fr", "test", None)[0].target == "hiver"
    assert "labels has 'x' twice" in said(table | {"labels": ["x", " x"]}, tmp_path)
    assert "labels has an empty label" in said(table | {"labels": ["x", " "]}, tmp_path)


@pytest.mark.parametrize("target", ["NaN", '""', "1e999", "-Infinity"])
def test_no_label_is_made_of_what_is_none(put: Put, tmp_path: Path, target: str) -> None:
    put(
        "d/en/train.jsonl", f'{{"text": "a", "target": "x"}}\n{{"text": "b", "target": {target}}}\n'
    )
    assert "train.jsonl:2: " in said({"kind": "classify", "files": FILES}, tmp_path)


def test_line_ends_inside_a_context_move_no_answer(put: Put, tmp_path: Path) -> None:
    row = 'q,"one\r\ntwo\r\nthree",three,10\r\n'
    (tmp_path / "test.csv").write_bytes(b"question,context,target,start\r\n" + row.encode())
    table = {"kind": "span", "files": {"test": {"en": "test.csv"}}, "columns": {"start": "start"}}
    (example,) = own.task("mine", table, tmp_path).load("en", "test", None)
    assert example.target == (Answer("three", 10),)


def test_line_ends_of_other_kinds_are_newlines(tmp_path: Path) -> None:
    (tmp_path / "en.test.csv").write_bytes(b'text,target\r\n"a\r\nb","c\r\nd"\r\n')
    table = {"kind": "generate", "files": "{lang}.{split}.csv"}
    (example,) = own.task("mine", table, tmp_path).load("en", "test", None)
    assert (example.inputs["text"], example.target) == ("a\nb", "c\nd")


def test_the_version_follows_the_columns_of_the_training_data(put: Put, tmp_path: Path) -> None:
    table = {"kind": "tag", "files": "{lang}.{split}.conll"}
    put("en.train.conll", "Ann X\nran Y\n")
    before = own.task("mine", table, tmp_path).version
    put("sw.test.conll", "1\tAnn\tX\n2\tran\tY\n")
    assert own.task("mine", table, tmp_path).version == before
    put("en.train.conll", "Ann\tX\nran\tY\n")
    assert own.task("mine", table, tmp_path).version != before


def test_options_of_retrieval_are_texts_and_never_indexes(put: Put, tmp_path: Path) -> None:
    put("d/en/test.jsonl", [{"text": "a", "target": 1}, {"text": "b", "target": 0}])
    task = own.task("mine", {"kind": "retrieve", "files": FILES}, tmp_path)
    first, second = task.load("en", "test", None)
    assert (first.inputs["options"], first.target, second.target) == (("1", "0"), 0, 1)


def test_a_language_without_data(topics: dict[str, Any], tmp_path: Path) -> None:
    task = own.task("mine", topics, tmp_path)
    with pytest.raises(IsoglossError, match=r"unknown language of mine: 'fi'\n.*known: en, eu, sw"):
        task.load("fi", "test", None)
    text = said(topics | {"langs": ["en", "fi"]}, tmp_path)
    assert "has no data in 'fi'" in text
    assert "there are files in en, eu, sw" in text


def test_a_wrong_column_names_the_nearest(topics: dict[str, Any], tmp_path: Path, put: Put) -> None:
    wrong = topics | {"columns": {"text": "body", "target": "topik"}}
    assert "did you mean 'topic'?" in said(wrong, tmp_path)
    wrong = topics | {"columns": {"text": "boddy", "target": "topic"}}
    text = said(wrong, tmp_path)
    assert "no column 'boddy'" in text
    assert "did you mean 'body'?" in text
    put("d/eu/test.jsonl", [{"body": "e", "topics": "x"}])
    with pytest.raises(IsoglossError, match=r"eu/test\.jsonl:1: no column 'topic'"):
        own.task("mine", topics, tmp_path).load("eu", "test", None)
    put("d/en/train.jsonl", [{"body": "a", "zzz": "x"}])
    assert "no column 'topic'" in said(topics, tmp_path)


def test_one_mistake_is_one_error(topics: dict[str, Any], tmp_path: Path) -> None:
    for columns in ({"text": "boddy", "target": "topic"}, {"text": "body", "target": "zzzz"}):
        assert "[task.mine]: 1 error\n" in said(topics | {"columns": columns}, tmp_path)


def test_training_data_without_labels_are_told_for_every_kind(put: Put, tmp_path: Path) -> None:
    put("d/en/train.jsonl", [{"text": "a", "out": "b"}])
    text = said({"kind": "generate", "files": FILES}, tmp_path)
    assert "train.jsonl:1: no column 'target'\n" in text
    assert "its columns: text, out" in text
    put("d/en/train.jsonl", [{"text": "a", "target": None}])
    text = said({"kind": "generate", "files": FILES}, tmp_path)
    assert "train.jsonl: training data without labels\n  fill in the column 'target'" in text
    put("en.train.conll", "Ann\nran\n")
    text = said({"kind": "tag", "files": "{lang}.{split}.conll"}, tmp_path)
    assert "en.train.conll: training data without labels\n  name the column of the tags" in text
    # texts of a target language, beside labels of the source
    put("d/en/train.jsonl", [{"text": "a", "target": "b"}])
    put("d/sw/train.jsonl", [{"text": "a"}])
    assert own.task("mine", {"kind": "generate", "files": FILES}, tmp_path).langs == ("en", "sw")


def test_labels_that_never_repeat_are_none(put: Put, tmp_path: Path) -> None:
    put("d/en/train.jsonl", [{"text": f"t {n}", "target": n} for n in range(30)])
    table = {"kind": "classify", "files": FILES}
    text = said(table, tmp_path)
    assert "train.jsonl: 30 labels in 30 places, such as '0', '1', '2': labels repeat" in text
    labels = [str(n) for n in range(30)]
    assert own.task("mine", table | {"labels": labels}, tmp_path).labels == tuple(labels)


def test_notes_name_columns_and_labels(put: Put, tmp_path: Path) -> None:
    rows = [("1", "Ann", "ann", "PROPN"), ("2", "ran", "run", "VERB")]
    lines = ("\t".join((*row, *["_"] * 6)) for row in rows)
    tags = "\n".join(["# newdoc id = d", *lines, ""])
    train, test = put("en.train.conllu", tags), put("sw.test.conllu", tags)
    task = own.task("mine", {"kind": "tag", "files": "{lang}.{split}.conllu"}, tmp_path)
    assert task.notes == (
        f"words in column 2, tags in column 4: {train} and 1 more",
        "2 labels in training data: PROPN 1, VERB 1",
    )
    put("en.train.conll", "Ann X\nran Y\n")
    test = put("sw.test.conll", "1\tAnn\t_\n2\tran\t_\n")
    notes = own.task("mine", {"kind": "tag", "files": "{lang}.{split}.conll"}, tmp_path).notes
    assert f"words in column 2, tags in column 3: {test}" in notes
    assert any("tags in column -1 (counted from the last)" in note for note in notes)
    put("d/en/train.jsonl", [{"text": "a", "target": one} for one in ("Sport", "sport", "x")])
    table = {"kind": "classify", "files": FILES, "labels": ["Sport", "sport", "x", "y"]}
    notes = own.task("mine", table, tmp_path).notes
    assert "labels that differ in case only: 'Sport', 'sport'" in notes
    assert "labels that the training data lack: 'y'" in notes


def test_every_mistake_in_the_table_at_once(tmp_path: Path) -> None:
    table = {"kind": "clasify", "file": "a", "columns": 3, "labels": "x", "files": "a.jsonl"}
    text = said(table, tmp_path)
    assert "[task.mine]: 5 errors" in text
    assert "did you mean 'classify'?" in text
    assert "did you mean 'files'?" in text
    assert "labels must be a list of text" in text
    assert "columns must be a table" in text
    assert "does not say which split is where" in text


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"files": "x/{lang}/{split}.jsonl"}, "no file fits 'x/{lang}/{split}.jsonl'"),
        ({"files": "x/{lang}/{split}.jsonl"}, "there is d/en/train.jsonl"),
        ({"files": {"test": {"en": "none.jsonl"}}}, "no file fits 'none.jsonl'"),
        ({"files": {"tset": "d/{lang}/test.jsonl"}}, "did you mean 'test'?"),
        ({"files": "d/{lnag}/{split}.jsonl"}, "did you mean 'lang'?"),
        ({"files": {"test": "d/en/train.jsonl"}}, "does not say which language"),
        ({"files": {"test": 3}}, "files.test must be a path or a table"),
        ({"files": None}, "names no files"),
        ({"kind": ""}, "says no kind"),
        ({"columns": {"txet": "body"}}, "did you mean 'text'?"),
        ({"columns": {"text": 1.5}}, "columns.text must name a column"),
        ({"metrics": ["acuracy"]}, "did you mean 'accuracy'?"),
        ({"metrics": ["entity_f1"]}, "metric 'entity_f1' is not for classify tasks"),
        ({"prompt": 3}, "prompt must be text"),
        ({"template": 3}, "template must be a table"),
        ({"template": {"instruct": "x"}}, "did you mean 'instruction'?"),
        ({"template": {"labels": {"zz9": {"x": "y"}}}}, "unknown language 'zz9'"),
        ({"template": {"labels": {"sw": {"z": "y"}}}}, "label in the template: 'z'"),
        ({"template": {"instruction": "a"}, "prompt": "b"}, "leave out the prompt"),
        ({"files": {"test": "d/{lang}/test.jsonl"}}, "has no train file to collect the labels"),
        ({"files": {"train": {"en": "d/one.jsonl"}}}, "1 label in all training data"),
    ],
)  # fmt: skip
def test_mistakes(
    topics: dict[str, Any], put: Put, tmp_path: Path, change: dict[str, Any], what: str
) -> None:
    put("d/one.jsonl", [{"body": "a", "topic": "x"}, {"body": "b", "topic": "x"}])
    assert what in said(topics | change, tmp_path)


def test_an_unknown_language_and_two_files_for_one(
    topics: dict[str, Any], put: Put, tmp_path: Path
) -> None:
    put("d/xx9/test.jsonl", [{"body": "e"}])
    put("d/sw/test.jsonl", [{"body": "e"}])
    text = said(topics, tmp_path)
    assert "xx9/test.jsonl: unknown language 'xx9'" in text
    assert "has two test files in 'sw'" in text


def test_an_unknown_language_in_a_column(put: Put, tmp_path: Path) -> None:
    put("test.jsonl", [{"text": "a", "l": "en"}, {"text": "b", "l": "xx9"}])
    table = {"kind": "generate", "files": {"test": "test.jsonl"}, "columns": {"lang": "l"}}
    assert "test.jsonl:2: unknown language 'xx9'" in said(table, tmp_path)
    put("test.jsonl", '{"text": "a", "l": "en"}\n{"text": "b", "l": NaN}\n')
    assert "test.jsonl:2: lang must be text, got nan" in said(table, tmp_path)


def test_a_broken_file_is_named(topics: dict[str, Any], put: Put, tmp_path: Path) -> None:
    put("d/en/train.jsonl", '{"body": "a", "topic": "x"}\n{"body": \n')
    assert "train.jsonl:2: broken JSON" in said(topics, tmp_path)


def test_a_study_reads_its_own_task(
    topics: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.study.study import Study

    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})
    table = {"name": "s", "tasks": ["mine"], "models": ["mini/xlmr"], "task": {"mine": topics}}
    study = Study.of(table, base=tmp_path)
    assert study.tasks_by_name()["mine"].labels == ("x", "y")
