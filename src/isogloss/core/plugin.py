"""Find plug-ins by the names of their files, without importing them.

A file ``methods/data/mix_in.py`` is the method ``mix_in``, ``tasks/uner.py``
the task ``uner``, ``metrics/chrf.py`` the metric ``chrf``,
``metrics/identifier/pycld2.py`` the identifier ``pycld2``. Other distributions
offer theirs through the entry-point groups ``isogloss.method``, ``isogloss.task``,
``isogloss.metric`` and ``isogloss.identifier``, spelled ``dist.name``;
``--plugin FILE`` adds one file.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.identifier import Identifier
from isogloss.core.method import Method
from isogloss.core.metric import Metric
from isogloss.core.task import Task

PACKAGE = Path(__file__).parent.parent
FOLDERS = {
    "method": "methods", "task": "tasks", "metric": "metrics", "identifier": "metrics/identifier",
}  # fmt: skip
MARKS = {
    "method": "(Method):", "task": "TASK = ", "metric": "METRIC = ", "identifier": "IDENTIFIER = ",
}  # fmt: skip
_added: dict[str, dict[str, Any]] = {group: {} for group in FOLDERS}
_files: dict[str, Path] = {}


@dataclass(frozen=True)
class Entry:
    """A plug-in's place, known before it is imported."""

    group: str
    name: str
    folder: str
    path: Path | None = None
    point: EntryPoint | None = None

    def summary(self) -> str:
        """Read the first line of its docstring, without importing it."""
        if self.path is None:
            return str(self.point.value) if self.point else ""
        doc = ast.get_docstring(ast.parse(self.path.read_text(encoding="utf-8")))
        return doc.splitlines()[0] if doc else ""


@cache
def entries(group: str) -> dict[str, Entry]:
    """List the plug-ins of a group by name: method, task, metric or identifier."""
    root = PACKAGE / FOLDERS[group]
    found = {}
    for path in sorted(root.rglob("*.py")):
        if path.stem != "__init__" and MARKS[group] in path.read_text(encoding="utf-8"):
            folder = path.parent.relative_to(root).as_posix()
            found[path.stem] = Entry(group, path.stem, folder, path)
    for point in entry_points(group=f"isogloss.{group}"):
        name = f"{point.dist.name}.{point.name}" if point.dist else point.name
        found[name] = Entry(group, name, "", point=point)
    return found


def names(group: str) -> list[str]:
    """List all names of a group, added ones included."""
    return sorted({**entries(group), **_added[group]})


@cache
def _load(group: str, name: str) -> Any:
    entry = entries(group)[name]
    if entry.path is None:
        assert entry.point is not None
        return _named(entry.point.load(), name)
    dotted = entry.path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
    return _pick(group, name, importlib.import_module(f"isogloss.{dotted}"))


def _pick(group: str, name: str, module: ModuleType) -> Any:
    if group == "method":
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                if Method in value.__bases__ and dataclasses.is_dataclass(value):
                    return value
        raise IsoglossError(
            f"{module.__file__} holds no method",
            "it needs a frozen dataclass that subclasses isogloss.Method",
        )
    value = getattr(module, group.upper(), None)
    if not isinstance(value, Task | Metric | Identifier):
        raise IsoglossError(
            f"{module.__file__} holds no {group}",
            f"it needs `{group.upper()} = {group.title()}(...)` at module level",
        )
    return _named(value, name)


def _named(value: Any, name: str) -> Any:
    return value if isinstance(value, type) else dataclasses.replace(value, name=name)


def add(path: Path) -> list[str]:
    """Load a plug-in file that belongs to no distribution.

    Returns:
        The names it adds: the file's own name, once for each group it serves.
    """
    if not path.is_file():
        raise IsoglossError(f"no plug-in file '{path}'", "give the path of a .py file")
    text = path.read_text(encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"isogloss_plugin_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        what = f"plug-in '{path}' fails to load: {error!r}"
        raise IsoglossError(what, "mend the file") from error
    groups = [group for group in FOLDERS if MARKS[group] in text]
    if not groups:
        what = f"plug-in '{path}' holds no method, task, metric or identifier"
        raise IsoglossError(what, "see docs/plugin.md")
    for group in groups:
        if path.stem in entries(group):
            raise IsoglossError(f"{group} '{path.stem}' exists already", "rename the file")
        _added[group][path.stem] = _pick(group, path.stem, module)
    _files[path.stem] = path.resolve()
    return groups


def offer(task: Task) -> None:
    """Make a task known that a program has built."""
    check_new(task.name)
    _added["task"][task.name] = task


def check_new(task: str) -> None:
    """Refuse the name of a task that a file holds."""
    if task in entries("task") or task in _files:
        raise IsoglossError(f"task '{task}' exists already", "give yours another name")


def built_in(task: str) -> bool:
    """Tell whether a task is one of the package's own."""
    return task in entries("task") and entries("task")[task].path is not None


def files() -> list[Path]:
    """List the files that were added."""
    return [*_files.values()]


def offered() -> list[Task]:
    """List the tasks that no file holds: a program has built them."""
    return [task for name, task in _added["task"].items() if name not in _files]


def find(group: str, name: str) -> Any:
    """Give a method's class, or a task, a metric or an identifier, by name.

    Raises:
        IsoglossError: no such name; the nearest one is in the hint.
    """
    if name in _added[group]:
        return _added[group][name]
    if name not in entries(group):
        raise unknown(group, name, names(group))
    return _load(group, name)


def method(name: str) -> type[Method]:
    """Give a method's class."""
    found: type[Method] = find("method", name)
    return found


def task(name: str) -> Task:
    """Give a task."""
    found: Task = find("task", name)
    return found


def metric(name: str) -> Metric:
    """Give a metric."""
    found: Metric = find("metric", name)
    return found


DEFAULT = "py3langid"
"""The identifier that ships with the package."""


@cache
def identifier(spec: str = "") -> Identifier:
    """Give an identifier by its name, with what it takes behind a colon.

    Args:
        spec: such as `pycld2` or `fasttext:models/lid.176.bin`; empty for the
            one that ships with the package.

    Raises:
        IsoglossError: no such name, or an argument missing or too many.
    """
    name, _, argument = (spec or DEFAULT).partition(":")
    found: Identifier = find("identifier", name)
    if found.takes and not argument:
        raise IsoglossError(f"identifier '{name}' needs {found.takes}", f"write {name}:PATH")
    if argument and not found.takes:
        raise IsoglossError(f"identifier '{name}' takes nothing behind a colon", f"write {name}")
    return dataclasses.replace(found, argument=argument) if argument else found


def name_of(method_class: type[Method]) -> str:
    """Give the name under which recipes know a method's class."""
    for name, value in _added["method"].items():
        if value is method_class:
            return name
    module = method_class.__module__
    if module.startswith("isogloss."):
        return module.rsplit(".", 1)[-1]
    for name, entry in entries("method").items():
        if entry.point is not None and _load("method", name) is method_class:
            return name
    raise IsoglossError(f"{method_class.__name__} is no plug-in", "load its file with --plugin")
