"""Loading, heads, the one training loop and the one inference loop.

``fit``, ``predict``, ``load`` and ``backbone`` are imported from the modules of their names.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isogloss.models.family.backbone import Backbone
    from isogloss.models.load import build
    from isogloss.models.model import Model
    from isogloss.models.save import export
    from isogloss.models.train.fit import load_snapshot, snapshots

__all__ = [
    "Backbone",
    "Model",
    "build",
    "export",
    "load_snapshot",
    "snapshots",
]

_PLACES = {
    "Backbone": "family.backbone",
    "Model": "model",
    "build": "load",
    "export": "save",
    "load_snapshot": "train.fit",
    "snapshots": "train.fit",
}


def __getattr__(name: str) -> Any:
    """Import torch only when something here is used."""
    if name in _PLACES:
        return getattr(importlib.import_module(f"isogloss.models.{_PLACES[name]}"), name)
    raise AttributeError(f"module 'isogloss.models' has no attribute '{name}'")
