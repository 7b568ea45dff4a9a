"""Recipes are read without evaluating anything, and every error is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import Recipe, field_docs, parse
from isogloss.plugin import method


def test_empty_is_plain_finetuning() -> None:
    assert parse("  ") == Recipe()
    assert str(parse("")) == ""


def test_spelling_gives_itself_back() -> None:
    text = "mix_in(langs=['sw'], share=0.02) + lora(r=4)"
    assert parse(str(parse(text))) == parse(text)
    assert str(parse("lora( r = 4 )")) == "lora(r=4)"


@pytest.mark.parametrize("share", [np.float64(0.1), np.ones(9000), object()])
def test_what_no_recipe_can_say_is_refused(share: Any) -> None:
    made = replace(parse("mix_in(langs=['sw'])").methods[0], share=share)
    with pytest.raises(IsoglossError, match=r"which no recipe can say.*"):
        str(Recipe((made,)))


def test_lists_become_tuples_and_integers_floats() -> None:
    method = parse("mix(ratio=[1, 3], temperature=2)").methods[0]
    assert method.settings()["ratio"] == (1.0, 3.0)
    assert isinstance(method.settings()["temperature"], float)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lorra()", "did you mean 'lora'"),
        ("lora(rank=4)", "unknown argument of lora"),
        ("lora(r='x')", "lora: r must be an integer"),
        ("lora(r=True)", "lora: r must be an integer"),
        ("lora(4)", "arguments need names"),
        ("lora() * 2", "joined by +"),
        ("lora(", "can't be read"),
        ("lora(**{})", "** is not allowed"),
        ("lora(r=__import__('os'))", "no literal"),
        ("3", "is no method"),
        ("lora(r={{}})", "r is no literal: '{{}}'"),
        ("lora(r={{}: 1})", "no literal"),
        ("lora(r=1, r=2)", "r stands there twice"),
        ("lora()" + " + lora()" * 4999, "characters"),
        ("lora()" + "+lora" * 3000, "joins too much: 3000 signs"),
        (f"lora(r={'-' * 5000}1)", "joins too much: 5000 signs"),
        (f"lora(r={'-' * 150}1)", "no literal"),
        (f"lora(r={'9' * 400})", "a number of 400 characters"),
        (f"lora(r={2**63})", "write a number below 2^63"),
        (f"lora(r={'[' * 9}{']' * 9})", "10 brackets in each other"),
        (f"{'not ' * 3000}1", "can't be read"),
        (f"{'a if ' * 900}", "can't be read"),
        ("lora(r=\ud800)", "half a character"),
        ("shots(k='\ud800')", "half a character"),
        ("tag(\0)", "can't be read"),
        ("lora(dropout=1e999)", "dropout must be a number"),
        ("lora(dropout=nan)", "dropout is no literal: 'nan'"),
        ("lora(r=1j)", "must be an integer"),
    ],
)
def test_bad_recipes_say_why(text: str, says: str) -> None:
    with pytest.raises(IsoglossError) as error:
        parse(text)
    assert says in str(error.value)


@pytest.mark.parametrize("yes", ["True", "true"])
def test_true_is_spelled_either_way(yes: str) -> None:
    assert parse(f"prompt_tuning(deep={yes})").methods[0].settings()["deep"] is True
    assert parse(f"prompt_tuning(deep={yes})") == parse("prompt_tuning(deep=True)")
    assert str(parse(f"prompt_tuning(deep={yes})")) == "prompt_tuning(deep=True)"
    assert parse("lora(start=null)") == parse("lora(start=None)") == parse("lora()")


def test_two_hundred_methods_are_read() -> None:
    assert len(parse(" + ".join(["lora()"] * 200)).methods) == 200


def test_all_errors_at_once() -> None:
    with pytest.raises(IsoglossError) as error:
        parse("lorra() + adaptor() + lora(rank=1)")
    assert "3 errors" in str(error.value)


def test_field_docs_are_read_from_the_source() -> None:
    docs = field_docs(method("lora"))
    assert docs["r"]
