"""The grammar of recipes: ``mix_in(langs=['sw']) + lora(r=16)``."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import textwrap
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isogloss.core import plugin
from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.method import TRAIN_STAGES, Method


@dataclass(frozen=True)
class Recipe:
    """A sum of methods; empty is plain finetuning."""

    methods: tuple[Method, ...] = ()

    def __str__(self) -> str:
        """Spell the recipe so that parsing gives it back."""
        return " + ".join(spell(method) for method in self.methods)

    @property
    def needs(self) -> tuple[str, ...]:
        """Unite the supervision of all methods."""
        return tuple(sorted({need for method in self.methods for need in method.needed()}))

    @property
    def training(self) -> Recipe:
        """Give the methods that act on the training; the rest share its weights."""
        return Recipe(tuple(m for m in self.methods if set(m.stages) & set(TRAIN_STAGES)))

    def identity(self) -> list[Any]:
        """Give everything that can move a score: names, versions and all fields."""
        return [[plugin.name_of(type(m)), m.version, m.settings()] for m in self.methods]

    @property
    def lrs(self) -> tuple[float, ...]:
        """Give the learning-rate grid of the first method that has one."""
        return next((m.lrs for m in self.methods if m.lrs), ())


def spell(method: Method) -> str:
    """Write a method as it stands in a recipe, defaults left out."""
    shown = [
        f"{f.name}={_literal(getattr(method, f.name))}"
        for f in dataclasses.fields(method)
        if getattr(method, f.name) != _default(f)
    ]
    return f"{plugin.name_of(type(method))}({', '.join(shown)})"


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    return repr(value)


def _default(f: dataclasses.Field[Any]) -> Any:
    return f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default


def parse(text: str) -> Recipe:
    """Read a recipe; nothing in it is evaluated.

    Raises:
        IsoglossError: a syntax error, an unknown method or argument, or a value
            of the wrong type; every one of them at once.
    """
    if not text.strip():
        return Recipe()
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise IsoglossError(
            f"recipe '{text}' can't be read at column {error.offset}",
            "write it like: mix_in(langs=['sw']) + lora(r=16)",
        ) from None
    errors: list[IsoglossError] = []
    methods = []
    for call in _terms(tree, text):
        try:
            methods.append(_method(call, text))
        except IsoglossError as error:
            errors.append(error)
    if len(errors) > 1:
        raise Errors(errors, f"recipe '{text}'")
    if errors:
        raise errors[0]
    return Recipe(tuple(methods))


def _terms(node: ast.expr, text: str) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        if not isinstance(node.op, ast.Add):
            raise IsoglossError(f"recipe '{text}': methods are joined by + alone", "use +")
        return _terms(node.left, text) + _terms(node.right, text)
    return [node]


def _method(node: ast.expr, text: str) -> Method:
    call = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
    name = ast.unparse(call.func)
    if call.args:
        raise IsoglossError(f"recipe '{text}': arguments need names", "write r=16, not 16")
    if not isinstance(call.func, ast.Name | ast.Attribute):
        raise IsoglossError(f"recipe '{text}': '{name}' is no method", "write method(key=value)")
    given = {}
    for argument in call.keywords:
        if argument.arg is None:
            raise IsoglossError(f"recipe '{text}': ** is not allowed", "name each argument")
        try:
            given[argument.arg] = ast.literal_eval(argument.value)
        except ValueError:
            raise IsoglossError(
                f"{name}: {argument.arg} is no literal: {ast.unparse(argument.value)}",
                "give a number, a string, true or false, or a list of these",
            ) from None
    return make(name, given)


def make(name: str, given: Mapping[str, Any]) -> Method:
    """Build a method from its name and settings, checked against its fields."""
    method: Method = build(plugin.method(name), name, given)
    return method


def build(cls: type[Any], name: str, given: Mapping[str, Any]) -> Any:
    """Build a dataclass from plain values, checked against its fields.

    Raises:
        IsoglossError: an unknown or missing field, or a value of the wrong type.
    """
    hints = typing.get_type_hints(cls)
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
        if key not in given and _default(f) is dataclasses.MISSING:
            errors.append(IsoglossError(f"{name} needs {key}", f"write {name}({key}=...)"))
    if len(errors) > 1:
        raise Errors(errors, name)
    if errors:
        raise errors[0]
    return cls(**values)


def field_docs(cls: type[Any]) -> dict[str, str]:
    """Read the strings beneath a dataclass's fields, on one line each."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(tree, ast.ClassDef)
    docs = {}
    for field, below in itertools.pairwise(tree.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                docs[field.target.id] = " ".join(str(below.value.value).split())
    return docs


def fit_type(value: Any, hint: Any, where: str) -> Any:
    """Bring a plain value to a field's type: lists become tuples, ints floats.

    Raises:
        IsoglossError: the value has another type.
    """
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        for option in args:
            try:
                return fit_type(value, option, where)
            except IsoglossError:
                continue
    elif origin is typing.Literal:
        if value in args:
            return value
        if isinstance(value, str):
            raise unknown(f"value of {where}:", value, [str(a) for a in args])
    elif origin is tuple and isinstance(value, list | tuple):
        return tuple(fit_type(v, args[0], where) for v in value)
    elif hint is type(None) and value is None:
        return None
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    elif hint in (str, bool) and isinstance(value, hint):
        return value
    elif hint is Any:
        return value
    raise IsoglossError(f"{where} must be {_type_name(hint)}, got {value!r}", "mend the value")


def _type_name(hint: Any) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type_name(a) for a in args)
    if origin is tuple:
        return f"a list of {_type_name(args[0])}"
    if origin is typing.Literal:
        return "one of " + ", ".join(map(str, args))
    return {int: "an integer", float: "a number", str: "a string", bool: "true or false"}.get(
        hint, "null" if hint is type(None) else str(hint)
    )
