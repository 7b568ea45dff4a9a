"""Loading, heads, the one training loop and the one inference loop.

``fit``, ``predict`` and ``backbone`` are imported from the modules of their names.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isogloss.models.backbone import Backbone
    from isogloss.models.fit import load_snapshot, snapshots
    from isogloss.models.load import build, load
    from isogloss.models.model import Model
    from isogloss.models.save import export

__all__ = [
    "Backbone",
    "Model",
    "build",
    "export",
    "load",
    "load_snapshot",
    "snapshots",
]

_PLACES = {
    "Backbone": "backbone",
    "Model": "model",
    "build": "load",
    "export": "save",
    "load": "load",
    "load_snapshot": "fit",
    "snapshots": "fit",
}


def __getattr__(name: str) -> Any:
    """Import torch only when something here is used."""
    if name in _PLACES:
        module = importlib.import_module(f"isogloss.models.{_PLACES[name]}")
        value = globals()[name] = getattr(module, name)
        return value
    raise AttributeError(f"module 'isogloss.models' has no attribute '{name}'")
