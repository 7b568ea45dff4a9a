"""Carry a task across languages with multilingual pretrained models."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.material import TARGET, Reading
from isogloss.core.method import Context, Method
from isogloss.core.metric import Metric
from isogloss.core.run import Fit, Generate, Run
from isogloss.core.task import Supply, Task
from isogloss.core.types import Answer, Example, Prediction, Row

if TYPE_CHECKING:
    from isogloss.data.language import language
    from isogloss.metrics.fidelity import fidelity
    from isogloss.models.load import load
    from isogloss.run.answer import answer, reopen
    from isogloss.run.export import export
    from isogloss.run.forecast import forecast
    from isogloss.run.outside import evaluate
    from isogloss.run.rank import rank
    from isogloss.run.similarity import similarity
    from isogloss.run.study import Arm, Study
    from isogloss.store import Results

__all__ = [
    "Answer",
    "Arm",
    "Context",
    "Example",
    "Fit",
    "Generate",
    "IsoglossError",
    "Machine",
    "Method",
    "Metric",
    "Prediction",
    "Reading",
    "Results",
    "Row",
    "Run",
    "Study",
    "Supply",
    "TARGET",
    "Task",
    "answer",
    "evaluate",
    "export",
    "fidelity",
    "forecast",
    "language",
    "load",
    "rank",
    "reopen",
    "similarity",
]

_LAZY = {
    "Arm": "isogloss.run.study",
    "Results": "isogloss.store",
    "Study": "isogloss.run.study",
    "answer": "isogloss.run.answer",
    "evaluate": "isogloss.run.outside",
    "export": "isogloss.run.export",
    "fidelity": "isogloss.metrics.fidelity",
    "forecast": "isogloss.run.forecast",
    "language": "isogloss.data.language",
    "load": "isogloss.models.load",
    "rank": "isogloss.run.rank",
    "reopen": "isogloss.run.answer",
    "similarity": "isogloss.run.similarity",
}


def __getattr__(name: str) -> Any:
    """Import what is heavy only when it is asked for."""
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'isogloss' has no attribute '{name}'")
