"""Carry a task across languages with multilingual pretrained models."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.material import TARGET, Reading
from isogloss.core.method import Context, Method
from isogloss.core.metric import Metric
from isogloss.core.run import Fit, Generate, Run
from isogloss.core.task import Supply, Task
from isogloss.core.types import Answer, Example, Prediction, Row

if TYPE_CHECKING:
    from isogloss.advise.forecast import forecast
    from isogloss.advise.rank import rank
    from isogloss.advise.similarity import similarity
    from isogloss.fidelity import measure_fidelity
    from isogloss.language.registry import find_language
    from isogloss.models.save import load
    from isogloss.run.evaluate import evaluate
    from isogloss.run.export import export
    from isogloss.run.use import answer, reopen
    from isogloss.store import Results
    from isogloss.study.grid import run_study
    from isogloss.study.plan import plan_study
    from isogloss.study.study import RecipeEntry, Study

__all__ = [
    "Answer",
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
    "RecipeEntry",
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
    "find_language",
    "forecast",
    "load",
    "measure_fidelity",
    "plan_study",
    "plugin",
    "rank",
    "reopen",
    "run_study",
    "similarity",
]

_LAZY = {
    "RecipeEntry": "isogloss.study.study",
    "Results": "isogloss.store",
    "Study": "isogloss.study.study",
    "answer": "isogloss.run.use",
    "evaluate": "isogloss.run.evaluate",
    "export": "isogloss.run.export",
    "find_language": "isogloss.language.registry",
    "forecast": "isogloss.advise.forecast",
    "load": "isogloss.models.save",
    "measure_fidelity": "isogloss.fidelity",
    "plan_study": "isogloss.study.plan",
    "rank": "isogloss.advise.rank",
    "reopen": "isogloss.run.use",
    "run_study": "isogloss.study.grid",
    "similarity": "isogloss.advise.similarity",
}


def __getattr__(name: str) -> Any:
    """Import what is heavy only when it is asked for."""
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'isogloss' has no attribute '{name}'")
