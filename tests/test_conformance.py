"""Every plug-in keeps to the rules; new ones are found by their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import DATA
from isogloss import plugin
from isogloss.testing import check_method, check_metric, check_task
from isogloss.testing.method import _cells, _drawn, _example

ELSEWHERE = ("wikilingua", "xlsum")
"""Tasks without real data at hand; their own tests check them on files they write."""


@pytest.mark.parametrize("name", plugin.names("method"))
def test_method(name: str) -> None:
    check_method(name)


def test_every_kind_meets_every_architecture_in_some_method() -> None:
    made = {name: _example(plugin.method(name), name) for name in plugin.names("method")}
    every = {cell for one in made.values() for cell in _cells(one)}
    assert {cell for name, one in made.items() for cell in _drawn(name, one)} == every


def test_every_method_has_a_test_of_its_name() -> None:
    """What its hooks do is asserted there; conformance knows only that they do something."""
    tests = Path(__file__).parent / "methods"
    there = {path.relative_to(tests).as_posix() for path in tests.rglob("test_*.py")}
    wanted = {f"{e.folder}/test_{e.name}.py" for e in plugin.entries("method").values() if e.path}
    assert not wanted - there, f"missing under tests/methods: {', '.join(sorted(wanted - there))}"


@pytest.mark.slow
@pytest.mark.parametrize("name", plugin.names("method"))
def test_method_on_everything(name: str) -> None:
    check_method(name, whole=True)


@pytest.mark.parametrize("name", plugin.names("metric"))
def test_metric(name: str) -> None:
    check_metric(name)


@pytest.mark.parametrize("name", plugin.names("task"))
def test_task(name: str) -> None:
    check_task(name, DATA if DATA.is_dir() and name not in ELSEWHERE else None)
