"""What conformance reads in a plug-in's source."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

HEAVY = {"torch", "transformers", "peft", "datasets", "pandas", "scipy", "accelerate"}


def light(thing: Any) -> None:
    """Assert that a module imports nothing heavy when it is imported itself."""
    path = inspect.getsourcefile(thing)
    assert path is not None
    for node in _top(ast.parse(Path(path).read_text(encoding="utf-8"))):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        heavy = {module.split(".")[0] for module in modules} & HEAVY
        assert not heavy, f"{path}: import {', '.join(heavy)} inside the functions that use it"


def _top(tree: ast.Module) -> list[ast.stmt]:
    """List the statements that run at import, without those for type checkers."""
    found: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.FunctionDef):
            continue
        found += [node, *(n for n in getattr(node, "body", []) if isinstance(n, ast.stmt))]
    return [n for n in found if isinstance(n, ast.Import | ast.ImportFrom)]


def documented(thing: Any, name: str) -> None:
    """Assert a docstring whose first line fits a listing."""
    lines = (inspect.getdoc(thing) or "").splitlines()
    assert lines, f"{name} has no docstring"
    first = lines[0]
    assert first[-1] in ".?:…", f"{name}: its docstring's first line is no sentence: {first!r}"
    assert len(first) <= 80, f"{name}: its docstring's first line has over 80 characters"
