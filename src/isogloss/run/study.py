"""A study: one description of the work, read from TOML or built in Python."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.analysis.select import Selection
from isogloss.core import plugin
from isogloss.core.claim import check, langs
from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.machine import Machine
from isogloss.core.recipe import build, fit_type, parse
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Supply, Task
from isogloss.data.language import language
from isogloss.run.expand import expand

if TYPE_CHECKING:
    from isogloss.run.plan import Plan
    from isogloss.store import Results


@dataclass(frozen=True)
class Arm:
    """A recipe under its name in the study, with a learning-rate grid of its own."""

    recipe: str = ""
    lr: tuple[float, ...] = ()
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

    name: str
    tasks: tuple[str, ...]
    models: tuple[str, ...]
    sources: tuple[tuple[str, ...], ...] = (("en",),)
    targets: tuple[str, ...] | str = "default"
    """Languages; or `default`, what the task evaluates by default; or `all`."""
    seeds: tuple[int, ...] = (0,)
    watch: tuple[str, ...] = ()
    """Languages scored while training, outside of every identity."""
    fit: Fit = field(default_factory=Fit)
    lrs: tuple[float, ...] = ()
    """Learning rates, one run each; empty: the one of ``fit``."""
    generate: Generate = field(default_factory=Generate)
    recipes: Mapping[str, Arm] = field(default_factory=lambda: {"full": Arm()})
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
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise IsoglossError(f"{path} is not TOML: {error}", "mend that line") from None
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
                given = {
                    f.name: value
                    for f in dataclasses.fields(Supply)
                    if (value := getattr(self.supply, f.name))
                }
                task = dataclasses.replace(task, supply=dataclasses.replace(task.supply, **given))
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

    def plan(self, *, away: bool = False) -> Plan:
        """Expand the study into runs, with what is skipped and why; trains nothing.

        Args:
            away: go on where the hub is out of reach, with models that are well known.
        """
        from isogloss.run.plan import plan

        return plan(self, away=away)

    def run(
        self,
        out: Path | str,
        *,
        machine: Machine | None = None,
        trust: bool = False,
        workers: int = 1,
    ) -> Results:
        """Run what is not done yet, and give all results.

        Args:
            out: results folder; other processes and hosts may work on it as well.
            machine: where it runs.
            trust: run code that a hub repository brings.
            workers: processes that share the work.

        Raises:
            IsoglossError: cells failed; their errors are in their folders.
        """
        from isogloss.run.grid import run_study

        return run_study(
            self, Path(out), machine=machine or Machine(), trust=trust, workers=workers
        )


class _Reader:
    """Reads a table into a study and collects every error on the way."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.errors: list[IsoglossError] = []

    def read(self, table: Mapping[str, Any], where: str, data: Path | None) -> Study:
        known = {
            "name", "tasks", "models", "sources", "targets", "seeds", "watch", "fit",
            "generate", "recipes", "select", "task", "supply", "claims", "page",
        }  # fmt: skip
        for key in table:
            if key not in known:
                self.errors.append(unknown("key", key, known))
        own = self.own(table.get("task", {}))
        for name in own:
            self.attempt(plugin.check_new, name)
        fit, lrs = self.fit(table.get("fit", {}))
        study = Study(
            name=self.value(table, "name", str, Path(where).stem),
            tasks=self.tasks(table, own),
            models=self.models(table),
            sources=self.sources(table.get("sources", [["en"]])),
            targets=self.targets(table.get("targets", "default")),
            seeds=self.value(table, "seeds", tuple[int, ...], (0,)),
            watch=self.langs(table.get("watch", []), "watch"),
            fit=fit,
            lrs=lrs,
            generate=self.attempt(build, Generate, "[generate]", table.get("generate", {}))
            or Generate(),
            recipes=self.recipes(table.get("recipes", {"full": ""})),
            select=self.select(table.get("select", {})),
            own=own,
            supply=self.supply(table.get("supply")),
            claims=tuple(table.get("claims", ())),
            page=self.value(table, "page", tuple[str, ...], ()),
            data=data,
        )
        self.fitted(study)
        self.selected(study)
        self.equal(study)
        self.claims(study)
        if self.errors:
            raise Errors(self.errors, where)
        return study

    def attempt(self, call: Any, *args: Any) -> Any:
        """Call, and keep the error for later."""
        try:
            return call(*args)
        except Errors as error:
            self.errors.extend(error.errors)
        except IsoglossError as error:
            self.errors.append(error)
        return None

    def value(self, table: Mapping[str, Any], key: str, hint: Any, default: Any) -> Any:
        if key not in table:
            return default
        found = self.attempt(fit_type, table[key], hint, key)
        return default if found is None else found

    def tasks(self, table: Mapping[str, Any], own: Mapping[str, Task]) -> tuple[str, ...]:
        names = self.value(table, "tasks", tuple[str, ...], tuple(own))
        if not names:
            self.errors.append(IsoglossError("the study names no tasks", 'add tasks = ["..."]'))
        for name in names:
            if name not in own:
                self.attempt(plugin.task, name)
        return tuple(names)

    def models(self, table: Mapping[str, Any]) -> tuple[str, ...]:
        names = self.value(table, "models", tuple[str, ...], ())
        if not names:
            hint = 'add models = ["mini/mt5"] or a hub id or a folder'
            self.errors.append(IsoglossError("the study names no models", hint))
        return tuple(names)

    def langs(self, codes: Any, where: str) -> tuple[str, ...]:
        codes = self.attempt(fit_type, codes, tuple[str, ...], where) or ()
        known = [self.attempt(language, code) for code in codes]
        found = tuple(lang.code for lang in known if lang is not None)
        for code in dict.fromkeys(code for code in found if found.count(code) > 1):
            what = f"{where}: '{code}' stands there twice"
            self.errors.append(IsoglossError(what, "once is enough"))
        return found

    def sources(self, value: Any) -> tuple[tuple[str, ...], ...]:
        if not isinstance(value, list) or not value:
            hint = 'write sources = [["en"], ["en", "de"]]'
            self.errors.append(IsoglossError("sources must be a list of lists", hint))
            return ()
        groups: Sequence[Any] = [[v] if isinstance(v, str) else v for v in value]
        return tuple(self.langs(group, "sources") for group in groups)

    def targets(self, value: Any) -> tuple[str, ...] | str:
        if isinstance(value, str):
            if value not in ("all", "default"):
                hint = 'write targets = "all", "default" or a list of languages'
                self.errors.append(IsoglossError(f"targets '{value}' is no choice", hint))
            return value
        return self.langs(value, "targets")

    def fit(self, table: Mapping[str, Any]) -> tuple[Fit, tuple[float, ...]]:
        table = dict(table)
        lrs = self.rates(table.pop("lr"), "[fit] lr") if "lr" in table else ()
        table |= {"lr": lrs[0]} if lrs else {}
        fit = self.attempt(build, Fit, "[fit]", table) or Fit()
        self.positive(fit)
        return fit, lrs

    def positive(self, fit: Fit, where: str = "[fit]") -> None:
        for key in ("steps", "batch", "tokens", "snapshots", "max_source", "max_target"):
            if getattr(fit, key) < 1:
                self.errors.append(IsoglossError(f"{where} {key} must be at least 1", "mend it"))

    def rates(self, value: Any, where: str) -> tuple[float, ...]:
        value = value if isinstance(value, list) else [value]
        found: tuple[float, ...] = self.attempt(fit_type, value, tuple[float, ...], where) or ()
        if any(rate <= 0 for rate in found):
            self.errors.append(IsoglossError(f"{where} must be above 0", "mend it"))
        if len(set(found)) < len(found):
            self.errors.append(IsoglossError(f"{where} has a rate twice", "leave one out"))
        return found

    def recipes(self, table: Mapping[str, Any]) -> dict[str, Arm]:
        expanded: dict[str, Any] = {}
        for name, value in table.items():
            expanded |= self.attempt(expand, name, value) or {}
        return {name: self.arm(name, value) for name, value in expanded.items()}

    def arm(self, name: str, value: Any) -> Arm:
        if not isinstance(value, str | Mapping):
            hint = 'write a recipe, or { recipe = "...", lr = [...] }'
            self.errors.append(IsoglossError(f"recipe {name} is {value!r}", hint))
            return Arm()
        entry = {"recipe": value} if isinstance(value, str) else dict(value)
        recipe = self.attempt(parse, entry.pop("recipe", ""))
        text = str(recipe) if recipe is not None else ""
        given = entry.pop("lr", ())
        rates = self.rates(given, f"{name}: lr") if given not in ((), "grid") else ()
        if given == "grid" and recipe is not None:
            rates = recipe.lrs
            if not rates:
                error = IsoglossError(f"{name}: none of its methods has a grid", "write the rates")
                self.errors.append(error)
        sources = self.langs(entry.pop("sources", []), f"{name}: sources")
        models, tasks = (self.value(entry, k, tuple[str, ...], ()) for k in ("models", "tasks"))
        known = [f.name for f in dataclasses.fields(Fit)]
        every = ["recipe", "sources", "models", "tasks", *known]
        for key in sorted(entry.keys() - set(every)):
            self.errors.append(unknown(f"key of recipe {name}:", key, every))
        own = {key: entry[key] for key in entry if key in known}
        fit = self.attempt(build, Fit, name, own) or Fit()
        self.positive(fit, name)
        settings = {key: getattr(fit, key) for key in own}
        return Arm(text, rates, settings, sources, models, tasks)

    def select(self, table: Mapping[str, Any]) -> dict[str, Any]:
        return dict(table) if self.attempt(Selection.of, table) is not None else {}

    def selected(self, study: Study) -> None:
        """Hold what is selected by against the rest of the study."""
        selection = study.selection
        for sources in study.sources:
            self.attempt(selection.policy.check, sources)
        if again := set(selection.confirm) & set(study.seeds):
            self.errors.append(
                IsoglossError(
                    f"[select] confirm: seed {min(again)} is in seeds too",
                    "name other seeds: they are run after the others",
                )
            )

    def fitted(self, study: Study) -> None:
        """Hold the backbones and tasks of single recipes against those of the study."""
        for name, arm in study.recipes.items():
            for what in ("task", "model"):
                names, known = getattr(arm, f"{what}s"), getattr(study, f"{what}s")
                where = f"{what} of recipe {name}:"
                self.errors += [unknown(where, one, known) for one in names if one not in known]

    def equal(self, study: Study) -> None:
        """Refuse grids of unequal size: a longer search wins by itself."""
        sizes = {name: len(arm.rates(study)) for name, arm in study.recipes.items() if arm.trains}
        if len(set(sizes.values())) > 1:
            told = ", ".join(f"{name} {size}" for name, size in sizes.items())
            hint = f"give each {max(sizes.values())}, or compare the others in a study of their own"
            what = f"recipes try unequal numbers of learning rates: {told}"
            self.errors.append(IsoglossError(what, hint))

    def claims(self, study: Study) -> None:
        """Hold the claims against the names of the study; they may leave out revisions."""
        models = [*study.models, *(name.partition("@")[0] for name in study.models)]
        found, errors = check(study.claims, recipes=study.recipes, tasks=study.tasks, models=models)
        self.errors.extend(errors)
        for claim in found:
            self.langs(list(langs(claim)), "claims")

    def own(self, table: Mapping[str, Any]) -> dict[str, Task]:
        if not table:
            return {}
        from isogloss.data import own

        found = {
            name: self.attempt(own.task, name, entry, self.base) for name, entry in table.items()
        }
        return {name: task for name, task in found.items() if task is not None}

    def supply(self, table: Mapping[str, Any] | None) -> Supply | None:
        if table is None:
            return None
        from isogloss.data.supply import supply
        from isogloss.run.translate import translator

        found: Supply | None = self.attempt(supply, table, self.base, translator)
        return found
