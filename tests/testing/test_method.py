"""The conformance of methods catches what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.testing import check_method

GOOD = '''
"""Leave out every other example."""

from __future__ import annotations

from dataclasses import dataclass

from isogloss import Method


@dataclass(frozen=True)
class Halve(Method):
    """Leave out every other example."""

    step: int = 2
    """Keep one of so many."""

    kinds = ("classify",)
    families = ("encoder",)
    cite = ""

    def data(self, train, ctx):
        """Take a part."""
        return train[:: self.step]
'''
ADAPT = '''
    def adapt(self, model, lang, ctx):
        """Forget."""
        import torch

        with torch.no_grad():
            for p in model.net.parameters():
                p.zero_()
        return model
'''
FROZEN = '''
    def model(self, model, ctx):
        """Add what is never used."""
        import torch

        model.net.idle = torch.nn.Linear(2, 2)
        return model
'''
IDLE = '''
    def loss(self, loss, model, ctx):
        """Own what is never used, and scale."""
        import torch
        from isogloss.models.train.loss import Term

        class Twice(Term):
            def __init__(self, inner):
                super().__init__(inner)
                self.idle, self.size = torch.nn.Linear(2, 2), torch.nn.Parameter(torch.ones(()))

            def forward(self, model, batch):
                terms = self.inner(model, batch)
                return {name: (1 + self.size) * value for name, value in terms.items()}

        return Twice(loss)
'''
CONSTANT = '''
    def loss(self, loss, model, ctx):
        """Add a number."""

        def added(model, batch):
            terms = loss(model, batch)
            return {**terms, "more": 0 * terms["task"] + 1}

        return added
'''
BARE = '''
    def loss(self, loss, model, ctx):
        """Wrap, and leave all as it is."""
        return lambda model, batch: loss(model, batch)
'''
HEAD = '''
    def model(self, model, ctx):
        """Answer with another head alone."""
        import dataclasses

        class Last(type(model.head)):
            pass

        return dataclasses.replace(model, head=Last(model.head.kind, model.head.family))
'''
COUNTS = '''
    def predict(self, predict, lang, ctx):
        """Answer the first time otherwise than the second."""
        from isogloss import Prediction

        def answer(test):
            TIMES.append(1)
            return [Prediction(e.id, ("odd", "even")[len(TIMES) % 2]) for e in test]

        return answer


TIMES = []
'''
TOGETHER = '''
    def predict(self, predict, lang, ctx):
        """Answer by the number of inputs."""
        from isogloss import Prediction

        return lambda test: [Prediction(e.id, ("odd", "even")[len(test) > 5]) for e in test]
'''


@pytest.fixture(autouse=True)
def _own_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})


def check(text: str, folder: Path) -> None:
    path = folder / "halve.py"
    path.write_text(text, encoding="utf-8")
    plugin.add(path)
    check_method("halve")


@pytest.mark.parametrize("more", ["", HEAD])
def test_a_good_method_passes(more: str, tmp_path: Path) -> None:
    check(GOOD.replace("    def data", f"{more}\n    def data"), tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('    """Keep one of so many."""\n', "", "no string beneath the fields step"),
        ("    cite = \"\"\n", "", "cites nothing"),
        ("step: int", "parts: int", "hide what Method has"),
        ("frozen=True", "frozen=False", "frozen"),
        ('class Halve(Method):\n    """Leave out every other example."""',
         'class Halve(Method):\n    """Leave out"""', "no sentence"),
        ('kinds = ("classify",)', 'kinds = ("classes",)', "kinds are among"),
        ("from dataclasses", "import torch\nfrom dataclasses", "import torch inside"),
        ("return train[:: self.step]", "return train", "its data stage changes nothing"),
        ("return train[:: self.step]", "return train + ctx.labels('sw', 2)",
         "uses target_labels without declaring it"),
        ('cite = ""', 'cite = ""\n    needs = ("target_text",)', "never asks for it"),
        ("return train[:: self.step]", "import random\n        return random.sample(train, 9)",
         "its data stage differs at one seed"),
        ("step: int = 2", "step: int", "set `example`"),
        ("    def data", f"{ADAPT}\n    def data", "adapt has to change a copy"),
        ("    def data", f"{FROZEN}\n    def data", "without gradient"),
        ("    def data", f"{TOGETHER}\n    def data", "declare the need 'test_inputs'"),
        ("    def data", f"{CONSTANT}\n    def data", "terms of the loss without gradient: more"),
        ("    def data", f"{IDLE}\n    def data", "without gradient: .'one of the loss"),
        ("    def data", f"{BARE}\n    def data", "its loss stage changes nothing"),
        ("        return train[:: self.step]\n", f"        return train[::2]\n{COUNTS}",
         "opened again, it gives other answers"),
        ("return train[:: self.step]", "return train + ctx._access.task.load('sw', 'test', None)",
         "takes test of sw past the context"),
        ("return train[:: self.step]", "ctx.task.supply.gives['text']('sw'); return train[::2]",
         "reaches for the data of toy_classify beside the context"),
    ],
)  # fmt: skip
def test_a_bad_one_fails(old: str, new: str, error: str, tmp_path: Path) -> None:
    assert old in GOOD
    with pytest.raises(Exception, match=error):
        check(GOOD.replace(old, new), tmp_path)
