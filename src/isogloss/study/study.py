"""A study: one description of the work, read from TOML or built in Python."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from isogloss import plugin
from isogloss.analysis.select import Selection
from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.field import Line, Range, Rate, Seed, build, fit_type, unsound
from isogloss.core.recipe import parse
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Supply, Task
from isogloss.study.check import codes, misfits
from isogloss.study.expand import expand

SOME = Range(least=1)
Name = Annotated[str, Line()]
Place = Annotated[str, Line(longest=4096)]
"""The name of a backbone: a folder may lie deep."""
Langs = Annotated[tuple[str, ...], SOME]
Rates = Annotated[tuple[Rate, ...], SOME]
Table = Mapping[str, Any]
KEYS: Mapping[str, Any] = {
    "name": Name,
    "tasks": tuple[Name, ...],
    "models": tuple[Place, ...],
    "sources": Annotated[tuple[str | Langs, ...], SOME],
    "targets": Literal["all", "default"] | Langs,
    "seeds": Annotated[tuple[Seed, ...], SOME],
    "watch": tuple[str, ...],
    "fit": Table,
    "generate": Table,
    "recipes": Annotated[Mapping[Name, str | Table], SOME],
    "select": Table,
    "task": Mapping[Annotated[str, Line(never="/\\")], Table],
    "supply": Table,
    "claims": tuple[Table, ...],
    "page": tuple[Name, ...],
}
"""What a study file may hold."""
LIKE = {
    "sources": 'write sources = [["en"], ["en", "de"]]',
    "targets": 'write targets = "all", "default" or a list of languages',
    "recipes": 'write [recipes], and below it full = "", or name = { recipe = "...", lr = [...] }',
    "task": "write [task.NAME] above its keys",
    "claims": "write [[claims]] above each claim",
    **{key: f"write [{key}] above its keys" for key in ("fit", "generate", "select", "supply")},
}
"""How the keys are written that are more than a value."""
ARM: Mapping[str, Any] = {
    "recipe": str,
    "lr": Literal["grid"] | Rate | Rates,
    "sources": tuple[str, ...],
    "models": tuple[Place, ...],
    "tasks": tuple[Name, ...],
}
"""What the table of a recipe may hold besides settings of ``Fit``."""


@dataclass(frozen=True)
class RecipeEntry:
    """A recipe under its name in the study, with a learning-rate grid of its own."""

    recipe: str = ""
    lr: tuple[Rate, ...] = ()
    """Empty: the study's grid."""
    fit: Mapping[str, Any] = field(default_factory=dict)
    """Settings of ``Fit`` that this recipe has for itself, such as its optimizer."""
    sources: tuple[str, ...] = ()
    """Source languages of this recipe alone; empty: the study's."""
    models: tuple[str, ...] = ()
    """The study's backbones that it is for; empty: all."""
    tasks: tuple[str, ...] = ()
    """The study's tasks that it is for; empty: all."""

    @property
    def trains(self) -> bool:
        """Tell whether its rate moves anything."""
        return all(method.trains for method in parse(self.recipe).methods)

    def rates(self, study: Study) -> tuple[float, ...]:
        """List the rates that are tried."""
        rates = self.lr or study.lrs or (study.fit.lr,)
        return rates if self.trains else rates[:1]


