"""Find plug-ins by the names of their files, without importing them.

A file ``methods/data/mix_in.py`` is the method ``mix_in``, ``tasks/uner.py``
the task ``uner``, ``metrics/chrf.py`` the metric ``chrf``, ``kind/tag.py`` the kind ``tag``,
``fidelity/identifier/pycld2.py`` the identifier ``pycld2``. Other distributions
offer theirs through the entry-point groups ``isogloss.method``, ``isogloss.task``,
``isogloss.metric``, ``isogloss.kind``, ``isogloss.family``, ``isogloss.head``,
``isogloss.addition``, ``isogloss.material`` and ``isogloss.identifier``, spelled ``dist.name``;
``--plugin FILE`` adds one file.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import importlib
import importlib.util
import keyword
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from isogloss.core import catalogue
from isogloss.core.addition import Addition
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.family import Family
from isogloss.core.identifier import Identifier
from isogloss.core.input import ANY, TEXT, Input
from isogloss.core.kind import Kind
from isogloss.core.material import OF_RUN, Material
from isogloss.core.method import Method
from isogloss.core.metric import Metric
from isogloss.core.task import Task
from isogloss.plugin.claim import SHELVES, check_claims
from isogloss.plugin.declare import NAMES, SORTS, check, reason
from isogloss.plugin.recognise import HELD, groups, why_not

PACKAGE = Path(__file__).parents[1]
FOLDERS = {
    "method": "methods", "task": "tasks", "metric": "metrics", "kind": "kind",
    "family": "models/family", "head": "models/head", "addition": "models/addition",
    "material": "material", "input": "input", "identifier": "fidelity/identifier",
}  # fmt: skip
_added: dict[str, dict[str, Any]] = {group: {} for group in FOLDERS}
_files: dict[str, Path] = {}
_digests: dict[str, str] = {}
"""Added file's name -> hash of what was loaded."""


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
        if path.stem != "__init__" and group in groups(path):
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
        with _loading(f"plug-in '{name}'"):
            value = entry.point.load()
        value = _checked(group, value, f"plug-in '{name}'")
        return _named(value, name, digest(group, name))
    dotted = entry.path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
    return _pick(group, name, importlib.import_module(f"isogloss.{dotted}"))


@contextmanager
def _loading(what: str) -> Iterator[None]:
    """Turn whatever goes wrong in a plug-in's own code into an error that names it."""
    try:
        yield
    except (Exception, SystemExit) as error:
        why = reason(error) or IsoglossError(
            f"{type(error).__name__}: {error}",
            "run the file with python to see where, and change that line",
        )
        raise IsoglossError(f"{what} fails to load: {why.what}", why.hint) from error


def _found(group: str, module: ModuleType) -> list[Any]:
    """List a group's plug-ins in a module: its own methods, or what has the group's name."""
    if group == "method":
        return [
            value
            for value in vars(module).values()
            if isinstance(value, type) and value.__module__ == module.__name__
            if issubclass(value, Method) and Method in value.__bases__
        ]
    held = vars(module).get(NAMES[group])
    return [] if held is None else [held]


def _pick(group: str, name: str, module: ModuleType, digest: str = "") -> Any:
    found, where = _found(group, module), f"'{module.__file__}'"
    if not found:
        raise IsoglossError(f"{where} holds no {group}", _stray(module))
    if len(found) > 1:
        names = ", ".join(value.__name__ for value in found)
        raise IsoglossError(
            f"{where} holds several methods: {names}", "give each a file of its own"
        )
    return _named(_checked(group, found[0], where), name, digest)


def _checked(group: str, value: Any, where: str) -> Any:
    """Give a plug-in as it is, if it is sound."""
    check(group, value, where, kinds, families, partial(names, "material"))
    if group == "method":
        check_claims(value, f"{where}: {value.__name__}", names("task"))
    return value


