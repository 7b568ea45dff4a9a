"""Note what a run's hooks take and give, and what material they ask for, by whom.

The run itself is the production pipeline's: the hooks of one method class are
wrapped while it runs, the optimisers are looked at when they step, and the tasks
note who calls them.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from isogloss.core.content import content_hash
from isogloss.core.method import Method
from isogloss.core.run import Run
from isogloss.core.task import SPLITS, Task
from isogloss.run.pipeline import Setting

if TYPE_CHECKING:
    from isogloss.models.model import Model

PIPELINE = "isogloss.run."


class Asked(NamedTuple):
    """Material that somebody asked for."""

    what: str
    """A supply of the task, or one of its splits."""
    lang: str
    by: str
    """The module that asked."""


@dataclass
class Record:
    """What one run's stages took and gave."""

    run: Run
    gave: dict[str, str] = field(default_factory=dict)
    """Stage -> digest of what came out of it."""
    acted: dict[str, bool] = field(default_factory=dict)
    """Stage -> whether that is another thing than went in."""
    in_place: bool = False
    """Whether `adapt` changed the model that it was given."""
    terms: dict[str, bool] = field(default_factory=dict)
    """Term of the loss -> whether its gradient moved anything."""
    steps: list[dict[int, tuple[Any, bool]]] = field(default_factory=list)
    """One an optimiser's step: id of a parameter -> it, and whether it had a gradient."""
    asked: list[Asked] = field(default_factory=list)

    def note(self, stage: str, gave: str, acted: bool) -> None:
        """Note what a stage gave; one that acts once acts."""
        self.gave[stage] = gave
        self.acted[stage] = acted or self.acted.get(stage, False)

    def smuggled(self) -> list[Asked]:
        """List material beyond the sources' labels that was not asked of the context."""
        free = {(split, lang) for split in ("train", "dev") for lang in self.run.sources}
        outside = (each for each in self.asked if not each.by.startswith(PIPELINE))
        return [each for each in outside if (each.what, each.lang) not in free]

    def idle(self, net: Any) -> set[str]:
        """Name the trained parameters of a network, and of its loss, that had no gradient."""
        names = {id(p): name for name, p in net.named_parameters()}
        seen: dict[int, tuple[Any, bool]] = {}
        for step in self.steps:
            if names.keys() & step.keys():
                for key, (p, had) in step.items():
                    seen[key] = (p, had or (key in seen and seen[key][1]))
        still = ((key, p) for key, (p, had) in seen.items() if not had)
        return {names.get(key, f"one of the loss, {tuple(p.shape)}") for key, p in still}


@dataclass(frozen=True)
class Recording(Setting):
    """The pipeline's setting, with tasks that note who asks for what."""

    record: Record | None = None

    def task(self, name: str) -> Task:
        """Give a task that notes who asks."""
        task, record = super().task(name), self.record
        if record is None:
            return task

        def noting(ask: Callable[..., Any], what: str = "") -> Callable[..., Any]:
            def asked(*args: Any) -> Any:
                place = [each for each in args if isinstance(each, str)]
                split = next((each for each in place if each in SPLITS), what)
                by = sys._getframe(1).f_globals["__name__"]
                record.asked.append(Asked(what or split, place[0] if place else "", by))
                return ask(*args)

            return asked

        gives = {key: noting(ask, key) for key, ask in task.supply.gives.items()}
        return replace(task, load=noting(task.load), supply=replace(task.supply, gives=gives))


@contextmanager
def recorded(method: Method | None, record: Record) -> Iterator[None]:
    """Note what a method's hooks take and give, and what the optimisers step on."""
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    def look(optimizer: Any, *_: Any) -> None:
        parameters = (p for group in optimizer.param_groups for p in group["params"])
        had = {id(p): (p, p.grad is not None and bool(p.grad.any())) for p in parameters}
        record.steps.append(had)

    handle = register_optimizer_step_pre_hook(look)
    changed = {}
    if method:
        cls = type(method)
        for stage in method.stages:
            wrap = {"loss": _loss, "train": _call, "predict": _call}.get(stage, _value)
            changed[stage] = wrap(stage, getattr(cls, stage), record)
    try:
        with swapped(type(method), **changed):
            yield
    finally:
        handle.remove()


@contextmanager
def swapped(holder: Any, **attributes: Any) -> Iterator[None]:
    """Give a class or a module other attributes for a while."""
    before = {name: vars(holder)[name] for name in attributes if name in vars(holder)}
    for name, value in attributes.items():
        setattr(holder, name, value)
    try:
        yield
    finally:
        for name in attributes:
            if name in before:
                setattr(holder, name, before[name])
            else:
                delattr(holder, name)


Hook = Callable[..., Any]


