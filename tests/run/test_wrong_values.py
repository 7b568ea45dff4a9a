"""Whatever stands under a key of a study is right, or an error that names the key."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from isogloss import Fit, Generate, Study
from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import ARM, KEYS, RecipeEntry

GOOD: Mapping[str, Any] = {
    "name": "x", "tasks": ["verbalise"], "models": ["mini/mt5"], "targets": ["fr"]
}  # fmt: skip
FIT = tuple(f.name for f in dataclasses.fields(Fit))
GENERATE = tuple(f.name for f in dataclasses.fields(Generate))
OWN = (
    "kind",
    "files",
    "columns",
    "header",
    "labels",
    "langs",
    "metrics",
    "prompt",
    "source",
    "cite",
)
CLAIM = ("says", "cite", "metric", "scope", "margin", "task", "sources", "langs", "higher", "than",
         "equal", "interaction", "exists", "inner_optimum", "better_fit", "not_tested")  # fmt: skip


def deep(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


NEVER = [
    float("nan"), float("inf"), 10**21, 10**5000, "\ud800", "\0", deep(13), deep(5000),
    [float("nan")], [[[1]]], [10**21], ["\0"],
]  # fmt: skip
"""What no key takes."""
ODD = ["", "x", 1, 1.5, True, [], {}, [1], [[]], {"a": 1}, [{}], -1, [True], ["a", "a"], "\n",
       None, {"a": {"b": [{"c": {}}]}}]  # fmt: skip


def tables(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Put a value under every key that there is."""
    for key in KEYS:
        yield key, {key: value}
    for key in FIT:
        yield key, {"fit": {key: value}}
    for key in GENERATE:
        yield key, {"generate": {key: value}}
    for key in (*ARM, *FIT):
        yield key, {"recipes": {"a": {"recipe": "lora()", key: value}}}
    yield "r", {"recipes": {"a": {"recipe": "lora(r={r})", "r": value}}}
    yield "r", {"recipes": {"a": {"recipe": "lora(r={r})", "r": [value]}}}
    for key in ("lr", "tie", "confirm"):
        yield key, {"select": {key: value}}
    for key in ("text", "parallel", "dictionary", "translator"):
        yield key, {"supply": {key: value}}
    for key in OWN:
        own = {"kind": "classify", "files": "none/{lang}-{split}.tsv", key: value}
        yield "t", {"task": {"t": own}}
    for key in CLAIM:
        yield "claim", {"claims": [{"says": "s", "inner_optimum": {"recipe": "full"}, key: value}]}


@pytest.mark.parametrize("number", range(len(NEVER)))
def test_what_no_key_takes_is_refused_by_name(number: int) -> None:
    for key, table in tables(NEVER[number]):
        with pytest.raises(IsoglossError) as error:
            Study.of({**GOOD, **table})
        assert key in str(error.value)


