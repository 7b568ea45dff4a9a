"""What a study claims: statements that its results support, refute or leave open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from isogloss import plugin
from isogloss.core.claim import FORMS
from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.field import build

PLACE = ("task", "model", "sources")
"""What two systems share when nothing else is said of them."""
MADE = {"kind", "parts", "reason"}
"""Fields of a claim that follow from its kind and are never written."""
MARGIN = {"equal", "exists"}
"""Kinds that take a margin; `equal` needs one."""


@dataclass(frozen=True)
class Selector:
    """Systems of a study: a recipe at a learning rate, on some backbones and tasks."""

    recipe: str | None = None
    """Its name under [recipes]."""
    lr: float | Literal["selected", "lowest", "highest"] = "selected"
    task: str | None = None
    model: str | None = None
    sources: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    """Target languages; all that the systems share where none is named."""

    def within(self, outer: Selector) -> Selector:
        """Fill in from the outside what is not said here."""
        blank = Selector()
        given = {
            name: getattr(outer, name)
            for name in ("recipe", "lr", *PLACE, "langs")
            if getattr(self, name) == getattr(blank, name)
        }
        return replace(self, **given)

    def __str__(self) -> str:
        """Say what is selected, for messages."""
        rate = self.lr if isinstance(self.lr, str) else f"{self.lr:g}"
        said = [f"recipe '{self.recipe}'" if self.recipe else "any recipe", f"lr {rate}"]
        said += [f"on {where}" for where in (self.task, self.model) if where]
        said += [f"from {'+'.join(self.sources)}"] if self.sources else []
        return ", ".join(said)


@dataclass(frozen=True)
class Statement:
    """One statement, with the systems it is about."""

    says: str
    cite: str = ""
    method: str = ""
    """The method of the catalogue whose claim this checks."""
    metric: str = ""
    """Empty: the task's headline."""
    scope: Literal["these", "languages"] = "these"
    """Of which languages it speaks: of these, or of languages in general."""
    margin: float = 0.0
    """How far apart counts as equal, in the metric's unit."""
    task: str | None = None
    model: str | None = None
    sources: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    kind: str = ""
    parts: Mapping[str, Selector] = field(default_factory=dict)
    reason: str = ""
    """Why it can't be tested here, where it can't."""

    @property
    def everywhere(self) -> Selector:
        """Give what holds for all of its selectors."""
        return Selector(task=self.task, model=self.model, sources=self.sources, langs=self.langs)

    def part(self, name: str, at: str = "") -> Selector:
        """Give a selector with what stands outside of it; `at` names a place of an interaction."""
        outer = self.parts[at].within(self.everywhere) if at else self.everywhere
        return self.parts[name].within(outer)


def read(table: Mapping[str, Any]) -> Statement:
    """Read one claim from plain values.

    Raises:
        IsoglossError: what is wrong with it.
    """
    if not isinstance(table, Mapping):
        raise IsoglossError(f"claim {table!r} is no table", "write [[claims]] above each claim")
    table = dict(table)
    where = f"claim “{table.get('says', '')}”" if table.get("says") else "claim"
    kinds = [kind for kind in FORMS if kind in table]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        known = [kind if kind != "higher" else "higher and than" for kind in FORMS]
        raise IsoglossError(f"{where} is of one kind, not {found}", f"one of {', '.join(known)}")
    kind = kinds[0]
    value = table.pop(kind)
    if kind == "higher":
        value = {"higher": value} | ({"than": table.pop("than")} if "than" in table else {})
    made: dict[str, Any] = {"kind": kind}
    errors: list[IsoglossError] = []
    for key in sorted(MADE & set(table)):
        known = [f.name for f in fields(Statement) if f.name not in MADE]
        errors.append(unknown("argument of a claim:", key, known))
        del table[key]
    try:
        if kind == "not_tested":
            made["reason"] = str(value)
        else:
            made["parts"] = _parts(kind, value, where)
    except IsoglossError as error:
        errors += _each(error)
    try:
        claim: Statement = replace(build(Statement, where, table), **made)
        errors += [] if errors else _misfits(claim, where)
    except IsoglossError as error:
        errors += _each(error)
    if errors:
        raise Errors(errors, where) if len(errors) > 1 else errors[0]
    return claim


def _each(error: IsoglossError) -> Sequence[IsoglossError]:
    return error.errors if isinstance(error, Errors) else [error]


