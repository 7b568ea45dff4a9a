"""Conformance of methods: what they declare is what they do."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from functools import cache

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.method import NEEDS, STAGES, Method
from isogloss.core.recipe import field_docs, parse, spell
from isogloss.core.types import FAMILIES, KINDS
from isogloss.testing import tiny
from isogloss.testing.source import documented, light
from isogloss.testing.trace import Trace, context, fold, trace


def check_method(method: str | type[Method], *, whole: bool = False) -> None:
    """Assert that a method keeps to the rules, on the kinds and families it claims.

    Its declarations are complete; its recipe reads back; it asks for the
    supervision that it declares and no other; two runs at one seed are equal;
    and each stage it overrides really changes something.

    Args:
        method: its name, or its class where a plug-in file or distribution has it.
        whole: check every kind on every architecture, and not each of them once.
    """
    name = method if isinstance(method, str) else plugin.name_of(method)
    cls = plugin.method(name)
    _declares(cls, name)
    light(cls)
    made = _example(cls, name)
    cells = _cells(made)
    assert cells, f"{name} suits no kind of task on any family"
    for number, (kind, wanted) in enumerate(cells if whole else _drawn(name, made)):
        architecture, got = _traced(made, kind, wanted)
        plain = _plain(kind, architecture, made.least_sources)
        _acts(made, got, f"{name} on {kind}, {architecture}", plain)
        if not number:
            _asks(made, got, name, kind, architecture)


def _cells(made: Method) -> list[tuple[str, str]]:
    """List the kinds and the architectures that a method is for."""
    suited = [
        (kind, family)
        for kind in KINDS
        for family in FAMILIES
        if not made.misfit(kind, family) and _has_head(kind, family)
    ]
    if not {"model", "loss"} & set(made.stages):
        suited = _first_of_each(suited)
    return [(kind, name) for kind, family in suited for name in tiny.ARCHITECTURES[family]]


def _first_of_each(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Keep each kind once and each family once: the method doesn't look into networks."""
    kinds = {kind: (kind, family) for kind, family in reversed(pairs)}
    families = {family: (kind, family) for kind, family in reversed(pairs)}
    return list(dict.fromkeys([*kinds.values(), *families.values()]))


def _drawn(name: str, made: Method) -> list[tuple[str, str]]:
    """Draw cells of a method: those that the methods before it in the catalogue used least."""
    used: Counter[tuple[str, str]] = Counter()
    for other in plugin.names("method"):
        if other == name:
            break
        used.update(_covering(_cells(_example(plugin.method(other), other)), used))
    return _covering(_cells(made), used)


def _covering(
    cells: list[tuple[str, str]], used: Mapping[tuple[str, str], int]
) -> list[tuple[str, str]]:
    """Keep each kind and each architecture once, in the cells that were used least."""
    left = sorted(cells, key=lambda cell: used.get(cell, 0))
    kept: list[tuple[str, str]] = []
    for place in (0, 1):
        for value in dict.fromkeys(cell[place] for cell in left):
            if all(cell[place] != value for cell in kept):
                kept.append(next(cell for cell in left if cell[place] == value))
    return kept


def _traced(made: Method, kind: str, wanted: str) -> tuple[str, Trace]:
    """Run it on a tiny backbone; where it refuses that, on another of the family."""
    family = next(f for f, names in tiny.ARCHITECTURES.items() if wanted in names)
    refusals = []
    for architecture in dict.fromkeys([wanted, *tiny.ARCHITECTURES[family]]):
        try:
            return architecture, trace(kind, architecture, made)
        except IsoglossError as error:
            refusals.append(error)
    raise refusals[0]


