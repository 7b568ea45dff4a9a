"""From a study of own data to answers, scores and names, from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import tiny
from command import call
from isogloss import plugin
from isogloss.run.use import reopen
from isogloss.store import Store
from isogloss.store.find import matches
from isogloss.study.plan import plan_study
from isogloss.study.study import Study

FILES = "d/{lang}/{split}.jsonl"
TEXTS = (
    "five days",
    "two long weeks",
    "the ship sails",
    "comes back",
    "to the city",
    "after weeks",
)
KINDS: dict[str, tuple[dict[str, Any], Any]] = {
    "generate": ({"text": "body", "target": "says"}, lambda t, i: {"body": t, "says": t[::-1]}),
    "classify": (
        {"text": "body", "pair": "other", "target": "topic"},
        lambda t, i: {"body": t, "other": t, "topic": i % 2 == 0},
    ),
    "tag": (
        {"words": "tokens", "target": "tags"},
        lambda t, i: {"tokens": t.split(), "tags": ["S-PER", *["O"] * (len(t.split()) - 1)]},
    ),
    "span": (
        {"context": "about", "question": "asked", "target": "answer"},
        lambda t, i: {"about": t, "asked": "who", "answer": t.split()[0]},
    ),
    "choose": (
        {"text": "body", "options": ["a", "b"], "target": "right"},
        lambda t, i: {"body": t, "a": "one", "b": "two", "right": ["one", "two"][i % 2]},
    ),
    "retrieve": ({"text": "body", "target": "doc"}, lambda t, i: {"body": t, "doc": f"doc {t}"}),
}
MODELS = ("xlmr", "mt5", "llama")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def study(folder: Path, kind: str, model: str, *, seeds: str = "[0]", more: str = "") -> Path:
    columns, row = KINDS[kind]
    for place in ("en/train", "en/test", "sw/test"):
        write(folder / f"d/{place}.jsonl", [row(text, i) for i, text in enumerate(TEXTS)])
    named = ", ".join(f"{field} = {json.dumps(name)}" for field, name in columns.items())
    path = folder / "study.toml"
    path.write_text(
        f'tasks = ["mine"]\nmodels = ["{model}"]\ntargets = ["sw"]\nseeds = {seeds}\n'
        f"[fit]\nsteps = 2\nbatch = 4\n[generate]\nmax_tokens = 4\n"
        f'[recipes]\nplain = ""\n{more}'
        f'[task.mine]\nkind = "{kind}"\nfiles = "{FILES}"\ncolumns = {{ {named} }}\n'
    )
    return path


@pytest.fixture
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "last_mile"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MODELS)
def test_predictions_on_the_test_file_score_as_the_run_does(
    name: str,
    kind: str,
    tmp_path: Path,
    checkpoints: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if (name, kind) == ("xlmr", "generate"):
        pytest.skip("an encoder writes no text")
    monkeypatch.chdir(tmp_path)
    toml = study(tmp_path, kind, str(tiny.checkpoint(name, checkpoints)))
    assert call("run", toml) == 0
    assert call("predict", "plain", "d/sw/test.jsonl", "--lang", "swa", "--to", "a.jsonl") == 0
    answers = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    assert [one["id"] for one in answers] == [f"test-{n}" for n in range(1, len(TEXTS) + 1)]
    assert {one["lang"] for one in answers} == {"sw"}
    (run,) = Store("out").runs()
    own = Store("out").predictions(run, "sw")
    assert [one.value for one in own] == [
        tuple(a["prediction"]) if kind == "tag" else a["prediction"] for a in answers
    ]
    if kind in ("classify", "choose"):
        labels = {"classify": {"true", "false"}, "choose": {"0", "1"}}[kind]
        for one in answers:
            assert set(one["probabilities"]) == labels
            assert sum(one["probabilities"].values()) == pytest.approx(1, abs=1e-5)
            best = max(one["probabilities"], key=one["probabilities"].__getitem__)
            assert best == str(one["prediction"])
    capsys.readouterr()
    assert call("evaluate", "a.jsonl", "--task", "mine", "--as", "again") == 0
    rows = Store("out").results().select(target="sw", condition="").rows
    scores = [
        {r.metric: (r.value, r.low, r.high) for r in rows if (r.run == run) == mine}
        for mine in (True, False)
    ]
    assert scores[0] == scores[1]
    assert scores[0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a finished study of own data, two seeds of it."""
    folder = tmp_path_factory.mktemp("finished")
    model = tiny.checkpoint("xlmr", tmp_path_factory.getbasetemp() / "last_mile")
    toml = study(folder, "classify", str(model), seeds="[0, 1]", more='other = "untouched()"\n')
    assert call("run", toml, "--out", folder / "out") == 0
    return folder


