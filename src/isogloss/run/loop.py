"""The inference loop bound to a run, and how long its answers may get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Run
from isogloss.core.types import Example, Prediction
from isogloss.run.keep import kept

if TYPE_CHECKING:
    from isogloss.models.model import Model


def limiting(run: Run, folder: Path, gold: Callable[[], Sequence[Example]]) -> Callable[..., Any]:
    """Give the function that says how long the answers to some examples may get.

    Args:
        run: whose answers.
        folder: of its training, where the sources' lengths are kept.
        gold: gives the sources' training data, where they are not yet measured.
    """
    from isogloss.models.decode.limit import Measure, limits, measure

    source: Measure | None = None

    def measured(model: Model) -> tuple[Any, ...]:
        train = gold()
        if not train:
            raise IsoglossError(
                f"how long answers may be follows from the training data of {run.task}, "
                "and they are gone",
                "put them back, or set max_tokens in [generate] and run the study again",
            )
        return astuple(measure(model, train, run.fit))

    def limit(model: Model, examples: Sequence[Example]) -> Any:
        nonlocal source
        if not model.family.writes or run.generate.max_tokens is not None:
            return None
        if source is None:
            source = Measure(*kept(folder, "lengths", lambda: measured(model)))
        return limits(model, source, examples, run.fit)

    return limit


def answering(run: Run, machine: Machine, limit: Callable[..., Any]) -> Callable[..., Any]:
    """Give the inference loop, with the run's settings and length limits.

    See ``core.method.Predict`` for its options.
    """
    from isogloss.models.decode.predict import predict
    from isogloss.models.head import head_for

    def answer(
        model: Model, examples: Sequence[Example], *, head: str = "", seed: int = 0, **options: Any
    ) -> list[Prediction]:
        asked = model
        if head:
            asked = replace(model, head=model.head.around(head_for(head, model.family.name)))
        generate = replace(run.generate, **options)
        return predict(
            asked,
            examples,
            fit=run.fit,
            generate=generate,
            machine=machine,
            limit=None if generate.max_tokens else limit(model, examples),
            seed=seed,
        )

    return answer
