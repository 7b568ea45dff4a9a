"""Train as test_fit's single process does, but under `accelerate launch`."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import tiny
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.models.load import build
from isogloss.models.train.fit import fit
from isogloss.models.train.loss import Term, plain_loss

TASK = Task("1", "generate", ("en",), lambda *_: [], ("exact_match",), name="echo")


class Beside(Term):
    """Learns three examples of its own beside those of each update."""

    def extra(self, seed: int, step: int) -> list[Example]:
        """Draw as many words as the step says."""
        return [
            Example(str(n), "en", {"text": "to after in"}, "to " * (step + n)) for n in (1, 2, 3)
        ]

    def forward(self, model: Any, batch: Any) -> Any:
        """Learn them as the head does."""
        more = batch.extras.get(self)
        terms = self.inner(model, batch)
        return {**terms, "more": model.head.loss(model.net, more)["task"]} if more else terms


def main(checkpoint: str, folder: str) -> None:
    rng = random.Random(0)
    words = tiny._WORDS["en"].split()
    examples = []
    for i in range(120):
        text = rng.choices(words, k=max(1, min(20, int(rng.lognormvariate(1.5, 0.7)))))
        examples.append(Example(str(i), "en", {"text": " ".join(text)}, " ".join(text[::2])))
    settings = Fit(steps=12, batch=8, lr=3e-3, snapshots=2, dropout=0.0)
    machine = Machine(device="cpu")
    fit(
        build(checkpoint, TASK),
        examples,
        fit=settings,
        seed=0,
        machine=machine,
        folder=Path(folder),
        loss=Beside(plain_loss(settings)),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