@dataclass(frozen=True)
class Study:
    """Tasks x models x sources x recipes x rates x seeds, evaluated on targets."""

    name: Name
    tasks: Annotated[tuple[Name, ...], SOME]
    models: Annotated[tuple[Place, ...], SOME]
    sources: Annotated[tuple[Langs, ...], SOME] = (("en",),)
    targets: Literal["all", "default"] | Langs = "default"
    """Languages; or `default`, what the task evaluates by default; or `all`."""
    seeds: Annotated[tuple[Seed, ...], SOME] = (0,)
    watch: tuple[str, ...] = ()
    """Languages scored while training, outside of every identity."""
    fit: Fit = field(default_factory=Fit)
    lrs: tuple[Rate, ...] = ()
    """Learning rates, one run each; empty: the one of ``fit``."""
    generate: Generate = field(default_factory=Generate)
    recipes: Annotated[Mapping[Name, RecipeEntry], SOME] = field(
        default_factory=lambda: {"full": RecipeEntry()}
    )
    select: Mapping[str, Any] = field(default_factory=dict)
    """How one rate is chosen from rows: `lr = "source_dev"`; see ``analysis.select``."""
    own: Mapping[str, Task] = field(default_factory=dict)
    """Tasks of the study's own, from `[task.NAME]`."""
    supply: Supply | None = None
    """Text, bitext, dictionaries and translator for all tasks, from `[supply]`."""
    claims: tuple[Mapping[str, Any], ...] = ()
    page: tuple[str, ...] = ()
    """Sections of its finding, in order; empty: those of a comparison of recipes."""
    data: Path | None = None
    """Folder of real data."""

    @classmethod
    def load(cls, path: Path | str, *, data: Path | str | None = None) -> Study:
        """Read a study file.

        Raises:
            IsoglossError: everything that is wrong with it, at once.
        """
        path = Path(path)
        if not path.is_file():
            raise IsoglossError(f"no study file '{path}'", "give the path of a .toml file")
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise IsoglossError(
                f"{path} is not TOML: {error}", 'write keys as name = "text", and tables as [name]'
            ) from None
        return cls.of(table, base=path.parent, where=str(path), data=data)

    @classmethod
    def of(
        cls,
        table: Mapping[str, Any],
        *,
        base: Path = Path(),
        where: str = "study",
        data: Path | str | None = None,
    ) -> Study:
        """Read a study from the plain values that a TOML file holds."""
        return _Reader(base).read(table, where, Path(data) if data else None)

    def tasks_by_name(self) -> dict[str, Task]:
        """Give the study's tasks, with its supply put in."""
        found = {}
        for name in self.tasks:
            task = self.own[name] if name in self.own else plugin.task(name)
            if self.supply is not None:
                task = dataclasses.replace(task, supply=self.supply.over(task.supply))
            found[name] = task
        return found

    @property
    def selection(self) -> Selection:
        """Give what ``select`` says.

        Raises:
            IsoglossError: it says what can't be done.
        """
        return Selection.of(self.select)

    def said(self) -> dict[str, Any]:
        """Give what a report needs of the study, for ``study.json``."""
        return {
            "name": self.name,
            "select": dict(self.select),
            "claims": [dict(claim) for claim in self.claims],
            "recipes": {label: arm.recipe for label, arm in self.recipes.items()},
            "page": list(self.page),
        }


