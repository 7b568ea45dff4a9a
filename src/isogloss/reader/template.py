"""Read a template from plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isogloss.core.field import build
from isogloss.core.template import Template
from isogloss.language.registry import canonical


def read(name: str, values: Mapping[str, Any]) -> Template:
    """Make a template of plain values, as a study or a recipe has them.

    Args:
        name: what it is called in messages.
        values: its fields; an instruction without languages is one text for all.

    Raises:
        IsoglossError: an unknown field or language, or a value of another type.
    """
    given = dict(values)
    if isinstance(given.get("instruction"), str):
        given["instruction"] = {"": given["instruction"]}
    for field in ("instruction", "labels"):
        if isinstance(given.get(field), Mapping):
            given[field] = {_language(lang): each for lang, each in given[field].items()}
    if isinstance(given.get("lang"), str):
        given["lang"] = _language(given["lang"])
    template: Template = build(Template, name, given)
    return template


def _language(lang: str) -> str:
    return canonical(lang) if lang else ""
