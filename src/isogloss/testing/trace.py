"""Fold a recipe over a tiny backbone and a toy task, and note what each stage gave."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from isogloss.core.machine import Machine
from isogloss.core.method import Method
from isogloss.core.run import Fit, Generate, Run
from isogloss.core.types import Example, Prediction
from isogloss.run.context import Access
from isogloss.testing import tiny, toy

MACHINE = Machine(device="cpu", progress=False)
FIT = Fit(steps=2, batch=4, lr=1e-2, snapshots=2, max_source=256)
GENERATE = Generate(max_tokens=6)


@dataclass
class Watched(Access):
    """A context that notes the supervision asked of it."""

    asked: set[str] = field(default_factory=set)

    def _declared(self, need: str) -> None:
        self.asked.add(need)
        super()._declared(need)


@dataclass
class Trace:
    """What each stage gave, as values that can be compared."""

    data: list[Example]
    model: str
    """The network after the model stage: which weights, which of them trained."""
    fresh: set[str]
    """Names of trained parameters."""
    moved: set[str]
    """Those that received a gradient."""
    loss: dict[str, float]
    train: str
    weights: str
    adapt: str
    predict: list[Prediction]
    inputs: list[Example]
    """What the innermost prediction was asked."""
    adapted_in_place: bool
    asked: set[str]


@contextmanager
def context(
    kind: str, architecture: str, method: Method | None = None, sources: int = 1
) -> Iterator[Watched]:
    """Give the context of a run of the toy task on a tiny backbone, at seed 0.

    It has as many sources as the method takes at least, or as are asked for.
    """
    from isogloss.core.recipe import spell
    from isogloss.models.fit import fit
    from isogloss.models.predict import predict

    folder = Path(tempfile.mkdtemp(prefix="isogloss-trace-"))
    run = Run(
        task=f"toy_{kind}",
        model=str(tiny.backbone(architecture)),
        sources=toy.LANGS[: method.least_sources if method else sources],
        recipe=spell(method) if method else "",
        fit=FIT,
        generate=GENERATE,
    )

    def loop(model: Any, examples: Sequence[Example], **options: Any) -> Any:
        return fit(model, examples, fit=replace(FIT, **options), seed=run.seed, machine=MACHINE)

    def answer(model: Any, examples: Sequence[Example]) -> list[Prediction]:
        return predict(model, examples, fit=FIT, generate=GENERATE, machine=MACHINE, limit=None)

    ctx = Watched(run, toy.task(kind), MACHINE, folder, loops={"fit": loop, "predict": answer})
    ctx.trained = lambda part: _part(part, ctx)
    if method:
        ctx.allowed, ctx.offered = tuple(method.needed()), method.parts(run)
        ctx.asking = run.recipe.partition("(")[0]
    try:
        yield ctx
    finally:
        shutil.rmtree(folder)


def _part(run: Run, ctx: Watched) -> Any:
    """Train a run that a method asks for as its part."""
    from isogloss.models.load import build
    from isogloss.run.pipeline import fold as staged

    own, methods = replace(ctx, run=run), run.parsed.methods
    data = staged("data", _gold(own), own, methods)
    model = build(run.model, ctx.task, fit=run.fit, seed=run.seed, machine=MACHINE)
    train = staged("train", ctx.loops["fit"], own, methods)
    return train(staged("model", model, own, methods), data)


def _gold(ctx: Watched) -> list[Example]:
    """Give the training examples of all sources."""
    return [each for lang in ctx.sources for each in toy.load(ctx.task.kind, lang, "train")]


def trace(
    kind: str,
    architecture: str,
    method: Method | None = None,
    sources: int = 1,
    tested: int | None = None,
) -> Trace:
    """Fold one method, or none, through all seven stages; test on the first so many inputs."""
    with context(kind, architecture, method, sources) as ctx:
        return fold(ctx, method or Method(), tested)


def fold(ctx: Watched, method: Method, tested: int | None = None) -> Trace:
    """Take a method through the stages in their order."""
    import torch

    from isogloss.models.fit import fit, plain_loss
    from isogloss.models.load import build

    run = ctx.run
    data = method.data(_gold(ctx), ctx)
    torch.manual_seed(run.seed)
    model = method.model(build(run.model, ctx.task, fit=FIT, seed=run.seed, machine=MACHINE), ctx)
    after_model = f"{digest(model.net)} {model.tags} {model.extras}"
    loss = method.loss(plain_loss(FIT), model, ctx)
    terms, fresh, moved = _gradients(model, data, loss)
    phases = iter(range(1, 100))

    def innermost(model: Any, examples: Sequence[Example], **options: Any) -> Any:
        folder = ctx.folder / f"phase-{next(phases)}"
        settings = replace(FIT, **options)
        return fit(
            model, examples, fit=settings, seed=run.seed, machine=MACHINE, folder=folder, loss=loss
        )

    model = method.train(innermost, ctx)(model, data)
    after_train = digest(model.net)
    model = method.weights(model, ctx)
    after_weights = digest(model.net)
    adapted = method.adapt(model, toy.TARGET, ctx)
    inputs: list[Example] = []

    def asked(examples: Sequence[Example]) -> list[Prediction]:
        inputs.extend(examples)
        return ctx.predict(adapted, examples)

    test = [replace(e, target=None) for e in toy.load(ctx.task.kind, toy.TARGET, "test")]
    predictions = method.predict(asked, toy.TARGET, ctx)(test[:tested])
    return Trace(
        data, after_model, fresh, moved, terms, after_train, after_weights, digest(adapted.net),
        predictions, inputs, digest(model.net) != after_weights, ctx.asked,
    )  # fmt: skip


def _gradients(
    model: Any, examples: Sequence[Example], loss: Any
) -> tuple[dict[str, float], set[str], set[str]]:
    """Take the loss of the last examples, which a method may have added, and its gradient."""
    import torch

    items = model.head.encode(model, examples[-6:], FIT, train=True)
    batch = model.head.collate(model, items, train=True)
    batch.examples = [examples[-6:][item.index] for item in items]
    torch.manual_seed(0)
    model.net.train()
    terms = loss(model, batch)
    trained = {name: p for name, p in model.net.named_parameters() if p.requires_grad}
    if trained:
        sum(terms.values()).backward()
    moved = {name for name, p in trained.items() if p.grad is not None}
    model.net.zero_grad(set_to_none=True)
    return {name: float(value.detach()) for name, value in terms.items()}, set(trained), moved


def digest(net: Any) -> str:
    """Hash a network's weights, their names, and which of them are trained."""
    found = hashlib.sha256()
    for name, p in net.named_parameters():
        found.update(f"{name} {p.requires_grad} ".encode())
        found.update(p.detach().cpu().numpy().tobytes())
    return found.hexdigest()