@pytest.mark.parametrize("number", range(len(ODD)))
def test_nothing_else_comes_out(number: int) -> None:
    for _, table in tables(ODD[number]):
        with suppress(IsoglossError):
            Study.of({**GOOD, **table})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('task = ["verbalise"]', "task must be a table"),
        ("recipes = 1", "recipes must be a table"),
        ("fit = 1", "fit must be a table, got 1"),
        ("claims = 1", "claims must be a list of entries, each a table, got 1"),
        ("generate = []", "generate must be a table, got []"),
        ("select = 1.5", "select must be a table, got 1.5"),
        ("supply = []", "supply must be a table, got []"),
        ("name = 5", "name must be a string, of one line, up to 200 characters, got 5"),
        ('name = ""', "name must be a string, of one line"),
        ('name = "a\\nb"', "name must be a string, of one line"),
        ('task = {"../x" = {}}', "a name in task must be a string"),
        ("seeds = []", "seeds must be a list of"),
        ("seeds = [1000000000000000000000]", "the study.seeds is 1000000000000000000000"),
        ("seeds = [-1]", "seeds must be an integer, at least 0 and at most 4294967295, got -1"),
        ("targets = []", "targets must be"),
        ('targets = "every"', "targets must be"),
        ("sources = [[]]", "sources must be"),
        ('recipes = {a = "lora(r={{}})"}', "lora: r is no literal: '{{}}'"),
        ("recipes = {}", "recipes must be a table, each a string or a table, at least 1"),
        ('recipes = {"" = "lora()"}', "a name in recipes must be a string"),
        ("recipes = {a = {recipe = 5}}", "a: recipe must be a string, got 5"),
        ('recipes = {a = {recipe = "", lr = nan}}', "a.lr is nan"),
        ("fit = {lr = inf}", "fit.lr is inf"),
        ("fit = {lr = [1e-3, nan]}", "fit.lr is nan"),
        ("fit = {lr = []}", "[fit]: lr must be a list of"),
        ("fit = {lr = 0}", "[fit]: lr must be a number, above 0, got 0"),
        ("fit = {steps = -5}", "[fit]: steps must be an integer, at least 1"),
        ("fit = {steps = true}", "[fit]: steps must be an integer"),
        ("fit = {batch = 0}", "[fit]: batch must be an integer, at least 1"),
        ("fit = {warmup = 2}", "at least 0 and at most 1, got 2"),
        ("fit = {clip = -1}", "[fit]: clip must be a number, at least 0"),
        ("fit = {label_smoothing = 1}", "at least 0 and below 1, got 1"),
        ("fit = {dropout = -0.1}", "[fit]: dropout must be"),
        ("fit = {snapshots = 1000000}", "at least 1 and at most 1000"),
        ("fit = {patience = -1}", "[fit]: patience must be"),
        ("fit = {stride = -1}", "[fit]: stride must be"),
        ("generate = {beams = 0}", "[generate]: beams must be an integer, at least 1"),
        ("generate = {temperature = 0}", "[generate]: temperature must be a number, above 0"),
        ("generate = {top_p = 1.1}", "[generate]: top_p must be"),
        ("generate = {no_repeat = -1}", "[generate]: no_repeat must be"),
        ("generate = {repetition_penalty = 0}", "[generate]: repetition_penalty must be"),
        ("generate = {max_tokens = 0}", "[generate]: max_tokens must be"),
        ("select = {confirm = [-1]}", "[select] confirm must be"),
        (f"page = {'[' * 2000}{']' * 2000}", "is not TOML"),
        (f"seeds = [{'1' * 5000}]", "is not TOML"),
    ],
)
def test_wrong_values_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    study = tmp_path / "study.toml"
    rest = [f'{key} = "x"' if key == "name" else f"{key} = {value}" for key, value in GOOD.items()]
    rest = [line for line in rest if not line.startswith(text.split(" =")[0] + " ")]
    study.write_text("\n".join([*rest, text]))
    with pytest.raises(SystemExit) as stop:
        main(["plan", str(study)])
    told = capsys.readouterr().err
    assert stop.value.code == 2
    assert says in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seeds": (-1,)}, "Study: seeds must be"),
        ({"seeds": (True,)}, "Study: seeds must be"),
        ({"lrs": (float("nan"),)}, "Study: lrs must be"),
        ({"tasks": "verbalise"}, "Study: tasks must be"),
        ({"sources": ("en",)}, "Study: sources must be"),
        ({"targets": ("zzzz",)}, "unknown language"),
        ({"fit": 1}, "Study: fit must be a Fit"),
        ({"fit": Fit(steps=-1)}, "fit: steps must be"),
        ({"fit": Fit(lr=float("inf"))}, "fit: lr must be"),
        ({"fit": Fit(optimizer="sgd")}, "fit: optimizer"),  # type: ignore[arg-type]
        ({"generate": Generate(beams=0)}, "generate: beams must be"),
        ({"recipes": {"a": "lora()"}}, "must be a RecipeEntry"),
        ({"recipes": {"a": RecipeEntry("lora(r={{}})")}}, "no literal"),
        ({"recipes": {"a": RecipeEntry(fit={"steps": 0})}}, "a: steps must be"),
        ({"recipes": {"a": RecipeEntry(fit={"stps": 1})}}, "did you mean 'steps'"),
        ({"select": {"lr": "oracel"}}, "selection policy"),
    ],
)
def test_wrong_values_in_python(change: dict[str, Any], says: str) -> None:
    study = Study(**{"name": "x", "tasks": ("verbalise",), "models": ("mini/mt5",), **change})
    with pytest.raises(IsoglossError) as error:
        plan_study(study)
    assert says in str(error.value)


def test_a_study_in_python_is_the_one_of_the_file() -> None:
    file = Study.of({**GOOD, "seeds": [1], "fit": {"lr": [1, 1e-3], "steps": 5, "clip": 1}})
    made = Study(
        name="x", tasks=["verbalise"], models=["mini/mt5"], targets=["fra"], seeds=[1],
        fit=Fit(steps=5, clip=1), lrs=[1, 1e-3],
    )  # type: ignore[arg-type]  # fmt: skip
    assert [cell.run.id for cell in plan_study(made).cells] == [
        cell.run.id for cell in plan_study(file).cells
    ]


def test_a_machine_is_checked_too(tmp_path: Path) -> None:
    study = Study.of(GOOD)
    with pytest.raises(IsoglossError, match="machine: threads must be an integer, at least 1"):
        run_study(study, tmp_path, machine=Machine(threads=0))
    with pytest.raises(IsoglossError, match="workers must be an integer, at least 1"):
        run_study(study, tmp_path, workers=0)
    assert not list(tmp_path.iterdir())
