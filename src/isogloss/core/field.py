"""Bring plain values to the fields of dataclasses: their types, and what is allowed of them."""

from __future__ import annotations

import collections.abc
import dataclasses
import math
import reprlib
import types
import typing
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from isogloss.core.errors import Errors, IsoglossError, unknown

DEPTH = 12
"""Lists and tables in each other, at most."""
BILLION = 10**9
LARGEST = 2**63 - 1
"""The largest integer that TOML promises."""
_ONE = {int: "an integer", float: "a number", str: "a string", bool: "true or false"}
_SOME = {int: (3, 1, 100), float: (0.5, 0.1, 1.0, 2.0)}
_PLAIN = {int: "3", float: "0.5", bool: "true", Path: "'folder'"}
"""Values that stand for others of their type in hints."""
_MANY = {int: "integers", float: "numbers", str: "strings", bool: "true or false"}


@dataclass(frozen=True)
class Range:
    """Say what a field's number may be, or how long its list; stands in ``Annotated``."""

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    below: float = math.inf

    def holds(self, value: Any) -> bool:
        """Tell whether a value, or the length of one that has any, is allowed."""
        size = value if isinstance(value, int | float) else len(value)
        return self.least <= size <= self.most and self.above < size < self.below

    def __str__(self) -> str:
        """Spell the range for messages."""
        names = {"least": "at least", "most": "at most", "above": "above", "below": "below"}
        # A billion is no end that anybody meets: it keeps work from having none.
        given = [(said, getattr(self, name)) for name, said in names.items()]
        given = [(said, end) for said, end in given if end != BILLION]
        return " and ".join(f"{said} {_number(end)}" for said, end in given if math.isfinite(end))


@dataclass(frozen=True)
class Line:
    """Say that a text is a name: one line that shows something; stands in ``Annotated``."""

    longest: int = 200
    never: str = ""
    """Characters that may not stand in it."""

    def holds(self, value: str) -> bool:
        """Tell whether a text is such a name."""
        controls = any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in value)
        return bool(value.strip()) and len(value) <= self.longest and not (
            controls or set(self.never) & set(value)
        )  # fmt: skip

    def __str__(self) -> str:
        """Spell it for messages."""
        without = f" and without {' '.join(self.never)}" if self.never else ""
        return f"of one line, up to {self.longest} characters{without}"


Rate = Annotated[float, Range(above=0)]
"""A learning rate, or another number above 0."""
Seed = Annotated[int, Range(least=0, most=2**32 - 1)]
"""What numpy, torch and Python all take; -1 stands for all seeds of a cell."""
Count = Annotated[int, Range(least=1, most=BILLION)]
Number = Annotated[int, Range(least=0, most=BILLION)]
"""A count that may be 0, or a draw."""
Share = Annotated[float, Range(least=0, below=1)]
Langs = Annotated[tuple[str, ...], Range(least=1)]
"""Languages, one at least."""


def build(cls: type[Any], name: str, given: Mapping[str, Any], *, bounded: bool = True) -> Any:
    """Build a dataclass from plain values, checked against its fields.

    Args:
        cls: the dataclass.
        name: what it is called in messages.
        given: the values of its fields.
        bounded: hold them against the declared ranges too, not only the types.

    Raises:
        IsoglossError: an unknown or missing field, or a value that is not allowed.
    """
    hints = _hints(cls, bounded)  # type: ignore[arg-type]
    known = {f.name: f for f in dataclasses.fields(cls)}
    errors: list[IsoglossError] = []
    values = {}
    for key, value in given.items():
        if key not in known:
            errors.append(unknown(f"argument of {name}:", key, known))
            continue
        try:
            values[key] = fit_type(value, hints[key], f"{name}: {key}")
        except IsoglossError as error:
            errors.append(error)
    for key, f in known.items():
        if key not in given and default(f) is dataclasses.MISSING:
            errors.append(IsoglossError(f"{name} needs {key}", f"write {name}({key}=...)"))
    if len(errors) > 1:
        raise Errors(errors, name)
    if errors:
        raise errors[0]
    return cls(**values)


def again(value: Any, where: str = "") -> Any:
    """Build a dataclass again from its own values, which a program may have set to anything.

    Raises:
        IsoglossError: as ``build``.
    """
    given = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return build(type(value), where or type(value).__name__, given)


def default(f: dataclasses.Field[Any]) -> Any:
    """Give a field's default, ``MISSING`` where it has none."""
    return f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default


@cache
def _hints(cls: Hashable, bounded: bool) -> dict[str, Any]:
    return typing.get_type_hints(cls, include_extras=bounded)