def _named(value: Any, name: str, digest: str) -> Any:
    """Give a task, a metric or an identifier its name, and the digest of what holds it."""
    if isinstance(value, type | tuple):
        return value
    changes: dict[str, Any] = {"name": name}
    if isinstance(value, Material) and not value.key:
        changes["key"] = name
    if isinstance(value, Metric):
        naming = tuple(kind for kind, asks in kinds().items() if name in asks.metrics)
        changes["kinds"] = tuple(dict.fromkeys(value.kinds + naming if value.kinds else kinds()))
    if digest and getattr(value, "version", ""):
        changes["version"] = f"{value.version}+{digest}"
    if digest and isinstance(value, Metric):
        changes["signature"] = partial(_signed, value.signature, digest)
    return dataclasses.replace(value, **changes)


def _signed(signature: Callable[[str], str], digest: str, lang: str) -> str:
    return "|".join(filter(None, (signature(lang), f"from:{digest}")))


def digest(group: str, name: str) -> str:
    """Tell one state of a plug-in from another: its file's hash, or its distribution's version.

    Empty for the package's own, whose versions say it, and for what a program made.
    """
    if name in _added[group]:
        return _digests.get(name, "")
    entry = entries(group).get(name)
    dist = entry.point.dist if entry and entry.point else None
    return f"{dist.name} {dist.version}" if dist else ""


def add(path: Path) -> list[str]:
    """Load a plug-in file that belongs to no distribution.

    Returns:
        The groups that it serves, under the file's own name.

    Raises:
        IsoglossError: no such file, or nothing in it that isogloss knows and can use.
    """
    _usable(path)
    spec = importlib.util.spec_from_file_location(f"isogloss_plugin_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    source = path.read_bytes()  # what runs is what is hashed, and nothing that was kept of it
    with _loading(f"plug-in '{path}'"):
        exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__)
    held = [group for group in FOLDERS if _found(group, module)]
    if not held:
        raise IsoglossError(f"plug-in '{path}' holds no {', '.join(FOLDERS)}", _stray(module))
    digest = hashlib.sha256(source).hexdigest()[:12]
    for group in held:
        if path.stem in entries(group):
            raise IsoglossError(f"{group} '{path.stem}' exists already", "rename the file")
        if path.stem in _added[group] and _files.get(path.stem) != path.resolve():
            what = f"{group} '{path.stem}' is there already, from '{_files.get(path.stem)}'"
            raise IsoglossError(what, "rename one of the files")
    before = {group: dict(_added[group]) for group in held}
    try:  # what a file says of a kind of its own is checked when that is known
        for group in sorted(held, key=lambda group: group not in ("kind", "family", "material")):
            _added[group][path.stem] = _pick(group, path.stem, module, digest)
    except IsoglossError:
        _added.update(before)
        raise
    _files[path.stem] = path.resolve()
    _digests[path.stem] = digest
    return held


def _usable(path: Path) -> None:
    """Assert that a path is one of a file of Python whose name a recipe can say."""
    if not path.is_file():
        beside = path.with_name(f"{path.name}.py")
        hint = f"did you mean '{beside}'?" if beside.is_file() else "give the path of a .py file"
        raise IsoglossError(f"no plug-in file '{path}'", hint)
    if path.suffix != ".py":
        raise IsoglossError(f"plug-in '{path}' is no .py file", "rename it, such as my_method.py")
    if not path.stem.isidentifier() or keyword.iskeyword(path.stem):
        what = f"plug-in '{path}' has a name that no recipe can say"
        raise IsoglossError(what, "use letters, digits and underscores, such as my_method.py")


def _stray(module: ModuleType) -> str:
    """Point at what a file holds under a name that is not looked for."""
    for name, value in vars(module).items():
        for group, sort in SORTS.items():
            if isinstance(value, sort):
                return f"name it {group.upper()}, and not {name}; see docs/plugin.md"
        if isinstance(value, type) and value.__module__ == module.__name__:
            if issubclass(value, Method):
                return f"{name} has to subclass Method itself, and no subclass of it"
    reason = why_not(Path(str(module.__file__))) or HELD
    return f"{reason}; see docs/plugin.md"


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
    """Give a method's class, or a task, a metric, a kind or an identifier, by name.

    Raises:
        IsoglossError: no such name; the nearest one is in the hint.
    """
    if name in _added[group]:
        return _added[group][name]
    if name not in entries(group):
        for path in sorted((PACKAGE / FOLDERS[group]).rglob(f"{name}.py")):
            if reason := why_not(path):
                raise IsoglossError(f"'{path}' holds no {group}", reason)
        raise unknown(group, name, names(group))
    return _load(group, name)


