"""Check what a method's claims declare: what isn't known would be found when they are tested."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from isogloss.core.claim import FORMS, Bench, Claim
from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.method import Method

SHELVES = {"mini": "isogloss.mini"}
"""First word of a backbone's name -> the package that ships it."""


def check_claims(cls: type[Method], where: str, tasks: Collection[str]) -> None:
    """Assert that a method's claims can be tested.

    Args:
        cls: the method.
        where: what holds it, for errors.
        tasks: names of all tasks.

    Raises:
        IsoglossError: a claim of another shape, an unknown form, task or backbone.
    """
    if not isinstance(cls.claims, tuple) or not all(isinstance(c, Claim) for c in cls.claims):
        raise IsoglossError(f"{where}: claims is no tuple of Claim", "write claims = (Claim(…),)")
    for claim in cls.claims:
        at = f"{where}: claim “{claim.says}”"
        _form(claim, at)
        _bench(claim.bench, at, tasks)


def _form(claim: Claim, where: str) -> None:
    forms = [form for form in FORMS if form in claim.test]
    if len(forms) != 1:
        known = ", ".join(FORMS)
        what = f"{where} is of one form, not {' and '.join(forms) or 'none'}"
        raise IsoglossError(what, f"name one of these in its test: {known}")
    if forms == ["higher"] and "than" not in claim.test:
        raise IsoglossError(f"{where}: higher than what?", 'add "than": {"recipe": ""}')
    if forms != ["not_tested"] and not any(recipes(claim.test)):
        raise IsoglossError(f"{where}: of which recipe?", 'write {"recipe": "NAME()"} on each side')


def _bench(bench: Bench, where: str, tasks: Collection[str]) -> None:
    if not isinstance(bench, Bench):
        raise IsoglossError(
            f"{where} has no Bench", "take one of isogloss.mini.bench, or write Bench(…)"
        )
    if bench.task not in tasks:
        near = nearest(bench.task, tasks)
        hint = f"did you mean '{near}'?" if near else "isogloss list tasks has all"
        raise IsoglossError(f"{where} is tested on '{bench.task}', which is no task", hint)
    for model in bench.models:
        shelf, _, rest = model.partition("/")
        if shelf in SHELVES:
            importlib.import_module(SHELVES[shelf]).path(model)
        elif not rest and not Path(model).is_dir():
            what = f"{where} is tested on '{model}', which is no backbone"
            raise IsoglossError(what, "write mini/mt5, the id of one on the hub, or a folder")


def recipes(value: Any) -> Iterator[Mapping[str, Any]]:
    """List what has a recipe in a test, at any depth."""
    if isinstance(value, Mapping):
        if "recipe" in value:
            yield value
        for each in value.values():
            yield from recipes(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from recipes(each)