def fit_type(value: Any, kind: Any, where: str, hint: str = "") -> Any:
    """Bring a plain value to a field's type: lists become tuples, ints floats.

    Raises:
        IsoglossError: the value has another type, or is not allowed.
    """
    hint = hint or f"write {example(kind)}, for instance"
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        plain = args[0] not in _ONE or _is(value, args[0])
        found = fit_type(value, args[0], where, hint) if plain else None
        if plain and all(mark.holds(found) for mark in kind.__metadata__):
            return found
    elif origin in (typing.Union, types.UnionType):
        for option in args:
            try:
                return fit_type(value, option, where)
            except IsoglossError:
                continue
    elif origin is typing.Literal:
        if isinstance(value, str) and value not in args:
            raise unknown(f"value of {where}:", shown(value), [str(a) for a in args])
        if isinstance(value, str):
            return value
    elif origin is tuple and isinstance(value, list | tuple):
        return tuple(fit_type(v, args[0], where, hint) for v in value)
    elif origin is collections.abc.Mapping and isinstance(value, Mapping):
        return _table(value, args, where)
    elif kind is Any or _is(value, kind):
        return Path(value) if kind is Path else float(value) if kind is float else value
    huge = isinstance(value, int) and not _bounded(value)
    hint = "write a number below 2^63" if huge else hint
    raise IsoglossError(f"{where} must be {spelled(kind)}, got {shown(value)}", hint)


def _table(table: Mapping[Any, Any], kinds: tuple[Any, ...], where: str) -> dict[Any, Any]:
    """Bring all names and values of a table to their types; raise all errors at once."""
    found, errors = {}, []
    for key, value in table.items():
        try:
            name = fit_type(key, kinds[0], f"a name in {where}")
            found[name] = fit_type(value, kinds[1], f"{where}: {key}")
        except IsoglossError as error:
            errors.append(error)
    if errors:
        raise Errors(errors, where) if len(errors) > 1 else errors[0]
    return found


def _is(value: Any, hint: Any) -> bool:
    """Tell whether a value is of a plain type and can be worked with."""
    if hint is float or hint is int:
        known = int if hint is int else int | float
        return isinstance(value, known) and not isinstance(value, bool) and _bounded(value)
    if hint in (str, Path) and isinstance(value, str):
        return _encodes(value) and "\0" not in value
    return isinstance(hint, type) and isinstance(value, hint)


def _bounded(value: float) -> bool:
    return abs(value) <= LARGEST if isinstance(value, int) else math.isfinite(value)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unsound(value: Any, where: str, depth: int = 0) -> Iterator[IsoglossError]:
    """Find what no key of a study file takes, wherever it stands."""
    if depth > DEPTH:
        yield IsoglossError(f"{where} nests over {DEPTH} lists or tables", "write it flatter")
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from unsound(key, f"a name in {where}")
            yield from unsound(each, f"{where}.{shown(key).strip(chr(39))}", depth + 1)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from unsound(each, where, depth + 1)
    elif isinstance(value, int | float) and not _bounded(value):
        yield IsoglossError(f"{where} is {shown(value)}", "write a finite number, below 2^63")
    elif isinstance(value, str) and not _is(value, str):
        yield IsoglossError(
            f"{where} holds what is no text: {shown(value)}", "write it in UTF-8, without NUL"
        )


def shown(value: Any) -> str:
    """Write any value for a message, shortened."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = 80
    short.maxlong = 40
    try:
        return short.repr(value)
    except ValueError:
        return "an integer of thousands of digits"


def spelled(hint: Any) -> str:
    """Write a type for a message."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        marks = " and ".join(map(str, hint.__metadata__))
        kind = typing.get_origin(args[0])
        sized = kind in (tuple, collections.abc.Mapping)
        return f"{spelled(args[0])}, {marks}" + " of them" * sized
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(spelled(a) for a in args))
    if origin is tuple:
        return f"a list of {_MANY.get(args[0]) or f'entries, each {spelled(args[0])}'}"
    if origin is collections.abc.Mapping:
        return "a table" + (f", each {spelled(args[1])}" if args[1] is not Any else "")
    if origin is typing.Literal:
        return "one of " + ", ".join(str(each) or "''" for each in args)
    if hint is type(None):
        return "nothing"
    return _ONE.get(hint) or ("a path" if hint is Path else f"a {hint.__name__}")


def example(hint: Any) -> str:
    """Write a value of a type as study files and recipes have it."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated and args[0] in _SOME:
        marks = hint.__metadata__
        return next(f"{n:g}" for n in _SOME[args[0]] if all(mark.holds(n) for mark in marks))
    if origin is typing.Annotated:
        return example(args[0])
    if origin in (typing.Union, types.UnionType):
        return min(map(example, args), key=len)
    if origin is tuple:
        return f"[{example(args[0])}]"
    if origin is collections.abc.Mapping:
        return f"{{ name = {example(args[1])} }}"
    if origin is typing.Literal:
        return f"'{args[0]}'"
    return _PLAIN.get(hint, "'...'")


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
