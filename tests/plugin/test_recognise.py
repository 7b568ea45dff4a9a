"""Plug-ins are told by the syntax tree of their files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.plugin.recognise import groups, why_not


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "odd.py"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("TASK = Task()", {"task"}),
        ("TASK: Task = Task()", {"task"}),
        ("METRIC=Metric()", {"metric"}),
        ("METRIC: Final = Metric()\nIDENTIFIER =Identifier()", {"metric", "identifier"}),
        ("OTHER = TASK = Task()", {"task"}),
        ("class Odd(Method): pass", {"method"}),
        ("class Odd(core.Method):\n    pass", {"method"}),
        ("class Odd(Mixin, Method, ):\n    pass", {"method"}),
        ("class Odd(\n    Method\n):\n    pass", {"method"}),
        ("from isogloss import Method as M\nclass Odd(M): pass", {"method"}),
        ("'''\nTASK = Task()\nclass X(Method):\n'''", set()),
        ("TASK: Task", set()),
        ("TASKS = {}\nclass Methods(Other): pass", set()),
        ("def f():\n    TASK = 1", set()),
        ("def f(:\nTASK = 1", set()),
    ],
)
def test_what_a_file_holds(path: Path, text: str, held: set[str]) -> None:
    path.write_text(text)
    groups.cache_clear()
    assert groups(path) == held


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("task = Task()", "name it TASK, and not task"),
        ("if True:\n    TASK = 1", "set TASK at the file's top"),
        ("class Odd:\n    def data(self, train, ctx): pass", r"has data\(\): write class Odd"),
        ("def f():\n    class Odd(Method): pass", "move class Odd to the file's top"),
        ("def f(:", "can't be read: .*line 1"),
        ("x = 1", "^$"),
    ],
)
def test_why_it_holds_nothing(path: Path, text: str, why: str) -> None:
    path.write_text(text)
    assert re.search(why, why_not(path))


def test_a_subclass_of_a_subclass_is_named(path: Path) -> None:
    text = "from isogloss.methods.model.lora import Lora\nclass Odd(Lora): pass\n"
    path.write_text(text)
    with pytest.raises(IsoglossError, match="Odd has to subclass Method itself"):
        plugin.add(path)


def test_a_file_of_the_package_says_why_it_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "odd.py").write_text("class Odd:\n    def data(self, t, c): pass\n")
    plugin.entries("method")  # kept: these are not looked for there
    monkeypatch.setattr(plugin, "PACKAGE", tmp_path)
    with pytest.raises(IsoglossError, match="write class Odd"):
        plugin.method("odd")
