"""Write many recipes of a study in one line: `shots(k={k})` with `k = [1, 4, 16]`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from isogloss.core.errors import IsoglossError, unknown

SLOT = re.compile(r"\{(\w+)\}")
MOST = 10_000
"""Recipes that one line may stand for."""


def expand(name: str, value: Any) -> dict[str, Any]:
    """Fill the slots of a recipe with every combination of the lists beside it.

    Args:
        name: the recipe's name in the study.
        value: what stands under it: a recipe, or a table of one with its settings.

    Returns:
        Name -> the same without slots: `ladder k=4 draw=0` and so on; what has no
        slots as it came.

    Raises:
        IsoglossError: no list for a slot.
    """
    table: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {"recipe": value}
    recipe = table.pop("recipe", "")
    slots = list(dict.fromkeys(SLOT.findall(recipe))) if isinstance(recipe, str) else []
    if not slots:
        return {name: value}
    for slot in slots:
        if slot not in table:
            raise unknown(f"slot of recipe {name}:", slot, table)
        if not isinstance(table[slot], list) or not table[slot]:
            hint = f"write {slot} = [1, 2]"
            raise IsoglossError(f"recipe {name}: {slot} is no list of values", hint)
    lists = [table.pop(slot) for slot in slots]
    if (count := math.prod(map(len, lists))) > MOST:
        raise IsoglossError(f"recipe {name} stands for {count} recipes", f"{MOST} are allowed")
    found = {}
    for values in product(*lists):
        text = recipe
        for slot, chosen in zip(slots, values, strict=True):
            text = text.replace(f"{{{slot}}}", repr(chosen))
        pairs = zip(slots, values, strict=True)
        label = " ".join([name, *(f"{slot}={chosen}" for slot, chosen in pairs)])
        found[label] = {"recipe": text, **table}
    return found
