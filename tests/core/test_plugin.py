"""Plug-ins are found by their file names, lazily, with the nearest name in errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core import plugin
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


def test_a_file_may_not_shadow_a_plugin(tmp_path: Path) -> None:
    path = tmp_path / "lora.py"
    path.write_text(METHOD)
    with pytest.raises(IsoglossError, match="exists already"):
        plugin.add(path)
