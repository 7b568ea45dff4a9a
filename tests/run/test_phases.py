"""A run of two phases that is killed between them, or within, ends as an undisturbed one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.method import Context, Loss, Method, Train
from isogloss.core.run import Fit, Run
from isogloss.core.task import Task
from isogloss.run.pipeline import Setting, access, trained
from isogloss.store import Store


@dataclass(frozen=True)
class Remember(Method):
    """Keep a queue, a scale and a batch norm over two phases, and die where told."""

    dies: ClassVar[list[tuple[int, int]]] = []
    """(phase, step) at which to die; step 0 is before the phase."""

    def model(self, model: Any, ctx: Context) -> Any:
        """Put a batch norm behind the classifier's inputs."""
        from torch import nn

        table = model.net.get_input_embeddings()
        norm = nn.BatchNorm1d(table.weight.shape[1], affine=False)
        model.net.add_module("norm", norm)
        table.register_forward_hook(lambda _, args, out: out + norm(out.flatten(0, 1)).view_as(out))
        return model

    def loss(self, loss: Loss, model: Any, ctx: Context) -> Loss:
        """Scale the loss, by what earlier ones were too."""
        import torch
        from torch import nn

        from isogloss.models.train.loss import Term

        class Queue(Term):
            phase = 0

            def __init__(self) -> None:
                super().__init__(loss)
                self.scale = nn.Parameter(torch.rand(()))
                self.queue = nn.Buffer(torch.ones(1))

            def forward(self, model: Any, batch: Any) -> Any:
                if (self.phase, batch.step) in Remember.dies:
                    Remember.dies.clear()
                    raise KeyboardInterrupt
                terms = self.inner(model, batch)
                self.note(terms["task"].detach())
                return {"task": terms["task"] * (1 + self.scale * self.queue.mean())}

            def stepped(self, noted: list[Any]) -> None:
                self.queue = torch.cat([self.queue, torch.stack(noted)])[-4:]

        model.extras["queue"] = Queue()
        return model.extras["queue"]

    def train(self, train: Train, ctx: Context) -> Train:
        """Train twice."""

        def twice(model: Any, examples: Any) -> Any:
            for phase in (1, 2):
                if (phase, 0) in Remember.dies:
                    Remember.dies.clear()
                    raise KeyboardInterrupt
                model.extras["queue"].phase = phase
                model = train(model, examples)
            return model

        return twice


@dataclass(frozen=True)
class Careless(Method):
    """Wrap the loss in a function that says nothing of it."""

    def loss(self, loss: Loss, model: Any, ctx: Context) -> Loss:
        """Hide the loss."""
        return lambda model, batch: loss(model, batch)


@pytest.fixture(autouse=True)
def methods(monkeypatch: pytest.MonkeyPatch) -> None:
    for cls in (Remember, Careless):
        monkeypatch.setitem(plugin._added["method"], cls.__name__.lower(), cls)


def run(model: str, out: Path, recipe: str = "remember()") -> Any:
    """Train, and give all that training moves in the network and in the loss."""
    from isogloss.models.train import state

    fit = Fit(steps=4, batch=4, lr=1e-2, snapshots=2)
    found = Run("small", model, sources=("en",), recipe=recipe, fit=fit)
    setting = Setting(Store(out), Machine(save_every=0.0, progress=False), {})
    made = trained(found, access(found, setting), setting)
    return {**state.moving(made.net), **state.lasting(made.extras["queue"])}


@pytest.mark.parametrize(
    "dies", [[(2, 0)], [(1, 2)], [(2, 3)], []], ids=["between", "first", "second", "never"]
)
def test_ends_as_if_undisturbed(
    small: Task, tiny_xlmr: str, tmp_path: Path, dies: list[tuple[int, int]]
) -> None:
    import torch

    plain = run(tiny_xlmr, tmp_path / "plain")
    Remember.dies[:] = dies
    if dies:
        with pytest.raises(KeyboardInterrupt):
            run(tiny_xlmr, tmp_path / "killed")
    again = run(tiny_xlmr, tmp_path / ("killed" if dies else "plain"))
    assert {"scale", "queue", "norm.running_mean"} <= again.keys()
    assert plain["norm.num_batches_tracked"] == 8
    assert len(plain["queue"]) == 4
    assert [name for name, value in plain.items() if not torch.equal(value, again[name])] == []


def test_a_method_that_loses_a_term_is_refused(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match="careless wraps a loss and loses sight of Queue"):
        run(tiny_xlmr, tmp_path, "remember() + careless()")
    assert not list(tmp_path.glob("weights/*/phase-*"))
