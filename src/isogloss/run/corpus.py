"""Read a user's corpus, split as a backbone would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isogloss.relation.statistic import Profile


def described(corpus: str | Path, backbone: str = "") -> dict[str, Profile]:
    """Describe a corpus by language, with the backbone's tokens where one is named."""
    from isogloss.relation.statistic import profiles

    if not backbone:
        return profiles(Path(corpus))
    from isogloss.models.pieces import pieces

    return profiles(Path(corpus), pieces(backbone))
