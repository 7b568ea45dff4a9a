"""Carry a task across languages with multilingual pretrained models."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError
from isogloss.core.method import Context, Method
from isogloss.core.metric import Metric
from isogloss.core.run import Fit, Generate, Run
from isogloss.core.task import Supply, Task
from isogloss.core.types import Answer, Example, Prediction, Row

if TYPE_CHECKING:
    from isogloss.data.language import language
    from isogloss.metrics.fidelity import fidelity
    from isogloss.models.load import load
    from isogloss.run.forecast import forecast
    from isogloss.run.rank import rank
    from isogloss.run.similarity import similarity
    from isogloss.run.study import Study
    from isogloss.store import Results

__all__ = [
    "Answer",
    "Context",
    "Example",
    "Fit",
    "Generate",
    "IsoglossError",
    "Method",
    "Metric",
    "Prediction",
    "Results",
    "Row",
    "Run",
    "Study",
    "Supply",
    "Task",
    "fidelity",
    "forecast",
    "language",
    "load",
    "rank",
    "similarity",
]

_LAZY = {
    "Results": "isogloss.store",
    "Study": "isogloss.run.study",
    "fidelity": "isogloss.metrics.fidelity",
    "forecast": "isogloss.run.forecast",
    "language": "isogloss.data.language",
    "load": "isogloss.models.load",
    "rank": "isogloss.run.rank",
    "similarity": "isogloss.run.similarity",
}


def __getattr__(name: str) -> Any:
    """Import what is heavy only when it is asked for."""
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'isogloss' has no attribute '{name}'")
