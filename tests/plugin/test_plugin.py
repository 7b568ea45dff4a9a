"""Plug-ins are found by their file names, lazily, with the nearest name in errors."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse

METHOD = '''"""Leave everything as it is."""

from dataclasses import dataclass

from isogloss.core.method import Method


@dataclass(frozen=True)
class Idle(Method):
    """Change nothing."""

    size: int = 1
'''


def test_names_are_file_names() -> None:
    assert {"mix_in", "lora", "average"} <= set(plugin.names("method"))
    assert {"uner", "verbalise"} <= set(plugin.names("task"))
    assert {"chrf", "correct_language"} <= set(plugin.names("metric"))


@pytest.mark.parametrize("group", plugin.FOLDERS)
def test_every_plugin_loads_and_has_a_summary(group: str) -> None:
    for name, entry in plugin.entries(group).items():
        assert 0 < len(entry.summary()) <= 80, name
        plugin.find(group, name)


def test_unknown_names_the_nearest() -> None:
    with pytest.raises(IsoglossError, match="did you mean 'uner'"):
        plugin.task("unre")


def test_a_file_adds_a_method(tmp_path: Path) -> None:
    path = tmp_path / "idle_method.py"
    path.write_text(METHOD)
    plugin.add(path)
    try:
        assert str(parse("idle_method(size=3)")) == "idle_method(size=3)"
    finally:
        plugin._added["method"].clear()


@pytest.mark.parametrize(
    ("text", "says"),
    [("x = 1\n", "no method"), ("raise ValueError('no')\n", "fails to load"), (None, "no plug-in")],
)
def test_bad_files_say_why(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "broken_method.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(IsoglossError, match=says):
        plugin.add(path)


HEAD = """from dataclasses import dataclass
from typing import ClassVar
from isogloss import Method, Metric, Task
from isogloss.core.identifier import Identifier

def load(lang, split, data):
    return []

