"""Make the studies that test what the methods' files claim, one for each bench."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from isogloss import plugin
from isogloss.core.claim import Bench, Claim
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.study.expand import expand

SELECTS = ("model", "langs")
"""What a side of a comparison says of what was run, and not of how."""


def gather(methods: Iterable[str]) -> list[dict[str, Any]]:
    """Give the studies of the methods' claims, as a study file would hold them.

    Raises:
        IsoglossError: two benches under one name, or one that the method is not for.
    """
    benches: dict[str, Bench] = {}
    claims: dict[str, list[tuple[str, Claim]]] = {}
    for name in sorted(methods):
        for claim in plugin.method(name).claims:
            bench = benches.setdefault(claim.bench.name, claim.bench)
            if bench != claim.bench:
                what = (
                    f"'{name}' has another bench '{bench.name}' than '{claims[bench.name][0][0]}'"
                )
                raise IsoglossError(what, "give it a name of its own")
            if "not_tested" not in claim.test:
                _suits(name, bench)
            claims.setdefault(bench.name, []).append((name, claim))
    return [_study(bench, claims[name]) for name, bench in benches.items()]


def _suits(name: str, bench: Bench) -> None:
    kind, cls = plugin.task(bench.task).kind, plugin.method(name)
    if kind not in plugin.kinds_of(cls):
        what = f"'{name}' has a claim on {bench.task}, and is not for {kind}"
        raise IsoglossError(what, f"take a task of {', '.join(cls.kinds)}")


def _study(bench: Bench, claims: list[tuple[str, Claim]]) -> dict[str, Any]:
    recipes: dict[str, dict[str, Any]] = {}

    def named(value: Any) -> Any:
        """Put the name of a recipe for the recipe itself."""
        if isinstance(value, list | tuple):
            return [named(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        if "recipe" not in value:
            return {key: named(each) for key, each in value.items()}
        entry = _entry(value, bench)
        selector = {key: named(value[key]) for key in (*SELECTS, "sources") if key in value}
        if isinstance(value.get("lr"), str):
            selector["lr"] = value["lr"]
        return {"recipe": _label(entry, recipes), **selector}

    tables = []
    for name, claim in claims:
        for each in claim.also:
            named(each)
        tables.append({"method": name, "says": claim.says, "cite": claim.cite, **named(claim.test)})
    return {
        "name": bench.name,
        "tasks": [bench.task],
        "models": [*bench.models],
        "sources": [[*bench.sources]],
        "targets": [*bench.targets],
        "seeds": [*bench.seeds],
        "fit": dict(bench.fit),
        "recipes": recipes,
        "claims": tables,
    }


def _entry(value: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    """Give what is run for a side: its recipe and settings."""
    entry = {key: each for key, each in value.items() if key not in SELECTS}
    if isinstance(entry.get("lr"), str):
        del entry["lr"]
    if (sources := [*entry.pop("sources", ())]) not in ([], [*bench.sources]):
        entry["sources"] = sources
    return entry


def _label(entry: dict[str, Any], recipes: dict[str, dict[str, Any]]) -> str:
    """Name a recipe by its methods, and keep it under that name."""
    first = next(iter(expand("", entry).values()))
    methods = parse(first["recipe"]).methods
    label = " ".join(plugin.name_of(type(method)) for method in methods) or "full"
    label += f" from {' '.join(entry['sources'])}" if "sources" in entry else ""
    number, name = 1, label
    while recipes.setdefault(name, entry) != entry:
        number += 1
        name = f"{label} {number}"
    return name