@pytest.fixture
def made(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of that folder, and be in it."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_is_named_as_in_its_study(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = Store("out").runs()
    for name in ("plain", "other"):
        assert call("predict", name, "d/sw/test.jsonl", "--lang", "sw") == 2
        said = capsys.readouterr().err
        assert f"'{name}' stands for 2 runs" in said
        assert f"'{name} seed=0'" in said
    for key in runs:
        for name in (key, key[:7], f"out/runs/{key}"):
            assert reopen(name, out=Path("out"))[0].id == key
    run, _, _ = reopen("plain seed=1", out=Path("out"))
    assert (run.recipe, run.seed) == ("", 1)
    assert call("show", "plain seed=1") == 0
    assert run.id in capsys.readouterr().out
    assert call("annotate", "plain seed=1", "--lang", "sw") == 0
    assert call("status") == 0
    assert "plain" in capsys.readouterr().out
    assert call("predict", "plane", "d/sw/test.jsonl", "--lang", "sw") == 2
    assert "did you mean 'plain'?" in capsys.readouterr().err


def test_what_a_task_is_moves_with_the_results(
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (made / "study.toml").unlink()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    shutil.move(made / "out", moved / "out")
    shutil.move(made / "d", moved / "d")
    monkeypatch.chdir(moved)
    assert call("predict", "plain seed=0", "d/sw/test.jsonl", "--lang", "sw") == 0
    assert "was trained on other training examples in en" not in caplog.text
    assert call("report", "out") == 0
    # new training data neither move its labels nor its id
    write(moved / "d/en/train.jsonl", [{"body": "a", "other": "b", "topic": x} for x in "uvw"])
    caplog.clear()
    run, _, ctx = reopen("plain seed=0", out=Path("out"))
    assert "was trained on other training examples in en" in caplog.text
    assert (run.id in Store("out").runs(), ctx.task.labels) == (True, ("false", "true"))
    shutil.rmtree("d/sw")
    asked = write(moved / "new.jsonl", [{"body": "a", "other": "b"}])
    capsys.readouterr()
    assert call("predict", "plain seed=0", asked, "--lang", "fr") == 0
    answers = capsys.readouterr().out
    shutil.rmtree("d")
    assert call("predict", "plain seed=0", asked, "--lang", "fr") == 0
    assert capsys.readouterr().out == answers


def test_the_folder_serves_other_studies(
    made: Path, checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (made / "other.toml").write_text(
        f'tasks = ["measure_kind"]\nmodels = ["{checkpoints}/xlmr"]\ntargets = ["fr"]\n'
        "[fit]\nsteps = 1\n"
    )
    for command in ("plan", "status", "run"):
        assert call(command, "other.toml", *(["--out", "out"] if command != "plan" else [])) == 0
    assert call("report", "out") == 0
    assert call("predict", "plain seed=0", "d/sw/test.jsonl", "--lang", "sw") == 0
    # the same name for another task is refused, before anything is trained
    text = (made / "study.toml").read_text()
    (made / "study.toml").write_text(text + 'prompt = "Which?"\n')
    capsys.readouterr()
    for command in ("plan", "status", "run"):
        assert call(command, "study.toml") == 2
        said = capsys.readouterr().err
        assert "holds runs of another task 'mine'" in said
        assert "its prompt is '' there and 'Which?' here" in said
    assert call("run", "study.toml", "--out", "two") == 0


def test_a_plugin_is_named_and_never_loaded_unasked(
    tmp_path: Path,
    checkpoints: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugin, "_files", {})
    (tmp_path / "rhyme.py").write_text(
        "from isogloss import Example, Task\n"
        "def load(lang, split, data):\n"
        "    return [Example(str(n), lang, {'text': f'{n} days'}, 'yes no'.split()[n % 2])\n"
        "            for n in range(4)]\n"
        "TASK = Task(version='1', kind='classify', langs=('en', 'sw'), load=load,\n"
        "            metrics=('accuracy',), labels=('no', 'yes'))\n"
    )
    model = tiny.checkpoint("xlmr", checkpoints)
    (tmp_path / "s.toml").write_text(
        f'tasks = ["rhyme"]\nmodels = ["{model}"]\ntargets = ["sw"]\n[fit]\nsteps = 1\n'
    )
    (tmp_path / "new.txt").write_text("two days\n")
    asked = ("predict", "full", "new.txt", "--lang", "sw")
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})
    assert call("--plugin", "rhyme.py", "run", "s.toml") == 0
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})
    monkeypatch.setattr(plugin, "_files", {})
    capsys.readouterr()
    assert call(*asked) == 2
    said = capsys.readouterr().err
    assert f"load what the run was made with: isogloss --plugin {tmp_path / 'rhyme.py'}" in said
    assert call("report", "out") == 0
    assert call("status") == 0
    assert call("plan", study(tmp_path, "classify", str(model))) == 0
    assert call("--plugin", "rhyme.py", *asked) == 0


