"""A sheet for annotators as one HTML page that works without a network."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from isogloss.fidelity.annotate import COLUMNS, Sheet
from isogloss.language.registry import find_language

HERE = Path(__file__).parent


def page(sheet: Sheet, name: str) -> str:
    """Draw the page: codes and texts alone, nothing of the key.

    Args:
        sheet: what is judged.
        name: the file that the page offers for download starts so.
    """
    found = find_language(sheet.lang)
    items = [
        {"code": line.code, "input": one.input, "text": one.text}
        for line, one in zip(sheet.lines, sheet.texts, strict=True)
    ]
    content = {"sheet": sheet.name, "name": name, "columns": COLUMNS, "items": items}
    # no text may end the script element or open a comment in it
    data = json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
    return _template().render(lang=found.code, language=found.name, data=Markup(data))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("sheet.html")
