"""Outputs of any system: what is read, what is refused, what is counted as wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.core.task import Task
from isogloss.core.types import Row
from isogloss.reader import own
from isogloss.run.evaluate import evaluate

FILES = "d/{lang}/{split}.jsonl"


def task(folder: Path, kind: str, rows: list[dict[str, Any]], **table: Any) -> Task:
    """Make a task with the same items to train and to test on."""
    for split in ("train", "test"):
        path = folder / f"d/en/{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return own.task("mine", {"kind": kind, "files": FILES, **table}, folder)


def scores(
    folder: Path, task: Task, answers: list[Any], *, csv: bool = False, **more: Any
) -> dict[str, float | None]:
    """Evaluate answers to the items in order."""
    path = folder / ("a.csv" if csv else "a.jsonl")
    ids = [example.id for example in task.load("en", "test", None)]
    if csv:
        cells = [str(answer).replace('"', '""') for answer in answers]
        lines = ["id,prediction", *(f'{i},"{c}"' for i, c in zip(ids, cells, strict=True))]
    else:
        pairs = zip(ids, answers, strict=True)
        lines = [json.dumps({"id": i, "prediction": answer}) for i, answer in pairs]
    path.write_text("\n".join(lines) + "\n")
    rows: list[Row] = evaluate(path, task, lang="en", **more)
    return {row.metric: row.value for row in rows if row.condition == ""}


def classes(*targets: Any) -> list[dict[str, Any]]:
    return [{"text": f"t{n}", "target": target} for n, target in enumerate(targets)]


@pytest.mark.parametrize(
    ("gold", "given"),
    [
        ((True, False), (True, False)),
        ((True, False), ("true", "False")),
        (("true", "false"), (True, "FALSE ")),
        ((1, 2), ("1", 2.0)),
        (("1", "2"), (1, "2.0")),
        (("sport", "politics"), ("Sport", "politics ")),
        (("sport ", "politics"), (" SPORT", "politics")),
        (("É", "b"), ("E\u0301", "B")),
        (("A", "a"), ("A", "a")),
    ],
)
@pytest.mark.parametrize("csv", [False, True])
def test_spelling_is_no_error_of_the_system(
    tmp_path: Path, gold: tuple[Any, ...], given: tuple[Any, ...], csv: bool
) -> None:
    found = scores(tmp_path, task(tmp_path, "classify", classes(*gold)), [*given], csv=csv)
    assert (found["accuracy"], found["macro_f1"], found["malformed"]) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("given", "hint"),
    [("xyz", "labels: politics, sport"), ("sprt", "did you mean 'sport'"), (3, "labels:"),
     (["sport"], "labels:"), (True, "labels:")],
)  # fmt: skip
def test_what_is_no_label_is_refused_or_counted(tmp_path: Path, given: Any, hint: str) -> None:
    topics = task(tmp_path, "classify", classes("sport", "politics"))
    with pytest.raises(IsoglossError) as caught:
        scores(tmp_path, topics, ["sport", given])
    said = str(caught.value)
    assert f"a.jsonl:2: '{given}' is no label of mine" in said
    assert hint in said
    assert "--malformed" in said
    found = scores(tmp_path, topics, ["sport", given], malformed=True)
    assert (found["accuracy"], found["malformed"]) == (0.5, 0.5)


@pytest.mark.parametrize("nothing", [None, "", " ", float("nan"), []])
def test_an_answer_that_is_not_there_is_malformed(tmp_path: Path, nothing: Any) -> None:
    topics = task(tmp_path, "classify", classes("sport", "politics"))
    found = scores(tmp_path, topics, ["sport", nothing])
    assert (found["accuracy"], found["malformed"]) == (0.5, 0.5)


TAGGED = (("Ana", "B-PER"), ("Lee", "I-PER"), ("left", "O"), ("Rome", "B-LOC"), ("Bonn", "B-LOC"))
SCHEMES = {
    "iob2": ["B-PER", "I-PER", "O", "B-LOC", "B-LOC"],
    "iob1": ["I-PER", "I-PER", "O", "I-LOC", "B-LOC"],
    "bioes": ["B-PER", "E-PER", "O", "S-LOC", "S-LOC"],
    "bilou": ["B-PER", "L-PER", "O", "U-LOC", "U-LOC"],
    "bmes": ["B-PER", "E-PER", "O", "S-LOC", "S-LOC"],
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("gold", SCHEMES)
@pytest.mark.parametrize("form", ["list", "text", "cell"])
def test_tags_of_any_scheme_are_the_same_entities(
    tmp_path: Path, gold: str, scheme: str, form: str
) -> None:
    words = [word for word, _ in TAGGED]
    items = [{"words": words, "target": SCHEMES[gold]}, {"words": ["a"], "target": ["O"]}]
    names = task(tmp_path, "tag", items)
    assert set(names.labels) == {"O", "B-PER", "I-PER", "B-LOC"}
    assert names.metrics[0] == "entity_f1"
    answers: list[Any] = [SCHEMES[scheme], ["O"]]
    if form != "list":
        answers = [" ".join(tags) if form == "text" else str(tags) for tags in answers]
    found = scores(tmp_path, names, answers, csv=form == "cell")
    assert (found["entity_f1"], found["tag_accuracy"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        (["B-PER", "I-PER", "O", "B-LOC"], "4 tags for 5 words"),
        (["B-PER", "I-PER", "O", "B-LOC", "B-MISC"], "'B-MISC' is no label"),
        (7, "'7' is no list of tags"),
    ],
)
def test_tags_that_are_none_are_refused_or_counted(tmp_path: Path, tags: Any, what: str) -> None:
    words = [word for word, _ in TAGGED]
    names = task(tmp_path, "tag", [{"words": words, "target": SCHEMES["iob2"]}])
    with pytest.raises(IsoglossError, match=what):
        scores(tmp_path, names, [tags])
    found = scores(tmp_path, names, [tags], malformed=True)
    assert (found["entity_f1"], found["malformed"]) == (0.0, 1.0)


@pytest.mark.parametrize("kind", ["choose", "retrieve"])
@pytest.mark.parametrize(
    "given", [(1, 0), ("1", "0"), (1.0, "0.0"), ("blue", "red"), ("Blue ", "RED")]
)
def test_options_by_index_or_text(tmp_path: Path, kind: str, given: tuple[Any, Any]) -> None:
    items = [
        {"text": f"t{n}", "options": ["red", "blue"], "target": target}
        for n, target in enumerate([1, 0])
    ]
    asked = task(tmp_path, kind, items, columns={"options": "options"})
    for csv in (False, True):
        assert scores(tmp_path, asked, [*given], csv=csv)["accuracy"] == 1.0


def test_options_that_look_like_numbers_are_read_as_in_gold(tmp_path: Path) -> None:
    items = [{"text": "t", "options": ["2", "1"], "target": "2"}]
    asked = task(tmp_path, "choose", items)
    assert asked.load("en", "test", None)[0].target == 0
    assert scores(tmp_path, asked, ["2"])["accuracy"] == 1.0
    assert scores(tmp_path, asked, [0])["accuracy"] == 1.0


def test_an_index_that_is_another_options_text_is_refused(tmp_path: Path) -> None:
    asked = task(tmp_path, "choose", [{"text": "t", "options": ["1", "0"], "target": 0}])
    assert scores(tmp_path, asked, [0])["accuracy"] == 1.0
    with pytest.raises(IsoglossError, match="none of the 2 options"):
        scores(tmp_path, asked, ["0"])


@pytest.mark.parametrize("given", [2, -1, "green", True, "²", 10**30, 0.5])
def test_what_is_no_option_is_refused_or_counted(tmp_path: Path, given: Any) -> None:
    items = [{"text": "t", "options": ["red", "blue"], "target": 1}]
    asked = task(tmp_path, "choose", items)
    with pytest.raises(IsoglossError, match=r"none of the 2 options\n.*0 to 1 \(not from 1 to 2\)"):
        scores(tmp_path, asked, [given])
    found = scores(tmp_path, asked, [given], malformed=True)
    assert (found["accuracy"], found["malformed"]) == (0.0, 1.0)


@pytest.mark.parametrize(("kind", "metric"), [("span", "squad_em"), ("generate", "exact_match")])
def test_texts_in_their_usual_forms(tmp_path: Path, kind: str, metric: str) -> None:
    item = {"text": "q", "question": "q", "context": "in 1990 or so", "target": "1990"}
    asked = task(tmp_path, kind, [item])
    for given in ("1990", 1990, {"text": "1990", "start": 3}, ["1990"], {"text": ["1990"]}):
        assert scores(tmp_path, asked, [given])[metric] == 1.0
    for given in (["1990", "so"], {"answer": "1990"}):
        with pytest.raises(IsoglossError, match="where a text is expected"):
            scores(tmp_path, asked, [given])
    assert scores(tmp_path, asked, [None])[metric] == 0.0


def test_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    task(tmp_path, "classify", classes("sport", "politics"))
    Path("s.toml").write_text(
        f'models = ["mini/xlmr"]\n[task.mine]\nkind = "classify"\nfiles = "{FILES}"\n'
    )
    Path("a.csv").write_text("id,lang,prediction\ntest-1,en,Sport\ntest-2,eng,xyz\n")
    asked = ("evaluate", "a.csv", "--task", "mine", "--study", "s.toml")
    for more, code, said in (
        ((), 2, "a.csv:3: 'xyz' is no label of mine"),
        (("--malformed",), 0, "malformed            0.500"),
    ):
        ended = 0
        try:
            main([*asked, *more])
        except SystemExit as stop:
            ended = int(stop.code or 0)
        assert ended == code
        captured = capsys.readouterr()
        assert said in captured.out + captured.err


def test_own_gold_of_a_benchmark_is_right_in_every_language(data: Path, tmp_path: Path) -> None:
    """UNER's files hold OTH, which the benchmark reads as O: in outputs as in gold."""
    from isogloss.reader import conll
    from isogloss.tasks import uner

    files = uner._files(data)
    lines: list[str] = []
    for lang, splits in uner.available(data).items():
        if "test" in splits:
            path = uner.treebank.file_of(files, lang, "test", "uner")
            assert path is not None
            for number, sentence in enumerate(conll.read(path, conll.IOB2), 1):
                name = sentence.id or f"test-{number}"
                row = {"id": name, "lang": lang, "prediction": sentence.tags}
                lines.append(json.dumps(row))
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(lines) + "\n")
    rows = evaluate(path, "uner", data=data, out=tmp_path / "out")
    f1 = {row.target: row.value for row in rows if row.metric == "entity_f1"}
    assert len(f1) > 5
    assert set(f1.values()) == {1.0}
