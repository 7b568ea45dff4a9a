"""Modules import only from the layers below their own, in no circle, and ask kinds and families."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from isogloss import plugin

ROOT = Path(__file__).parents[1] / "src" / "isogloss"
LAYERS = (
    "core",
    "plugin language",
    "input kind store",
    "reader",
    "fidelity",
    "metrics",
    "analysis",
    "claim relation",
    "models",
    "material mini",
    "methods tasks",
    "run",
    "study testing",
    "advise report",
    "cli",
)
"""From below; the rooms of one layer don't know each other."""
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms.split()}
SETTINGS = {"generate"}
"""Names of kinds that sections of settings have too."""


def name(path: Path) -> str:
    dotted = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    return dotted.removesuffix(".__init__")


MODULES = {name(path): path for path in sorted(ROOT.rglob("*.py"))}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def typing_only(path: Path) -> set[int]:
    """Collect what stands below `if TYPE_CHECKING`, which is never imported."""
    return {
        id(each)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for each in ast.walk(node)
    }


def imports(path: Path, *, typing: bool = True) -> set[str]:
    """List the modules that a module imports, lazily too."""
    names: set[str] = set()
    skipped = set() if typing else typing_only(path)
    for node in ast.walk(tree(path)):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                names.add(whole if whole in MODULES else node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {each for each in names if each in MODULES}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("here", LEVEL)
def test_layer(here: str) -> None:
    for path in (ROOT / here).rglob("*.py"):
        for module in imports(path):
            there = room(module)
            if there and there != here:
                assert LEVEL[there] < LEVEL[here], f"{name(path)} imports {module}"
            if here in ("methods", "tasks") and there == here:
                raise AssertionError(f"{name(path)} imports a plug-in beside it: {module}")


def test_every_room_has_its_layer() -> None:
    rooms = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()}
    assert rooms == set(LEVEL)


def test_no_circles() -> None:
    graph = {module: imports(path, typing=False) for module, path in MODULES.items()}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"a circle: {' -> '.join((*path, module))}"
        if module not in done:
            for each in sorted(graph[module] - {module}):
                visit(each, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def keyed(path: Path, names: set[str]) -> Iterator[str]:
    """Find comparisons, cases and dictionaries that are keyed by some names."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            found = [each for side in sides for each in ast.walk(side)]
        elif isinstance(node, ast.Dict):
            found = [key for key in node.keys if key is not None]
            if sum(isinstance(k, ast.Constant) and k.value in names for k in found) < 2:
                continue
        elif isinstance(node, ast.MatchValue):
            found = [node.value]
        else:
            continue
        for each in found:
            if isinstance(each, ast.Constant) and each.value in names:
                yield f"{name(path)}:{node.lineno} {each.value}"


@pytest.mark.parametrize(
    ("group", "free"), [("kind", ("kind", "models/head")), ("family", ("models/family",))]
)
def test_what_is_told_by_a_kind_or_family_is_asked_of_its_file(
    group: str, free: tuple[str, ...]
) -> None:
    names = {spelled for each in plugin.names(group) for spelled in (each, each.replace("_", "-"))}
    strange = [
        where
        for path in MODULES.values()
        if not path.relative_to(ROOT).as_posix().startswith(tuple(f"{each}/" for each in free))
        for where in keyed(path, names - SETTINGS)
    ]
    assert not strange


@pytest.mark.parametrize("here", ["core", "language", "analysis", "claim", "relation", "report"])
def test_rows_and_names_need_no_torch(here: str) -> None:
    for path in (ROOT / here).rglob("*.py"):
        named = {
            each
            for node in ast.walk(tree(path))
            for each in (
                [node.module or ""] if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else []
            )
        }  # fmt: skip
        heavy = {each.partition(".")[0] for each in named} & {"torch", "transformers", "peft"}
        assert not heavy, f"{name(path)} imports {heavy}"


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
