"""Recipes are read without evaluating anything, and every error is shown."""

from __future__ import annotations

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.plugin import method
from isogloss.core.recipe import Recipe, field_docs, parse


def test_empty_is_plain_finetuning() -> None:
    assert parse("  ") == Recipe()
    assert str(parse("")) == ""


def test_spelling_gives_itself_back() -> None:
    text = "mix_in(langs=['sw'], share=0.02) + lora(r=4)"
    assert parse(str(parse(text))) == parse(text)
    assert str(parse("lora( r = 4 )")) == "lora(r=4)"


def test_lists_become_tuples_and_integers_floats() -> None:
    method = parse("mix_in(langs=['sw'], share=1)").methods[0]
    assert method.settings()["langs"] == ("sw",)
    assert isinstance(method.settings()["share"], float)


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
    ],
)
def test_bad_recipes_say_why(text: str, says: str) -> None:
    with pytest.raises(IsoglossError) as error:
        parse(text)
    assert says in str(error.value)


def test_all_errors_at_once() -> None:
    with pytest.raises(IsoglossError) as error:
        parse("lorra() + adaptor() + lora(rank=1)")
    assert "3 errors" in str(error.value)


def test_field_docs_are_read_from_the_source() -> None:
    docs = field_docs(method("lora"))
    assert docs["r"]
