"""Leave the pretrained model as it is, as a reference for what training adds."""

from __future__ import annotations

from dataclasses import dataclass

from isogloss.core.input import ANY
from isogloss.core.method import Context, Method, Train, untrained


@dataclass(frozen=True)
class Untouched(Method):
    """Leave the pretrained model as it is, as a reference for what training adds."""

    trains = False
    inputs = ANY
    cite = ""

    def train(self, train: Train, ctx: Context) -> Train:
        """Return the model as it came."""
        return untrained
