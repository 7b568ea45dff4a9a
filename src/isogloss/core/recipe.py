"""The grammar of recipes: ``mix_in(langs=['sw']) + lora(r=16)``."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import io
import itertools
import textwrap
import tokenize
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from isogloss.core.catalogue import catalogue
from isogloss.core.content import SHOWN
from isogloss.core.errors import Errors, IsoglossError
from isogloss.core.field import build, default, shown
from isogloss.core.method import Method

LONGEST = 20_000
"""Characters of a recipe, at most."""
MOST = 200
"""Signs that join methods or stand before numbers, at most."""
DEEPEST = 8
"""Brackets in each other, at most."""
DIGITS = 40
"""Characters of a number, at most."""
OPEN, CLOSED = ("(", "[", "{"), (")", "]", "}")
WORDS = {"true": True, "false": False, "null": None, "none": None}
"""How other notations spell what Python spells True, False and None."""
LIKE = "write it like: mix_in(langs=['sw']) + lora(r=16)"


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
    def stages(self) -> set[str]:
        """List the stages that some method acts on."""
        return {stage for method in self.methods for stage in method.stages}

    def acting(self, stages: Collection[str]) -> Recipe:
        """Give the methods that act on some of these stages."""
        return Recipe(tuple(m for m in self.methods if set(m.stages) & set(stages)))

    def identity(self) -> list[Any]:
        """Give everything that can move a score: names, versions, all fields, plug-ins' digests."""
        found: list[Any] = []
        for method in self.methods:
            name = catalogue().name_of(type(method))
            digest = catalogue().digest("method", name)
            found.append([name, method.version, method.settings(), *filter(None, [digest])])
        return found

    @property
    def lrs(self) -> tuple[float, ...]:
        """Give the learning-rate grid of the first method that has one."""
        return next((m.lrs for m in self.methods if m.lrs), ())


def spell(method: Method) -> str:
    """Write a method as it stands in a recipe, defaults left out."""
    said = ((f, _literal(getattr(method, f.name))) for f in dataclasses.fields(method))
    changed = [f"{f.name}={text}" for f, text in said if getattr(method, f.name) != default(f)]
    return f"{catalogue().name_of(type(method))}({', '.join(changed)})"


def _literal(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if type(value) not in SHOWN:
        what = f"a setting is {shown(value)}, which no recipe can say"
        raise IsoglossError(what, "give plain numbers, texts and lists: float(x), x.tolist()")
    return repr(value)


def parse(text: str) -> Recipe:
    """Read a recipe; nothing in it is evaluated.

    Raises:
        IsoglossError: a syntax error, an unknown method or argument, or a value
            of the wrong type; every one of them at once.
    """
    if not isinstance(text, str):
        raise IsoglossError(f"a recipe is a text, not {shown(text)}", LIKE)
    return Recipe(tuple(_each(lambda call: make(*call), _calls(text.strip()), text)))


def _each(read: Callable[[Any], Any], parts: Iterable[Any], text: str) -> list[Any]:
    """Read all parts of a recipe, and raise all that is wrong at once."""
    found: list[Any] = []
    errors: list[IsoglossError] = []
    for part in parts:
        try:
            found.append(read(part))
        except IsoglossError as error:
            errors.append(error)
    if len(errors) > 1:
        raise Errors(errors, f"recipe {shown(text)}")
    if errors:
        raise errors[0]
    return found


@lru_cache(maxsize=1024)
def _calls(text: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Take a recipe apart: each method's name and its settings."""
    if not text:
        return ()
    _bounded(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        at = getattr(error, "offset", None)
        column = f" at column {at}" if at else ""
        raise IsoglossError(f"recipe {shown(text)} can't be read{column}", LIKE) from None
    return tuple(_each(lambda term: _call(term, text), _terms(tree, text), text))


def _bounded(text: str) -> None:
    """Refuse what is no text or would overstrain the parser, before it sees it."""
    where = f"recipe {shown(text)}"
    if len(text) > LONGEST:
        raise IsoglossError(f"{where} has {len(text)} characters", f"{LONGEST} are allowed")
    try:
        text.encode()
        pieces = [*tokenize.generate_tokens(io.StringIO(text).readline)]
    except UnicodeEncodeError:
        raise IsoglossError(f"{where} holds half a character", "write it in UTF-8") from None
    except (tokenize.TokenError, SyntaxError):
        raise IsoglossError(f"{where} can't be read", LIKE) from None
    depth = deepest = signs = 0
    for piece in pieces:
        if piece.type == tokenize.NUMBER and len(piece.string) > DIGITS:
            what = f"{where} has a number of {len(piece.string)} characters"
            raise IsoglossError(what, f"{DIGITS} are allowed")
        depth += (piece.string in OPEN) - (piece.string in CLOSED)
        deepest = max(deepest, depth)
        signs += piece.type == tokenize.OP and piece.string not in (*OPEN, *CLOSED, ",", "=")
    if deepest > DEEPEST:
        raise IsoglossError(f"{where} has {deepest} brackets in each other", "write it flatter")
    if signs > MOST:
        raise IsoglossError(f"{where} joins too much: {signs} signs", f"{MOST} are allowed")


def _terms(node: ast.expr, text: str) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        if not isinstance(node.op, ast.Add):
            what = f"recipe {shown(text)}: methods are joined by + alone"
            raise IsoglossError(what, "use +")
        return _terms(node.left, text) + _terms(node.right, text)
    return [node]


def _call(node: ast.expr, text: str) -> tuple[str, Mapping[str, Any]]:
    call = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
    name = "".join((ast.get_source_segment(text, call.func) or "").split())
    where = f"recipe {shown(text)}"
    if call.args:
        raise IsoglossError(f"{where}: arguments need names", "write r=16, not 16")
    if not isinstance(call.func, ast.Name | ast.Attribute):
        raise IsoglossError(f"{where}: {shown(name)} is no method", "write method(key=value)")
    given = {}
    for argument in call.keywords:
        if argument.arg is None:
            raise IsoglossError(f"{where}: ** is not allowed", "name each argument")
        if argument.arg in given:
            raise IsoglossError(f"{name}: {argument.arg} stands there twice", "leave one out")
        try:
            given[argument.arg] = ast.literal_eval(_Words().visit(argument.value))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            said = ast.get_source_segment(text, argument.value) or ""
            raise IsoglossError(
                f"{name}: {argument.arg} is no literal: {shown(said)}",
                "give a number, a string, true or false, or a list of these",
            ) from None
    return name, given


class _Words(ast.NodeTransformer):
    """Reads true, false and null as Python's names for them."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(WORDS[node.id]) if node.id in WORDS else node


def make(name: str, given: Mapping[str, Any]) -> Method:
    """Build a method from its name and settings, checked against its fields."""
    method: Method = build(catalogue().method(name), name, given)
    return method


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
