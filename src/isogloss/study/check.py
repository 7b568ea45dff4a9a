"""Hold a study against itself, however it was made: from a file or in Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from isogloss.analysis.select import Selection
from isogloss.claim.grammar import check, langs
from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.field import again
from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.language.registry import find_language

if TYPE_CHECKING:
    from isogloss.study.study import RecipeEntry, Study


def checked(study: Study) -> Study:
    """Give a study with its values in their types, as a file's are.

    Raises:
        IsoglossError: a value that is not allowed.
    """
    study = again(study, "Study")
    changes: dict[str, Any] = {"fit": again(study.fit, "fit")}
    changes["generate"] = again(study.generate, "generate")
    changes["recipes"] = {name: _arm(name, arm) for name, arm in study.recipes.items()}
    changes["sources"] = tuple(codes(group, "sources") for group in study.sources)
    for name in ("targets", "watch"):
        given = getattr(study, name)
        changes[name] = given if isinstance(given, str) else codes(given, name)
    Selection.of(study.select)
    return dataclasses.replace(study, **changes)


def _arm(name: str, arm: RecipeEntry) -> RecipeEntry:
    arm = again(arm, name)
    known = {f.name for f in dataclasses.fields(Fit)}
    for key in arm.fit:
        if key not in known:
            raise unknown(f"setting of recipe {name}:", key, known)
    fit = again(dataclasses.replace(Fit(), **arm.fit), name)
    return dataclasses.replace(
        arm,
        recipe=str(parse(arm.recipe)),
        fit={key: getattr(fit, key) for key in arm.fit},
        sources=codes(arm.sources, f"{name}: sources"),
    )


def codes(given: Sequence[str], where: str) -> tuple[str, ...]:
    """Read languages by any code, each once.

    Raises:
        IsoglossError: an unknown one, or one that stands there twice.
    """
    errors: list[IsoglossError] = []
    found: list[str] = []
    for code in given:
        try:
            found.append(find_language(code).code)
        except IsoglossError as error:
            errors.append(error)
    for code in dict.fromkeys(code for code in found if found.count(code) > 1):
        errors.append(IsoglossError(f"{where}: '{code}' stands there twice", "once is enough"))
    if errors:
        raise Errors(errors, where)
    return tuple(found)


def misfits(study: Study) -> Iterator[IsoglossError]:
    """Find what in a study doesn't go with the rest of it."""
    yield from _selected(study)
    yield from _fitted(study)
    yield from _equal(study)
    yield from _claimed(study)


def _attempt(call: Callable[..., Any], *args: Any) -> Iterator[IsoglossError]:
    try:
        call(*args)
    except Errors as error:
        yield from error.errors
    except IsoglossError as error:
        yield error


def _selected(study: Study) -> Iterator[IsoglossError]:
    """Hold what is selected by against the rest of the study."""
    selection = study.selection
    for sources in study.sources:
        yield from _attempt(selection.policy.check, sources)
    if shared := set(selection.confirm) & set(study.seeds):
        yield IsoglossError(
            f"[select] confirm: seed {min(shared)} is in seeds too",
            "name other seeds: they are run after the others",
        )


def _fitted(study: Study) -> Iterator[IsoglossError]:
    """Hold the backbones and tasks of single recipes against those of the study."""
    for name, arm in study.recipes.items():
        for what in ("task", "model"):
            names, known = getattr(arm, f"{what}s"), getattr(study, f"{what}s")
            where = f"{what} of recipe {name}:"
            yield from (unknown(where, one, known) for one in names if one not in known)


def _equal(study: Study) -> Iterator[IsoglossError]:
    """Refuse grids of unequal size: a longer search wins by itself."""
    sizes = {name: len(arm.rates(study)) for name, arm in study.recipes.items() if arm.trains}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {size}" for name, size in sizes.items())
        hint = f"give each {max(sizes.values())}, or compare the others in a study of their own"
        yield IsoglossError(f"recipes try unequal numbers of learning rates: {told}", hint)


def _claimed(study: Study) -> Iterator[IsoglossError]:
    """Hold the claims against the names of the study; they may leave out revisions."""
    models = [*study.models, *(name.partition("@")[0] for name in study.models)]
    found, errors = check(study.claims, recipes=study.recipes, tasks=study.tasks, models=models)
    yield from errors
    for claim in found:
        yield from _attempt(codes, tuple(dict.fromkeys(langs(claim))), "claims")
