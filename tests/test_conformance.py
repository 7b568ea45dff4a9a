"""Every plug-in keeps to the rules; new ones are found by their files."""

from __future__ import annotations

import pytest

from conftest import DATA
from isogloss.core import plugin
from isogloss.testing import check_method, check_metric, check_task

ELSEWHERE = ("wikilingua", "xlsum")
"""Tasks without real data at hand; their own tests check them on files they write."""


@pytest.mark.parametrize("name", plugin.names("method"))
def test_method(name: str) -> None:
    check_method(name)


@pytest.mark.parametrize("name", plugin.names("metric"))
def test_metric(name: str) -> None:
    check_metric(name)


@pytest.mark.parametrize("name", plugin.names("task"))
def test_task(name: str) -> None:
    check_task(name, DATA if DATA.is_dir() and name not in ELSEWHERE else None)
