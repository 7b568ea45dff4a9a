"""An intent and slots: values, answers, files and a study of own data."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tiny
from command import call
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example, Prediction
from isogloss.kind.example import build
from isogloss.kind.joint import KIND, Frame
from isogloss.plugin import metric
from isogloss.reader import own
from isogloss.reader.guess import guess
from isogloss.store import Store

LABELS = ("set alarm", "show", "O", "B-time", "I-time")
TWO = Frame("set alarm", ("O", "B-time"))
CONLL = """# text = wake five
# intent = set alarm
1\twake\tset alarm\tO
2\tfive\tset alarm\tB-time

# intent: show
1\tdays\tshow\tO
2\tof\tshow\tO
3\tweeks\tshow\tB-time

"""


def made(**values: Any) -> Any:
    return build("joint", {"words": "a b", **values}, where="x:3", id="1", lang="en", labels=LABELS)


@pytest.mark.parametrize(
    "values",
    [
        {"target": ["O", "B-time"], "intent": "set alarm"},
        {"target": "O B-time", "intent": "set  alarm"},
        {"target": {"intent": "set alarm", "tags": ["O", "B-time"]}},
        {"target": ["set alarm", ["O", "B-time"]]},
    ],
)
def test_targets_in_any_form(values: dict[str, Any]) -> None:
    assert made(**values).target == TWO
    assert made(**{**values, "target": None}).target is None


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"target": ["O", "O"]}, r"x:3: tags without an intent\n.*columns = \{ intent"),
        ({"target": ["O"], "intent": "show"}, "2 words but 1 tags"),
        ({"target": ["O", "time"], "intent": "show"}, "'time' is no tag of a slot\n.*B-TYPE"),
        ({"target": ["O", "O"], "intent": "B-time"}, "the intent 'B-time' looks like a tag"),
        ({"target": ["O", "O"], "intent": "shwo"}, "'shwo' is not in the label set\n.*'show'"),
        ({"target": ["O", "O"], "intent": ""}, "an empty label"),
    ],
)
def test_bad_targets(values: dict[str, Any], match: str) -> None:
    with pytest.raises(IsoglossError, match=match):
        made(**values)


@pytest.mark.parametrize(
    "answer",
    [
        ["set alarm", ["O", "B-time"]],
        {"intent": "Set Alarm", "tags": ["O", "B-time"]},
        "set alarm O B-time",
        ["set alarm", ["O", "S-time"]],  # another scheme
    ],
)
def test_answers_in_any_form(answer: Any, task: Callable[..., Any]) -> None:
    read = KIND.outputs([answer, None], LABELS)
    assert KIND.read(read[0], task(), made()) == TWO
    assert read[1] is None


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        ("set alarm O", "1 tags for 2 words"),
        (["time", ["O", "O"]], "'time' is no label of .*\n.*labels: set alarm, show"),
        (["O", ["O", "O"]], "'O' is no label"),
        (["show", ["O", "show"]], "'show' is no label"),
        (3, "'3' is no intent with tags\n.*give both"),
    ],
)
def test_bad_answers(answer: Any, match: str, task: Callable[..., Any]) -> None:
    with pytest.raises(IsoglossError, match=match):
        KIND.read(KIND.outputs([answer], LABELS)[0], task(), made())


@pytest.fixture
def task() -> Callable[..., Any]:
    import sample

    return lambda: sample.task("joint", labels=LABELS)


@pytest.mark.parametrize(
    ("value", "scores"),
    [
        (TWO, (1, 1, 1)),
        (("show", ("O", "B-time")), (0, 1, 0)),
        (("set alarm", ("O", "O")), (1, 0, 0)),
        ((None, ("O", "B-time")), (0, 1, 0)),
        (None, (0, 0, 0)),
    ],
)
def test_metrics(value: Any, scores: tuple[int, ...]) -> None:
    gold, given = [Example("1", "en", {}, TWO)], [Prediction("1", value)]
    for name, score in zip(("intent_accuracy", "slot_f1", "frame_accuracy"), scores, strict=True):
        assert metric(name).score(metric(name).stats(gold, given, "en").sum(0)) == score


def test_a_file_is_recognised_by_its_comments_or_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "en.train.conll"
    path.write_text(CONLL)
    found = guess(path)
    assert (found.kind, found.items, found.words) == ("joint", 2, 2.5)
    assert found.columns == {"words": 2, "target": 4, "intent": "intent"}
    path.write_text(CONLL.replace("# intent: show\n", ""))  # not everywhere
    assert guess(path).kind == "tag"
    row = {"tokens": ["a", "b"], "slots": ["O", "B-x"], "intent": "show"}
    path = tmp_path / "train.jsonl"
    path.write_text(f"{json.dumps(row)}\n" * 3)
    assert guess(path).columns == {"words": "tokens", "target": "slots", "intent": "intent"}


def test_own_files_in_another_scheme_are_read_as_iob2(tmp_path: Path) -> None:
    (tmp_path / "en.train.conll").write_text(CONLL.replace("B-time", "S-time"))
    found = own.task("mine", {"kind": "joint", "files": "{lang}.{split}.conll"}, tmp_path)
    assert set(found.labels) == {"O", "B-time", "set alarm", "show"}
    assert found.metrics == ("slot_f1", "intent_accuracy", "frame_accuracy")
    first, second = found.load("en", "train", None)
    assert (first.target, second.target.intent) == (TWO, "show")
    (tmp_path / "en.train.conll").write_text(CONLL.replace("# intent: show\n", ""))
    with pytest.raises(IsoglossError, match=r"train\.conll:6: tags without an intent"):
        own.task("mine", {"kind": "joint", "files": "{lang}.{split}.conll"}, tmp_path)


@pytest.mark.parametrize("name", ["xlmr", "mt5"])
def test_a_study_of_own_data(
    name: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Train, predict, score the predictions, show, export and load."""
    import isogloss

    monkeypatch.chdir(tmp_path)
    for file in ("en.train", "sw.test"):
        Path(f"{file}.conll").write_text(CONLL * 2)
    model = tiny.checkpoint(name, tmp_path_factory.getbasetemp() / "joint")
    more = ("--test", "{lang}.test.conll", "--model", model)
    assert call("start", "en.train.conll", "--from", "en", "--to", "sw", *more) == 0
    drafted = Path("study.toml").read_text()
    assert "#   wake five => set alarm: five (time)\n" in drafted
    (table,) = tomllib.loads(drafted)["task"].values()
    assert (table["kind"], table["columns"]["intent"]) == ("joint", "intent")
    Path("s.toml").write_text(
        f'tasks = ["mine"]\nmodels = ["{model}"]\ntargets = ["sw"]\nseeds = [0]\n'
        '[fit]\nsteps = 2\nbatch = 4\n[generate]\nmax_tokens = 8\n[recipes]\nplain = ""\n'
        '[task.mine]\nkind = "joint"\nfiles = "{lang}.{split}.conll"\n'
    )
    assert call("run", "s.toml") == 0
    assert call("predict", "plain", "sw.test.conll", "--lang", "sw", "--to", "a.jsonl") == 0
    (run,) = Store("out").runs()
    given = [json.loads(line)["prediction"] for line in Path("a.jsonl").read_text().splitlines()]
    kept = Store("out").predictions(run, "sw")
    assert [one.value for one in kept] == [(intent, tuple(tags)) for intent, tags in given]
    assert call("evaluate", "a.jsonl", "--task", "mine", "--as", "again") == 0
    scores = [
        {(r.metric, r.value) for r in Store("out").results().rows if (r.run == run) == mine}
        for mine in (True, False)
    ]
    assert scores[0] == scores[1]
    assert {"slot_f1", "intent_accuracy", "frame_accuracy"} <= dict(scores[0]).keys()
    assert Store("out").shown(run, "sw")[0].gold == "set alarm: five (time)"
    assert call("report", "out") == 0
    assert call("export", "plain", "x") == 0
    words = [{"words": ["wake", "five"]}]
    assert isogloss.load("x").answer(words, "sw")[0].value == kept[0].value
    assert "isogloss.load" in Path("x/README.md").read_text()