"""
BODY = HEAD + "@dataclass(frozen=True)\nclass Odd(Method):\n    "
STATS = "stats=lambda *_: 0, score=float"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # hooks and attributes of methods
        (BODY + "def dta(self, train, ctx): return train", "defines 'dta'.*did you mean 'data'"),
        (BODY + "def wieghts(self, model, ctx): return model", "did you mean 'weights'"),
        (BODY + "def on_epoch_end(self, ctx): pass", "'on_epoch_end', .*known: adapt"),
        (BODY + "def adapt(self, model, ctx): return model", r"write def adapt\(self, model, lang"),
        (BODY + "data = 5", "'data' is no function"),
        (BODY + "need = ('target_text',)", "'need', which is no attribute.*'needs'"),
        (BODY + "need: ClassVar = ('target_text',)", "did you mean 'needs'"),
        (BODY + "needs = ('target_txt',)", "not 'target_txt'.*did you mean 'target_text'"),
        (BODY + "needs = ('target_text')", r"write a tuple: needs = \('target_text',\)"),
        (BODY + "needs: tuple = ('target_text',)", "'needs' would hide.*without a type"),
        ("import numpy as np\n" + BODY + "size: float = np.float64(0.1)",
         "'size' is np.float64.*no identity could hold.*plain numbers"),
        ("import numpy as np\n" + BODY + "sizes: tuple = (np.ones(2),)", "no identity could hold"),
        (BODY + "kinds = ('clasify',)", "did you mean 'classify'"),
        (BODY + "families = ('encoder-decoder',)", "did you mean 'encoder_decoder'"),
        (BODY + "inputs = ('imag',)", "did you mean 'image'"),
        (HEAD + "class Odd(Method):\n    k: int = 1", "Odd is no frozen dataclass"),
        (HEAD + "@dataclass\nclass Odd:\n    k: int = 1", "holds no method, task"),
        (BODY + "a: int = 1\n" + BODY[len(HEAD) :].replace("Odd", "Even") + "a: int = 1",
         "several methods: Odd, Even"),
        # fields of tasks, metrics and identifiers
        (HEAD + "TASK = Task('1', 'tag', ('en',), load, ('entity_f1',), lables=('O',))",
         "a Task has no 'lables'.*did you mean 'labels'"),
        (HEAD + "TASK = Task('1', 'tagg', ('en',), load, ('entity_f1',), labels=('O',))",
         "not 'tagg'.*did you mean 'tag'"),
        (HEAD + "TASK = Task('1', 'tag', ('en',), load, ('entity_f1',))", r"labels .* is \(\)"),
        (HEAD + "TASK = Task('1', 'tag', ('en',), 'x', ('m',), ('O',))", "'load' .* no function"),
        (HEAD + "task = Task('1', 'span', ('en',), load, ('squad_f1',))", "name it TASK, and not"),
        (HEAD + f"METRIC = Metric('1', ('tag',), {STATS}, higer=False)",
         "a Metric has no 'higer'.*did you mean 'higher'"),
        (HEAD + f"METRIC = Metric('1', ('tags',), {STATS})", "did you mean 'tag'"),
        (HEAD + "METRIC = 5", "holds no metric"),
        (HEAD + "IDENTIFIER = Identifier('1', load, pakage='x')", "did you mean 'package'"),
        # files
        ("import sys\nsys.exit(3)\n", "fails to load: SystemExit: 3"),
        ("def broken(:\n", "fails to load: SyntaxError"),
        ("# nothing\n", "see docs/plugin.md"),
    ],
)  # fmt: skip
def test_what_would_do_nothing_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "odd.py"
    path.write_text(text)
    with pytest.raises(IsoglossError, match=f"(?s){says}"):
        plugin.add(path)
    assert not any("odd" in named for named in plugin._added.values())


@pytest.mark.parametrize(
    ("name", "asked", "says"),
    [
        ("odd.py", "odd", r"no plug-in file.*did you mean '.*odd\.py'"),
        ("odd.txt", "odd.txt", r"is no \.py file"),
        ("odd", "odd", r"is no \.py file"),
        ("my-odd.py", "my-odd.py", "a name that no recipe can say"),
        ("import.py", "import.py", "a name that no recipe can say"),
        ("odd.py", ".", "no plug-in file"),
    ],
)
def test_what_is_no_plugin_file_is_refused(
    tmp_path: Path, name: str, asked: str, says: str
) -> None:
    (tmp_path / name).write_text(METHOD)
    with pytest.raises(IsoglossError, match=f"(?s){says}"):
        plugin.add(tmp_path / asked)


def test_a_tasks_metrics_are_there_before_anything_is_trained(tmp_path: Path) -> None:
    path = tmp_path / "odd_task.py"
    path.write_text(HEAD + "TASK = Task('1', 'span', ('en',), load, ('squad_f2',))")
    plugin.add(path)
    try:
        with pytest.raises(
            IsoglossError, match=r"(?s)metric of task 'odd_task' 'squad_f2'.*squad_f1"
        ):
            plugin.task("odd_task")
    finally:
        plugin._added["task"].pop("odd_task")


def test_what_a_method_uses_itself_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "odd_helper.py"
    lines = ["def data(self, train, ctx): return self.half(train)[: self.MOST]", "MOST = 4",
             "def half(self, train): return train[::2]"]  # fmt: skip
    path.write_text(BODY + "\n    ".join(lines))
    assert plugin.add(path) == ["method"]
    plugin._added["method"].pop("odd_helper")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    files = [tmp_path / part / "idle_twice.py" for part in ("one", "two")]
    for path in files:
        path.parent.mkdir()
        path.write_text(METHOD)
    plugin.add(files[0])
    try:
        plugin.add(files[0])
        with pytest.raises(IsoglossError, match="is there already, from"):
            plugin.add(files[1])
    finally:
        plugin._added["method"].pop("idle_twice")


def test_what_a_distribution_offers_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"odd.none": "isogloss.nowhere:Odd", "odd.path": "pathlib:Path"}
    for name, value in points.items():
        point = EntryPoint(name, value, "isogloss.method")
        entry = plugin.Entry("method", name, "", point=point)
        monkeypatch.setitem(plugin.entries("method"), name, entry)
    with pytest.raises(IsoglossError, match=r"(?s)'odd.none' fails to load: ModuleNotFoundError"):
        plugin.method("odd.none")
    with pytest.raises(IsoglossError, match=r"(?s)'odd.path' holds no method.*subclasses"):
        plugin.method("odd.path")


def test_a_file_may_not_shadow_a_plugin(tmp_path: Path) -> None:
    path = tmp_path / "lora.py"
    path.write_text(METHOD)
    with pytest.raises(IsoglossError, match="exists already"):
        plugin.add(path)
