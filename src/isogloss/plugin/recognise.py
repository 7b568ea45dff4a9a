"""Tell what a plug-in file holds from its syntax tree, without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from isogloss.core.method import STAGES
from isogloss.plugin.declare import NAMES

HELD = (
    "a plug-in is a class of isogloss.Method, or one of "
    f"{', '.join(NAMES.values())} at the file's top"
)


@cache
def groups(path: Path) -> frozenset[str]:
    """Name the groups that a file has plug-ins of; none for a file that can't be parsed."""
    text = path.read_text(encoding="utf-8")
    marks = {"Method": "method", **{name: group for group, name in NAMES.items()}}
    if not any(mark in text for mark in marks):
        return frozenset()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return frozenset()
    found = {marks[name] for name in _assigned(tree) if name in marks}
    if any(_is_method(each, tree) for each in tree.body):
        found.add("method")
    return frozenset(found)


def why_not(path: Path) -> str:
    """Say why a file is no plug-in, from what it holds instead; empty if nothing is near."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        return f"it can't be read: {error}"
    names = {name.lower(): name for name in _assigned(tree)}
    for name in NAMES.values():
        near = names.get(name.lower())
        if near and near != name:
            return f"name it {name}, and not {near}"
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        if _is_method(node, tree):
            return f"move class {node.name} to the file's top"
        hooks = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        if named := sorted(hooks & set(STAGES)):
            return f"class {node.name} has {named[0]}(): write class {node.name}(Method)"
    for name in _assigned(tree, deep=True):
        if name in NAMES.values():
            return f"set {name} at the file's top, and not within other statements"
    return ""


def _is_method(node: ast.AST, tree: ast.Module) -> bool:
    """Tell whether a class has Method among its bases, however it is spelled."""
    if not isinstance(node, ast.ClassDef):
        return False
    aliases = {
        alias.asname
        for each in tree.body
        if isinstance(each, ast.ImportFrom)
        for alias in each.names
        if alias.name == "Method" and alias.asname
    }
    return any(
        (isinstance(base, ast.Name) and base.id in {"Method", *aliases})
        or (isinstance(base, ast.Attribute) and base.attr == "Method")
        for base in node.bases
    )


def _assigned(tree: ast.Module, *, deep: bool = False) -> Iterator[str]:
    """List the names that statements give a value, those at the top or all."""
    for node in ast.walk(tree) if deep else tree.body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        yield from (each.id for each in targets if isinstance(each, ast.Name))