class _Reader:
    """Reads a table into a study and collects every error on the way."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.errors: list[IsoglossError] = []

    def read(self, table: Mapping[str, Any], where: str, data: Path | None) -> Study:
        self.errors.extend(unsound(table, "the study"))
        if self.errors:
            raise Errors(self.errors, where)
        for key in table.keys() - KEYS.keys():
            self.errors.append(unknown("key", key, KEYS))
        given = self.values(table, KEYS, "")
        lost = table.keys() & KEYS.keys() - given.keys()
        own = self.own(given.get("task", {}))
        for name in own:
            self.attempt(plugin.check_new, name)
        fit, lrs = self.fit(given.get("fit", {}))
        study = Study(
            name=given.get("name", Path(where).stem),
            tasks=self.tasks(given, lost),
            models=self.named("models", 'add models = ["mini/mt5"] or a hub id', given, lost),
            sources=self.sources(given.get("sources", ("en",))),
            targets=self.targets(given.get("targets", "default")),
            seeds=given.get("seeds", (0,)),
            watch=self.langs(given.get("watch", ()), "watch"),
            fit=fit,
            lrs=lrs,
            generate=self.attempt(build, Generate, "[generate]", given.get("generate", {}))
            or Generate(),
            recipes=self.recipes(given.get("recipes", {"full": ""})),
            select=self.select(given.get("select", {})),
            own=own,
            supply=self.supply(given.get("supply")),
            claims=given.get("claims", ()),
            page=given.get("page", ()),
            data=data,
        )
        if not lost:
            self.errors.extend(misfits(study))
        if self.errors:
            raise Errors(self.errors, where)
        return study

    def values(self, table: Mapping[str, Any], keys: Mapping[str, Any], where: str) -> Any:
        """Bring the known keys of a table to their types; leave out what is wrong."""
        found = {}
        for key in table.keys() & keys.keys():
            before = len(self.errors)
            hint = "" if where else LIKE.get(key, "")
            value = self.attempt(fit_type, table[key], keys[key], f"{where}{key}", hint)
            if len(self.errors) == before:
                found[key] = value
        return found

    def attempt(self, call: Any, *args: Any) -> Any:
        """Call, and keep the error for later."""
        try:
            return call(*args)
        except Errors as error:
            self.errors.extend(error.errors)
        except IsoglossError as error:
            self.errors.append(error)
        return None

    def named(self, key: str, hint: str, given: Table, lost: Collection[str]) -> tuple[str, ...]:
        """Give what the study names; some of it at least."""
        names: tuple[str, ...] = given.get(key, ())
        if not names and key not in lost:
            self.errors.append(IsoglossError(f"the study names no {key}", hint))
        return names

    def tasks(self, given: Table, lost: Collection[str]) -> tuple[str, ...]:
        own = given.get("task", {})
        named = {"tasks": tuple(own), **given}
        names = self.named("tasks", 'add tasks = ["..."]', named, lost)
        for name in names:
            if name not in own and "task" not in lost:
                self.attempt(plugin.task, name)
        return names

    def langs(self, given: tuple[str, ...], where: str) -> tuple[str, ...]:
        return self.attempt(codes, given, where) or ()

    def sources(self, given: tuple[Any, ...]) -> tuple[tuple[str, ...], ...]:
        groups = [(one,) if isinstance(one, str) else one for one in given]
        return tuple(self.langs(group, "sources") for group in groups)

    def targets(self, given: Any) -> Any:
        return given if isinstance(given, str) else self.langs(given, "targets")

    def fit(self, table: Mapping[str, Any]) -> tuple[Fit, tuple[float, ...]]:
        table = dict(table)
        lrs = self.rates(table.pop("lr"), "[fit]: lr") if "lr" in table else ()
        table |= {"lr": lrs[0]} if lrs else {}
        return self.attempt(build, Fit, "[fit]", table) or Fit(), lrs

    def rates(self, value: Any, where: str) -> tuple[float, ...]:
        value = value if isinstance(value, list | tuple) else [value]
        found: tuple[float, ...] = self.attempt(fit_type, value, Rates, where) or ()
        if len(set(found)) < len(found):
            self.errors.append(IsoglossError(f"{where} has a rate twice", "leave one out"))
        return found

    def recipes(self, table: Mapping[str, Any]) -> dict[str, RecipeEntry]:
        expanded: dict[str, Any] = {}
        for name, value in table.items():
            expanded |= self.attempt(expand, name, value) or {}
        return {name: self.arm(name, value) for name, value in expanded.items()}

    def arm(self, name: str, value: Any) -> RecipeEntry:
        entry = {"recipe": value} if isinstance(value, str) else dict(value)
        given = self.values(entry, ARM, f"{name}: ")
        recipe = self.attempt(parse, given.get("recipe", ""))
        rates = given.get("lr", ())
        if rates == "grid":
            rates = recipe.lrs if recipe is not None else ()
            if recipe is not None and not rates:
                error = IsoglossError(f"{name}: none of its methods has a grid", "write the rates")
                self.errors.append(error)
        elif rates:
            rates = self.rates(rates, f"{name}: lr")
        known = {f.name for f in dataclasses.fields(Fit)} - ARM.keys()
        for key in sorted(entry.keys() - ARM.keys() - known):
            self.errors.append(unknown(f"key of recipe {name}:", key, ARM.keys() | known))
        own = {key: value for key, value in entry.items() if key in known}
        fit = self.attempt(build, Fit, name, own) or Fit()
        return RecipeEntry(
            str(recipe) if recipe is not None else "",
            rates,
            {key: getattr(fit, key) for key in own},
            self.langs(given.get("sources", ()), f"{name}: sources"),
            given.get("models", ()),
            given.get("tasks", ()),
        )

    def select(self, table: Mapping[str, Any]) -> dict[str, Any]:
        return dict(table) if self.attempt(Selection.of, table) is not None else {}

    def own(self, table: Mapping[str, Any]) -> dict[str, Task]:
        if not table:
            return {}
        from isogloss.reader import own

        found = {
            name: self.attempt(own.task, name, entry, self.base) for name, entry in table.items()
        }
        return {name: task for name, task in found.items() if task is not None}

    def supply(self, table: Mapping[str, Any] | None) -> Supply | None:
        if table is None:
            return None
        from isogloss.material.supply import supply

        found: Supply | None = self.attempt(supply, table, self.base)
        return found
