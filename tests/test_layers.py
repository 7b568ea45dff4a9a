"""Modules import only from the layers below their own."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "isogloss"
BELOW = {
    "core": set(),
    "data": {"core"},
    "metrics": {"core", "data"},
    "store": {"core", "data"},
    "models": {"core", "data", "mini"},
    "mini": {"core", "data", "models"},
    "tasks": {"core", "data", "mini"},
    "methods": {"core", "data", "models"},
    "run": {
        "core",
        "data",
        "metrics",
        "store",
        "models",
        "tasks",
        "methods",
        "mini",
        "analysis",
    },
    "analysis": {"core", "data", "metrics", "store"},
    "report": {"core", "data", "metrics", "store", "analysis"},
}


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.startswith("isogloss.")}


@pytest.mark.parametrize("layer", BELOW)
def test_layer(layer: str) -> None:
    for path in (ROOT / layer).rglob("*.py"):
        for name in imports(path):
            part = name.split(".")[1]
            assert part == layer or part in BELOW[layer] or part == "__version__", (path, name)
            if layer in ("methods", "tasks") and part == layer:
                raise AssertionError(f"{path} imports a plug-in beside it: {name}")


def test_light_start() -> None:
    """Listing, planning and reporting import neither torch nor transformers."""
    code = (
        "import sys, isogloss.cli as c\n"
        "for a in (['list'], ['show', 'sw'], ['--help']):\n"
        "    try: c.main(a)\n"
        "    except SystemExit as e: assert not e.code, a\n"
        "heavy = {'torch', 'transformers', 'peft', 'scipy', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
