"""Run conformance from pytest: ``pytest --isogloss dist.name``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("isogloss", "conformance of isogloss plug-ins")
    group.addoption(
        "--isogloss",
        action="append",
        default=[],
        metavar="NAME",
        help="check a plug-in: dist.name, a distribution for all that it offers, or a .py file",
    )
    group.addoption(
        "--isogloss-whole",
        action="store_true",
        help="check methods on every kind of task and every architecture",
    )


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add one test for each plug-in that was named."""
    for asked in session.config.getoption("isogloss"):
        for group, name in _named(asked):
            items.append(
                Conformance.from_parent(
                    session, name=f"{group} {name}", nodeid=f"isogloss::{group}::{name}",
                    plugin=(group, name),
                )
            )  # fmt: skip


def _named(asked: str) -> list[tuple[str, str]]:
    """List the plug-ins that go by a name: (group, name)."""
    from isogloss import plugin
    from isogloss.core.errors import IsoglossError, unknown

    try:
        if asked.endswith(".py"):
            return [(group, Path(asked).stem) for group in plugin.add(Path(asked))]
        every = [(group, name) for group in plugin.FOLDERS for name in plugin.names(group)]
        named = [pair for pair in every if asked in (pair[1], pair[1].partition(".")[0])]
        if not named:
            raise unknown("plug-in", asked, [name for _, name in every])
    except IsoglossError as error:
        raise pytest.UsageError(f"--isogloss {asked}: {error}") from error
    return named


class Conformance(pytest.Item):
    """The check of one plug-in."""

    def __init__(self, *, plugin: tuple[str, str], **options: Any) -> None:
        """Take the plug-in's group and name."""
        super().__init__(**options)
        self.plugin = plugin

    def runtest(self) -> None:
        """Check it."""
        from isogloss import testing

        group, name = self.plugin
        whole = {"whole": self.config.getoption("isogloss_whole")} if group == "method" else {}
        getattr(testing, f"check_{group}")(name, **whole)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say what rule is broken; an error of the plug-in's code keeps its traceback."""
        from isogloss.core.errors import IsoglossError

        if isinstance(excinfo.value, AssertionError | IsoglossError):
            return f"{self.name}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name it in reports."""
        return self.path, None, f"isogloss conformance: {self.name}"
