"""Check what a plug-in declares: what isogloss doesn't know would do nothing, silently."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from string import Formatter
from typing import Any

from isogloss.core.addition import Addition
from isogloss.core.content import SHOWN
from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.family import Family
from isogloss.core.field import shown
from isogloss.core.identifier import Identifier
from isogloss.core.input import ANY, TEXT, Input
from isogloss.core.kind import Kind
from isogloss.core.material import Material
from isogloss.core.method import STAGES, Method
from isogloss.core.metric import Metric
from isogloss.core.task import Task

SORTS = {
    "task": Task, "metric": Metric, "kind": Kind, "family": Family, "material": Material,
    "addition": Addition, "input": Input, "identifier": Identifier,
}  # fmt: skip
NAMES = {**{group: group.upper() for group in SORTS}, "head": "HEADS"}
"""What holds a plug-in in its file."""
CALLED = {
    "task": ("load",), "metric": ("stats", "score"), "kind": ("build", "read", "problem", "toy"),
    "family": ("reader", "stacks", "top"), "addition": ("attach", "parameters", "switch"),
    "material": (), "input": (), "identifier": ("open",),
}  # fmt: skip
_PUBLIC = {name for name in dir(Method) if not name.startswith("_")}
_ARGUMENT = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'")


def check(
    group: str,
    value: Any,
    where: str,
    kinds: Callable[[], Mapping[str, Kind]],
    families: Callable[[], Mapping[str, Family]],
    needs: Callable[[], Collection[str]],
) -> Any:
    """Give a plug-in's method class, task, metric, kind or identifier as it is, if it is sound.

    Args:
        where: what holds it, for errors.
        kinds: gives all kinds of tasks, by name.
        families: gives all families of backbones, by name.
        needs: lists all kinds of supervision.

    Raises:
        IsoglossError: it is another sort of thing, defines what isogloss doesn't
            know, or declares what doesn't exist.
    """
    if group == "method":
        if not (isinstance(value, type) and issubclass(value, Method)):
            raise _no(where, group, "a frozen dataclass that subclasses isogloss.Method")
        held = {name for kind in kinds().values() for name in kind.inputs.values()}
        known = {
            "needs": needs(), "kinds": kinds(), "families": families(),
            "inputs": (*ANY, TEXT, *sorted(held)),
        }  # fmt: skip
        _method(value, f"{where}: {value.__name__}", known)
        return value
    if group == "head":
        if not isinstance(value, tuple) or not all(isinstance(head, type) for head in value):
            raise _no(where, group, "HEADS: a tuple of classes of heads")
        return value
    if not isinstance(value, SORTS[group]):
        raise _no(where, group, f"an isogloss {group.title()}")
    for name in CALLED[group]:
        if not callable(getattr(value, name)):
            raise IsoglossError(f"{where}: '{name}' of the {group} is no function", "give one")
    if isinstance(value, Task):
        _task(value, where, kinds())
    if isinstance(value, Material):
        _material(value, where)
    if isinstance(value, Metric):
        _words(value.kinds, "kinds", tuple(kinds()), where)
    return value


def reason(error: BaseException) -> IsoglossError | None:
    """Say which argument a plug-in gave that its task, metric or identifier hasn't."""
    found = _ARGUMENT.search(str(error)) if isinstance(error, TypeError) else None
    sort = SORTS.get(found[1].lower()) if found else None
    if found is None or sort is None:
        return None
    names = [field.name for field in dataclasses.fields(sort)]
    return IsoglossError(f"a {sort.__name__} has no '{found[2]}'", _near(found[2], names))


def _no(where: str, group: str, wanted: str) -> IsoglossError:
    return IsoglossError(f"{where} holds no {group}", f"it needs {wanted}")


def _method(cls: type[Method], where: str, known: Mapping[str, Collection[str]]) -> None:
    made = vars(cls).get("__dataclass_params__")
    if made is None or not made.frozen:
        raise IsoglossError(f"{where} is no frozen dataclass", "write @dataclass(frozen=True)")
    fields = {field.name for field in dataclasses.fields(cls)}
    for field in dataclasses.fields(cls):
        if field.default is not dataclasses.MISSING and not _plain(field.default):
            what = (
                f"{where}: '{field.name}' is {shown(field.default)}, which no identity could hold"
            )
            raise IsoglossError(what, "give plain numbers, texts or tuples: float(x), x.tolist()")
    for name, value in _own(cls):
        if name in fields:
            if name in _PUBLIC:
                what = f"{where}: the field '{name}' would hide what Method has under that name"
                raise IsoglossError(what, f"write it without a type: {name} = {value!r}")
        elif name not in _PUBLIC:
            _used(cls, name, value, where)
        elif name in (*STAGES, "parts", "needed", "reads", "misfit"):
            _hook(name, value, where)
    for name, words in known.items():
        _words(getattr(cls, name), name, tuple(words), where)


