"""What the package needs at run time is in its wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "isogloss"


def test_every_file_is_shipped() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]["isogloss"]
    shipped = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    there = {
        path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert there <= shipped, there - shipped


def test_the_wheel_stays_small() -> None:
    size = sum(path.stat().st_size for path in PACKAGE.rglob("*") if path.is_file())
    assert size < 40e6