def _declares(cls: type[Method], name: str) -> None:
    documented(cls, name)
    assert Method in cls.__bases__, f"{name} has to subclass Method itself"
    assert cls.__dataclass_params__.frozen, f"{name} is no frozen dataclass"  # type: ignore[attr-defined]
    assert cls.version, f"{name} has no version"
    assert "cite" in vars(cls), f"{name} cites nothing; write cite = '' if there is no paper"
    for what, known in (("needs", NEEDS), ("kinds", KINDS), ("families", FAMILIES)):
        strange = set(getattr(cls, what)) - set(known)
        assert not strange, f"{name}: {what} are among {', '.join(known)}, not {strange}"
    assert all(lr > 0 for lr in cls.lrs), f"{name}: learning rates are positive"
    fields = {f.name for f in dataclasses.fields(cls)}
    hidden = fields & set(dir(Method))
    assert not hidden, f"{name}: the fields {hidden} hide what Method has under that name"
    bare = fields - set(field_docs(cls))
    assert not bare, f"{name}: no string beneath the fields {', '.join(sorted(bare))}"


def _example(cls: type[Method], name: str) -> Method:
    """Make the method as its ``example`` says, and read it back."""
    try:
        (made,) = parse(cls.example or name).methods
    except (IsoglossError, ValueError) as error:
        what = f"{name}: set `example` to a recipe with this method alone"
        raise AssertionError(f"{what} ({error})") from error
    assert type(made) is cls, f"{name}: its example is another method"
    assert parse(spell(made)).methods == (made,), f"{name}: {spell(made)} reads back differently"
    assert made.stages, f"{name} overrides no stage"
    assert set(made.needed()) <= set(cls.needs), f"{name}: needed() goes beyond needs"
    return made


def _has_head(kind: str, family: str) -> bool:
    from isogloss.models.head import head_for

    try:
        return bool(head_for(kind, family))
    except IsoglossError:
        return False


@cache
def _plain(kind: str, architecture: str, sources: int) -> Trace:
    """Give the trace of plain finetuning."""
    return trace(kind, architecture, sources=sources)


def _asks(made: Method, got: Trace, name: str, kind: str, architecture: str) -> None:
    """Run it again, with what it declares and without."""
    again = trace(kind, architecture, made)
    for stage in STAGES:
        same = getattr(got, stage) == getattr(again, stage)
        assert same, f"{name}: its {stage} stage differs at one seed"
    _alone(made, got, name, kind, architecture)
    needed = set(made.needed()) - {"test_inputs"}  # those come by themselves
    assert got.asked <= needed, f"{name} asks for {got.asked - needed} without declaring it"
    assert needed <= got.asked, f"{name} declares {needed - got.asked} and never asks for it"
    if not needed:
        return
    with context(kind, architecture, made) as ctx:
        ctx.allowed = ()
        try:
            fold(ctx, made)
        except IsoglossError as error:
            assert "without declaring it" in error.what, error  # noqa: PT017
        else:
            raise AssertionError(f"{name} got supervision that it was refused")


def _alone(made: Method, got: Trace, name: str, kind: str, architecture: str) -> None:
    """Answer half of the test inputs: only `test_inputs` may make the answers others."""
    if "predict" not in made.stages or "test_inputs" in made.needed():
        return
    half = trace(kind, architecture, made, tested=len(got.predict) // 2).predict
    values = [prediction.value for prediction in got.predict][: len(half)]
    same = values == [prediction.value for prediction in half]
    assert same, f"{name}: answers depend on other inputs; declare the need 'test_inputs'"


def _acts(made: Method, got: Trace, where: str, plain: Trace) -> None:
    """Assert that every stage it overrides changes something."""
    before = {
        "data": plain.data,
        "model": plain.model,
        "loss": plain.loss,
        "train": plain.train,
        "weights": got.train,
        "adapt": got.weights,
        "predict": plain.predict,
    }
    for stage in made.stages:
        if stage == "predict" and got.inputs != plain.inputs:
            continue
        assert getattr(got, stage) != before[stage], f"{where}: its {stage} stage changes nothing"
    still = got.fresh - got.moved - (plain.fresh - plain.moved)
    assert not still, f"{where}: trained parameters without gradient: {sorted(still)[:3]}"
    assert not got.adapted_in_place, f"{where}: adapt has to change a copy: model.copy()"
    ids = [prediction.id for prediction in got.predict]
    assert ids == [p.id for p in plain.predict], f"{where}: predictions are out of order"