def _value(stage: str, hook: Hook, record: Record) -> Hook:
    """Note what a hook takes and gives."""

    @functools.wraps(hook)
    def noted(self: Method, thing: Any, *rest: Any) -> Any:
        if rest[-1].run != record.run:
            return hook(self, thing, *rest)
        took = state_of(thing)
        given = hook(self, thing, *rest)
        if stage == "adapt":
            record.in_place |= state_of(thing) != took
        record.note(stage, state_of(given), state_of(given) != took)
        return given

    return noted


def _call(stage: str, hook: Hook, record: Record) -> Hook:
    """Note what a wrapper is asked and answers, and what it asks of what it wraps."""

    @functools.wraps(hook)
    def noted(self: Method, inner: Hook, *rest: Any) -> Any:
        run = rest[-1].run
        if run != record.run:
            return hook(self, inner, *rest)
        calls: list[tuple[Any, str]] = []

        def inside(*args: Any, **options: Any) -> Any:
            asked = _asked(run, args, options)
            given = inner(*args, **options)
            calls.append((asked, state_of(given)))
            return given

        outer = hook(self, inside, *rest)

        def whole(*args: Any, **options: Any) -> Any:
            calls.clear()
            asked = _asked(run, args, options)
            given = outer(*args, **options)
            record.note(stage, state_of(given), calls != [(asked, state_of(given))])
            return given

        return whole

    return noted


def _asked(run: Run, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    fields = {f.name for f in dataclasses.fields(run.fit)}
    fit = {name: value for name, value in options.items() if name in fields}
    rest = {name: value for name, value in options.items() if name not in fields}
    return [*map(state_of, args)], replace(run.fit, **fit), rest


def _loss(stage: str, hook: Hook, record: Record) -> Hook:
    """Note whether a loss differs from the one it wraps, and what its terms move."""

    @functools.wraps(hook)
    def noted(self: Method, inner: Hook, *rest: Any) -> Any:
        import torch

        outer = hook(self, inner, *rest)
        if rest[-1].run != record.run:
            return outer
        plain: list[dict[str, float]] = []

        def before(model: Model, batch: Any) -> None:
            from isogloss.models.train.state import own_random_state

            with own_random_state(), torch.no_grad():
                plain.append(_values(inner(model, batch)))

        def after(terms: Any, model: Model) -> None:
            record.note(stage, content_hash(_values(terms)), _values(terms) != plain.pop())
            for name, moved in _moving(terms, model, outer).items():
                record.terms[name] = moved or record.terms.get(name, False)

        if isinstance(outer, torch.nn.Module):
            outer.register_forward_pre_hook(lambda _, args: before(*args))
            outer.register_forward_hook(lambda _, args, terms: after(terms, args[0]))
            return outer

        def whole(model: Model, batch: Any) -> Any:
            before(model, batch)
            terms = outer(model, batch)
            after(terms, model)
            return terms

        whole.__wrapped__ = outer  # type: ignore[attr-defined]
        return whole

    return noted


def _values(terms: Any) -> dict[str, float]:
    plain = {
        name: value.detach() if hasattr(value, "detach") else value for name, value in terms.items()
    }
    return {name: float(value) for name, value in plain.items()}


def _moving(terms: Any, model: Model, loss: Any) -> dict[str, bool]:
    """Tell which terms have a gradient on what is trained."""
    import torch

    from isogloss.models.train.loss import chain

    nets = [model.net, *(part for part in chain(loss) if isinstance(part, torch.nn.Module))]
    trained = [*{p for net in nets for p in net.parameters() if p.requires_grad}]
    found = {}
    for name, term in terms.items():
        found[name] = False
        if isinstance(term, torch.Tensor) and term.requires_grad:
            grads = torch.autograd.grad(term, trained, retain_graph=True, allow_unused=True)
            found[name] = any(grad is not None and bool(grad.any()) for grad in grads)
    return found


def state_of(thing: Any) -> str:
    """Hash what flows through the stages: a model, or examples and predictions."""
    return _model(thing) if hasattr(thing, "net") else content_hash(thing)


def _model(model: Model) -> str:
    """Hash a model: weights, what is trained, the modules, the head, the languages' tags."""
    net = model.net
    tensors = {name: (p.requires_grad, p) for name, p in net.named_parameters()}
    modules = [
        (name, type(m).__qualname__, len(m._forward_hooks), len(m._forward_pre_hooks),
         "forward" in vars(m))
        for name, m in net.named_modules()
    ]  # fmt: skip
    task = (model.task.prompt, model.task.template)
    words = model.tokenizer and len(model.tokenizer)
    kept = (words, model.tags, model.extras, model.note, model.additions)
    rest = (dict(net.named_buffers()), *kept, *task)
    return content_hash((tensors, modules, _head(model.head), *rest))


def _head(head: Any) -> Any:
    """Spell a head by its class and its settings, a head that it wraps among them."""
    settings = {
        name: _head(value) if hasattr(value, "collate") else value
        for name, value in vars(head).items()
        if name != "family"
    }
    return type(head).__module__, type(head).__qualname__, settings
