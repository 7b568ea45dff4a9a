"""Recipes with slots stand for many."""

from __future__ import annotations

from typing import Any

import pytest

from isogloss.core.errors import Errors, IsoglossError
from isogloss.study.expand import expand
from isogloss.study.study import Study


def read(recipes: dict[str, Any]) -> Study:
    return Study.of({"tasks": ["verbalise"], "models": ["mini/mt5"], "recipes": recipes})


def test_every_combination_is_an_arm() -> None:
    recipe = "lora() + shots(k={k}, draw={draw})"
    found = read({"full": "", "few": {"recipe": recipe, "k": [0, 4], "draw": [0, 1], "lr": [1e-3]}})
    assert list(found.recipes) == [
        "full", "few k=0 draw=0", "few k=0 draw=1", "few k=4 draw=0", "few k=4 draw=1",
    ]  # fmt: skip
    assert found.recipes["few k=4 draw=1"].recipe == "lora() + shots(k=4, draw=1)"
    assert found.recipes["few k=4 draw=1"].lr == (1e-3,)


def test_values_are_spelled_as_literals() -> None:
    found = expand("mix", {"recipe": "mix_in(langs={langs})", "langs": [["sw"], ["th", "fr"]]})
    assert [entry["recipe"] for entry in found.values()] == [
        "mix_in(langs=['sw'])",
        "mix_in(langs=['th', 'fr'])",
    ]


def test_what_has_no_slots_stays() -> None:
    assert expand("full", "") == {"full": ""}
    assert expand("odd", 3) == {"odd": 3}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"recipe": "shots(k={n})", "k": [1]}, "unknown slot of recipe few: 'n'"),
        ("shots(k={k})", "unknown slot of recipe few: 'k'"),
        ({"recipe": "shots(k={k})", "k": 4}, "k is no list of values"),
        ({"recipe": "shots(k={k})", "k": []}, "k is no list of values"),
    ],
)
def test_a_slot_needs_its_list(value: Any, says: str) -> None:
    with pytest.raises(IsoglossError, match=says):
        expand("few", value)
    with pytest.raises(Errors, match=says):
        read({"few": value})


def test_a_key_that_is_no_slot_is_an_error() -> None:
    with pytest.raises(Errors, match="unknown key of recipe few k=1: 'draw'"):
        read({"few": {"recipe": "shots(k={k})", "k": [1], "draw": [0]}})


def test_one_line_stands_for_so_many_recipes() -> None:
    table = {"recipe": "shots(k={k}, draw={draw})", "k": [*range(200)], "draw": [*range(200)]}
    with pytest.raises(IsoglossError, match="stands for 40000 recipes"):
        expand("ladder", table)