def check(
    claims: Sequence[Mapping[str, Any]],
    *,
    recipes: Collection[str],
    tasks: Collection[str],
    models: Collection[str],
) -> tuple[list[Statement], list[IsoglossError]]:
    """Read a study's claims against its names; give them with all that is wrong."""
    found: list[Statement] = []
    errors: list[IsoglossError] = []
    for table in claims:
        try:
            claim = read(table)
        except IsoglossError as error:
            errors += _each(error)
            continue
        found.append(claim)
        metrics, methods = plugin.names("metric"), plugin.names("method")
        for what, name, known in [
            ("metric of a claim:", claim.metric, metrics),
            ("method of a claim:", claim.method, methods),
            *[
                (f"{what} of a claim:", getattr(selector, what), options)
                for selector in (claim.everywhere, *claim.parts.values())
                for what, options in (("recipe", recipes), ("task", tasks), ("model", models))
            ],
        ]:
            if name and name not in known:
                errors.append(unknown(what, name, known))
    return found, errors


def langs(claim: Statement) -> tuple[str, ...]:
    """List the languages that a claim names anywhere."""
    every = (claim.everywhere, *claim.parts.values())
    return tuple(
        dict.fromkeys(code for selector in every for code in (*selector.langs, *selector.sources))
    )


def _parts(kind: str, value: Any, where: str) -> dict[str, Selector]:
    names = FORMS[kind]
    if kind == "equal":
        if not isinstance(value, list) or len(value) != 2:
            raise IsoglossError(f"{where}: equal takes two selectors", "equal = [{…}, {…}]")
        value = dict(zip(names, value, strict=True))
    elif len(names) == 1:
        value = {names[0]: value}
    if not isinstance(value, Mapping):
        raise IsoglossError(f"{where}: {kind} is a table", f"{kind} = {{ recipe = … }}")
    errors = [unknown(f"key of {kind}:", name, names) for name in value if name not in names]
    errors += [
        IsoglossError(f"{where}: {kind} lacks {name}", f"add {name} = {{ … }}")
        for name in names
        if name not in value
    ]
    if errors:
        raise Errors(errors, where)
    found = {}
    for name in names:
        if not isinstance(value[name], Mapping):
            raise IsoglossError(f"{where}: {name} is a table", f'{name} = {{ recipe = "…" }}')
        found[name] = build(Selector, name, value[name])
    return found


def _misfits(claim: Statement, where: str) -> Iterator[IsoglossError]:
    if claim.margin < 0 or (claim.kind == "equal" and not claim.margin):
        yield IsoglossError(f"{where}: how far apart is equal?", "add margin = 0.02")
    if claim.margin and claim.kind not in MARGIN:
        yield IsoglossError(f"{where}: {claim.kind} takes no margin", "leave it out")
    if claim.kind == "exists" and claim.scope == "languages":
        yield IsoglossError(
            f"{where}: one of these languages is no sample of all",
            'leave scope = "languages" out',
        )
    if claim.kind == "not_tested" and not claim.reason:
        yield IsoglossError(f"{where}: why is it not tested?", 'not_tested = "the reason"')
    pair = [claim.parts[name] for name in FORMS[claim.kind][:2] if len(claim.parts) > 1]
    for name in PLACE:
        given = [getattr(selector.within(claim.everywhere), name) for selector in pair]
        if given and bool(given[0]) != bool(given[1]):
            yield IsoglossError(
                f"{where}: {name} stands on one side only",
                f"give {name} on both sides, or once for the whole claim",
            )
    if any(selector.langs for selector in pair):
        yield IsoglossError(
            f"{where}: both sides are compared on the same languages",
            "write langs beside says, or in where and more_than",
        )
    if claim.kind in ("higher", "equal", "exists") and pair[0] == pair[1]:
        hint = "write another recipe or lr on one side"
        yield IsoglossError(f"{where}: both sides are the same", hint)
    if claim.kind == "interaction" and claim.parts["where"] == claim.parts["more_than"]:
        hint = "write another place into one of them"
        yield IsoglossError(f"{where}: where and more_than are the same", hint)
    places = ("where", "more_than") if claim.kind == "interaction" else ("",)
    sides = FORMS[claim.kind][:2] if claim.kind == "interaction" else FORMS[claim.kind]
    if any(claim.part(side, at).recipe is None for side in sides for at in places):
        yield IsoglossError(f"{where}: of which recipe?", 'write recipe = "…", a name of [recipes]')
