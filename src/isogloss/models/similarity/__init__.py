"""How alike a pretrained model finds languages, and how well it knows a text.

``likeness`` and ``memory`` are all that others need.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isogloss.models.similarity.compare import likeness
    from isogloss.models.similarity.fill import memory

__all__ = ["likeness", "memory"]

_PLACES = {"likeness": "compare", "memory": "fill"}


def __getattr__(name: str) -> Any:
    """Import torch only when something here is used."""
    if name in _PLACES:
        module = importlib.import_module(f"isogloss.models.similarity.{_PLACES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module 'isogloss.models.similarity' has no attribute '{name}'")