def method(name: str) -> type[Method]:
    """Give a method's class."""
    found: type[Method] = find("method", name)
    return found


def task(name: str) -> Task:
    """Give a task.

    Raises:
        IsoglossError: no such task, or it asks for a metric that there isn't.
    """
    found: Task = find("task", name)
    for each in found.metrics:
        if each not in _added["metric"] and each not in entries("metric"):
            raise unknown(f"metric of task '{name}'", each, names("metric"))
    return found


def kinds() -> dict[str, Kind]:
    """Give all kinds of tasks by name."""
    return {name: kind(name) for name in names("kind")}


def kind(name: str) -> Kind:
    """Give a kind of task."""
    known: Kind = find("kind", name)
    return known


def families() -> dict[str, Family]:
    """Give all families of backbones by name."""
    return {name: family(name) for name in names("family")}


def family(name: str) -> Family:
    """Give a family of backbones."""
    known: Family = find("family", name)
    return known


def materials() -> list[Material]:
    """Give all kinds of supervision."""
    return [material(name) for name in names("material")]


def material(name: str) -> Material:
    """Give a kind of supervision."""
    known: Material = find("material", name)
    return known


def readable() -> dict[str, str]:
    """Give all that can be read of a language: key -> the material's name, empty for the run's.

    Raises:
        IsoglossError: two materials of one key.
    """
    known = dict.fromkeys(OF_RUN, "")
    for each in materials():
        if known.get(each.key):
            what = f"the materials '{known[each.key]}' and '{each.name}' have one key, '{each.key}'"
            raise IsoglossError(what, "give yours another key, or none")
        if each.langs is not None:
            known[each.key] = each.name
    return known


def input(name: str) -> Input:
    """Give an input: what a field holds."""
    known: Input = find("input", name)
    return known


def input_of(kind: str, field: str) -> Input:
    """Give the input of a field of a kind of tasks."""
    asks = find("kind", kind)
    return input(asks.inputs.get(field, TEXT))


def misfit(made: Method, kind: str, family: str) -> str:
    """Say why a method's settings don't suit a kind or a family; empty if they do.

    Material such as translations is text, so what needs it is for tasks of texts alone.
    """
    asked = map(material, made.needed())
    textual = {each.name for each in asked if each.langs is not None and each.key != "examples"}
    held = find("kind", kind).inputs
    if held and (textual or not _takes(type(made), kind)):
        why = f", as {', '.join(sorted(textual))} is text" if textual else ""
        return f"is for tasks of {TEXT}{why}, and {kind} has {', '.join(held.values())}"
    return made.misfit(kind, family)


def _takes(method: type[Method], kind: str) -> bool:
    """Tell whether a method is for what the tasks of a kind hold."""
    return method.inputs == ANY or set(find("kind", kind).inputs.values()) <= set(method.inputs)


def families_of(method: type[Method]) -> tuple[str, ...]:
    """List the families of backbones that a method is for."""
    return method.families or tuple(names("family"))


def kinds_of(method: type[Method]) -> tuple[str, ...]:
    """List the kinds of tasks that a method is for."""
    return tuple(kind for kind in method.kinds or names("kind") if _takes(method, kind))


def addition(name: str) -> Addition:
    """Give what can be added to a network."""
    known: Addition = find("addition", name)
    return known


def metric(name: str) -> Metric:
    """Give a metric."""
    found: Metric = find("metric", name)
    return found


def shelved(name: str) -> bool:
    """Say whether a package ships a backbone: `mini/mt5`."""
    return name.partition("/")[0] in SHELVES and "/" in name


def shelf(name: str) -> Path:
    """Give the folder of a backbone that a package ships.

    Raises:
        IsoglossError: the package has none of this name.
    """
    folder: Path = importlib.import_module(SHELVES[name.partition("/")[0]]).path(name)
    return folder


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


catalogue.use(sys.modules[__name__])