def _own(cls: type[Method]) -> Iterator[tuple[str, Any]]:
    """Give what a class and its mixins define under public names."""
    for base in cls.__mro__:
        if base not in (Method, object):
            yield from ((name, v) for name, v in vars(base).items() if not name.startswith("_"))


def _used(cls: type[Method], name: str, value: Any, where: str) -> None:
    """Assert that a class itself uses what it defines beside the hooks."""
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):  # made without a file
        source = ""
    if not re.search(rf"\.{name}\b", source):
        sort = "hook" if inspect.isroutine(value) else "attribute"
        raise IsoglossError(
            f"{where} defines '{name}', which is no {sort} of a method, and nothing uses it",
            _near(name, _PUBLIC),
        )


def _plain(value: Any) -> bool:
    """Tell whether a setting can be spelled without loss."""
    if isinstance(value, tuple):
        return all(map(_plain, value))
    return type(value) in SHOWN


def _hook(name: str, value: Any, where: str) -> None:
    """Assert that a hook takes what it will be given."""
    wanted = list(inspect.signature(getattr(Method, name)).parameters)
    shape = f"def {name}({', '.join(wanted)})"
    if not inspect.isfunction(value):
        raise IsoglossError(f"{where}: '{name}' is no function of its own", f"write {shape}")
    try:
        inspect.signature(value).bind(*wanted)
    except TypeError:
        given = ", ".join(inspect.signature(value).parameters)
        raise IsoglossError(
            f"{where}: {name}({given}) takes other things", f"write {shape}"
        ) from None


def _words(value: Any, name: str, known: tuple[str, ...], where: str) -> None:
    """Assert that a tuple of words is one, of known words."""
    if not isinstance(value, tuple | list):
        raise IsoglossError(
            f"{where}: {name} is {value!r}", f"write a tuple: {name} = ({value!r},)"
        )
    for word in value:
        if word not in known:
            what = f"{where}: {name} are among {', '.join(known)}, not '{word}'"
            raise IsoglossError(what, _near(str(word), known))


def _task(task: Task, where: str, kinds: Mapping[str, Kind]) -> None:
    _words((task.kind,), "kind", tuple(kinds), where)
    for name in ("langs", "metrics", *(["labels"] if kinds[task.kind].labels else [])):
        value = getattr(task, name)
        if not value or not isinstance(value, tuple | list):
            what = f"{where}: {name} of the task is {value!r}"
            raise IsoglossError(what, f"give a tuple with one at least: {name} = ('…',)")


ASKED = (("lang",), ("source", "target"), (), None)
"""By what a material can be asked."""


def _material(material: Material, where: str) -> None:
    """Assert that what a study is told to write gives the material."""
    if material.langs not in ASKED:
        known = ", ".join(map(repr, ASKED))
        raise IsoglossError(
            f"{where}: langs of the material are {material.langs!r}", f"one of {known}"
        )
    for name in ("read", "open", "toy"):
        if (given := getattr(material, name)) is not None and not callable(given):
            raise IsoglossError(f"{where}: '{name}' of the material is no function", "give one")
    if bool(material.example) != bool(material.read or material.open):
        what = f"{where}: a study can't say where the material is"
        raise IsoglossError(what, "give both: read (or open), and example, what stands in [supply]")
    slots = {name for _, name, _, _ in Formatter().parse(material.example) if name}
    if material.read and slots != {*(material.langs or ())}:
        wanted = "-".join(f"{{{lang}}}" for lang in material.langs or ())
        what = f"{where}: '{material.example}' does not name {material.langs}"
        raise IsoglossError(what, f'write example = "{wanted or "all"}.txt"')


def _near(name: str, known: Any) -> str:
    near = nearest(name, known)
    return f"did you mean '{near}'?" if near else f"known: {', '.join(sorted(known))}"