def test_a_study_is_read_as_often_as_one_likes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = study(tmp_path / "a", "classify", "mini/xlmr")
    other = study(tmp_path / "b", "generate", "mini/mt5")
    for toml, kind in ((one, "classify"), (other, "generate"), (one, "classify")):
        loaded = Study.load(toml)
        assert loaded.own["mine"].kind == kind
        assert len({cell.run.id for cell in plan_study(loaded).cells}) == 1
    assert "mine" not in plugin.names("task")


def test_an_older_runs_folder_is_told_and_stops_no_other_study(
    made: Path, checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in Path("out/runs").glob("*/run.json"):
        old = json.loads(path.read_text())
        del old["task"], old["run"]["task_version"]
        path.write_text(json.dumps(old))
    assert call("predict", "plain seed=0", "d/sw/test.jsonl", "--lang", "sw") == 2
    assert "an older isogloss kept nothing of it" in capsys.readouterr().err
    for command in (["plan", "study.toml"], ["status"], ["report", "out"]):
        assert call(*command) == 0
    (made / "other.toml").write_text(
        f'tasks = ["measure_kind"]\nmodels = ["{checkpoints}/xlmr"]\ntargets = ["fr"]\n'
    )
    assert call("plan", "other.toml") == 0


@pytest.mark.parametrize("broken", [{"table": 1}, {"table": {}}, {"table": {}, "base": []}, 7])
def test_what_is_kept_may_be_broken(
    broken: Any, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (key,) = matches("plain seed=0", Store("out"))
    path = Path("out/runs") / key / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"task": broken}))
    assert call("predict", key, "d/sw/test.jsonl", "--lang", "sw") == 2
    assert "its weights stay" in capsys.readouterr().err
    assert call("report", "out") == 0


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        ("a I-PER\nb O\n\nc I-PER\nd I-PER\n", "a S-PER\nb O\nc B-PER\nd E-PER\n", ""),
        ("a B-PER\nb O\n", "a B-PER\nb PER-B\n", "sw.conll:1: label 'PER-B' is not in the label"),
        ("a B-PER\nb O\n", "a S-LOC\nb O\n", "sw.conll:1: label 'B-LOC' is not in the label set"),
    ],
)
def test_entities_of_any_scheme_are_read_or_refused_before_training(
    train: str,
    test: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "en.conll").write_text(train)
    (tmp_path / "sw.conll").write_text(test)
    toml = tmp_path / "s.toml"
    toml.write_text(
        'models = ["mini/xlmr"]\ntargets = ["sw"]\n[task.ner]\nkind = "tag"\n'
        '[task.ner.files]\ntrain = { en = "en.conll" }\ntest = { sw = "sw.conll" }\n'
    )
    assert call("plan", toml) == (2 if said else 0)
    assert said in capsys.readouterr().err
    if said:
        assert call("run", toml) == 2
        assert not (tmp_path / "out/runs").exists()
    else:
        task = Study.load(toml).own["ner"]
        assert (task.metrics[0], task.labels) == ("entity_f1", ("B-PER", "I-PER", "O"))
        (example,) = task.load("sw", "test", None)
        assert example.target == ("B-PER", "O", "B-PER", "I-PER")


def test_entity_f1_on_other_tags_is_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "en.conll").write_text("a NOUN\nb VERB\n")
    (tmp_path / "s.toml").write_text(
        'models = ["mini/xlmr"]\ntargets = ["en"]\n[task.pos]\nkind = "tag"\n'
        'metrics = ["entity_f1"]\n[task.pos.files]\ntrain = { en = "en.conll" }\n'
    )
    assert call("plan", "s.toml") == 2
    assert "'entity_f1' can't read the labels NOUN, VERB" in capsys.readouterr().err
