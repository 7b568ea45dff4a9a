"""Whole examples are translated field by field, each distinct text once."""

from __future__ import annotations

from collections.abc import Sequence

from isogloss.core.types import Example
from isogloss.material.translation import translate_examples

ASKED: list[tuple[list[str], str, str]] = []


def translate(texts: Sequence[str], source: str, target: str) -> list[str]:
    ASKED.append((list(texts), source, target))
    return [f"{text}[{source}>{target}]" for text in texts]


def test_fields_lists_and_targets() -> None:
    ASKED.clear()
    examples = [
        Example("a", "de", {"text": "x", "options": ("x", "y")}, "z"),
        Example("b", "de", {"text": "x", "pair": "y"}, "y", langs={"pair": "ru"}),
    ]
    one, two = translate_examples(examples, "en", translate, targets=True)
    assert one.inputs == {"text": "x[de>en]", "options": ("x[de>en]", "y[de>en]")}
    assert (one.target, one.lang, one.id) == ("z[de>en]", "en", "a")
    assert two.inputs == {"text": "x[de>en]", "pair": "y[ru>en]"}
    assert (two.target, two.langs) == ("y[de>en]", {})
    assert ASKED == [(["x", "y", "z"], "de", "en"), (["y"], "ru", "en")]


def test_what_is_there_already_is_not_asked_for() -> None:
    ASKED.clear()
    example = Example("a", "en", {"text": "x"}, "label")
    assert translate_examples([example], "en", translate) == [example]
    assert ASKED == []
