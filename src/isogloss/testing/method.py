"""Conformance of methods: what they declare is what they do."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.method import Method
from isogloss.core.recipe import field_docs, parse, spell
from isogloss.store import Store
from isogloss.testing import tiny, toy
from isogloss.testing.record import swapped
from isogloss.testing.source import documented, light
from isogloss.testing.trace import Trace, results, run_of, trace


def check_method(method: str | type[Method], *, whole: bool = False) -> None:
    """Assert that a method keeps to the rules, on the kinds and families it claims.

    Its declarations are complete; its recipe reads back; in the production
    pipeline it asks for the supervision that it declares and no other; two runs
    at one seed are equal, and so is one that is opened again; and each stage it
    overrides really changes something.

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
        with results() as store:
            architecture, got = _traced(made, kind, wanted, store)
            _acts(made, got, f"{name} on {kind}, {architecture}")
            if not number:
                _repeats(made, got, name, store)
                _asks(made, got, name)


def _cells(made: Method) -> list[tuple[str, str]]:
    """List the kinds and the architectures that a method is for."""
    suited = [
        (kind, family)
        for kind in plugin.names("kind")
        for family in plugin.names("family")
        if not plugin.misfit(made, kind, family) and _has_head(kind, family)
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
    return _covering(_cells(made), _used(tuple(plugin.names("method")), name))


@cache
def _used(names: tuple[str, ...], name: str) -> Counter[tuple[str, str]]:
    """Count the cells that the methods before one in the catalogue are checked on."""
    place = names.index(name)
    if not place:
        return Counter()
    before = _used(names, names[place - 1])
    other = _example(plugin.method(names[place - 1]), names[place - 1])
    return before + Counter(_covering(_cells(other), before))


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


def _traced(made: Method, kind: str, wanted: str, store: Store) -> tuple[str, Trace]:
    """Run it on a tiny backbone; where it refuses that, on another of the family."""
    family = next(f for f, names in tiny.ARCHITECTURES.items() if wanted in names)
    refusals = []
    for architecture in dict.fromkeys([wanted, *tiny.ARCHITECTURES[family]]):
        try:
            return architecture, trace(run_of(kind, architecture, made), store)
        except IsoglossError as error:
            refusals.append(error)
    raise refusals[0]


def _declares(cls: type[Method], name: str) -> None:
    documented(cls, name)
    assert Method in cls.__bases__, f"{name} has to subclass Method itself"
    assert cls.__dataclass_params__.frozen, f"{name} is no frozen dataclass"  # type: ignore[attr-defined]
    assert cls.version, f"{name} has no version"
    assert "cite" in vars(cls), f"{name} cites nothing; write cite = '' if there is no paper"
    for what, known in (
        ("needs", plugin.names("material")),
        ("kinds", plugin.names("kind")),
        ("families", plugin.names("family")),
    ):
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
def _idle(kind: str, architecture: str, sources: int) -> set[str]:
    """Name the parameters that plain finetuning has no gradient for."""
    with results() as store:
        return trace(run_of(kind, architecture, sources=sources), store).idle


def _acts(made: Method, got: Trace, where: str) -> None:
    """Assert that every stage it overrides changes something."""
    record = got.record
    for stage in made.stages:
        assert stage in record.acted, f"{where}: its {stage} stage is never asked"
        assert record.acted[stage], f"{where}: its {stage} stage changes nothing"
    still = {name for name, moved in record.terms.items() if not moved}
    assert not still, f"{where}: terms of the loss without gradient: {', '.join(sorted(still))}"
    run = record.run
    architecture = Path(run.model).name
    kind = run.task.removeprefix("toy_")
    bare = got.idle and got.idle - _idle(kind, architecture, len(run.sources))
    assert not bare, f"{where}: trained parameters without gradient: {sorted(bare)[:3]}"
    assert not record.in_place, f"{where}: adapt has to change a copy: model.copy()"
    ids = [prediction.id for prediction in got.predictions]
    expected = [example.id for example in toy.load(kind, toy.TARGET, "test")]
    assert ids == expected, f"{where}: predictions are out of order"
    smuggled = [f"{each.what} of {each.lang}" for each in record.smuggled()]
    assert not smuggled, f"{where}: takes {', '.join(smuggled)} past the context"


def _repeats(made: Method, got: Trace, name: str, store: Store) -> None:
    """Open the run again, and do it again elsewhere."""
    again = trace(got.record.run, store).predictions
    assert again == got.predictions, f"{name}: opened again, it gives other answers"
    if "predict" in made.stages and "test_inputs" not in made.needed():
        half = trace(got.record.run, store, tested=len(again) // 2).predictions
        values = [prediction.value for prediction in again][: len(half)]
        same = values == [prediction.value for prediction in half]
        assert same, f"{name}: answers depend on other inputs; declare the need 'test_inputs'"
    with results() as other:
        anew = trace(got.record.run, other)
    for stage in made.stages:
        same = anew.record.gave[stage] == got.record.gave[stage]
        assert same, f"{name}: its {stage} stage differs at one seed"
    assert anew.trained == got.trained, f"{name}: its weights differ at one seed"
    assert anew.predictions == got.predictions, f"{name}: its answers differ at one seed"


def _asks(made: Method, got: Trace, name: str) -> None:
    """Do the run with all that it declares for these settings, and without each of that."""
    needed = set(made.needed())
    _given(made, got, needed)
    for need in sorted(needed):
        if plugin.material(need).langs is None:
            continue
        try:
            _given(made, got, needed - {need})
        except IsoglossError as error:
            assert "without declaring it" in error.what, error  # noqa: PT017
        else:
            raise AssertionError(f"{name} declares {need} and never asks for it")


def _given(made: Method, got: Trace, needs: set[str]) -> None:
    """Do the run again where the method declares these needs alone."""
    cls = type(made)
    if needs == set(cls.needs):
        return
    declared = {"needs": tuple(sorted(needs)), "needed": lambda self: self.needs}
    with swapped(cls, **declared), results() as store:
        trace(got.record.run, store)
