"""What is wrong comes with what to do: a hint says how, not that something is to be mended."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import Any

import pytest

import isogloss
from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.field import _hints, example, fit_type
from isogloss.core.run import Fit, Generate
from isogloss.study.study import ARM, Study

SOURCE = Path(isogloss.__file__).parent
CLASSES: tuple[Any, ...] = (Fit, Generate, *map(plugin.method, plugin.names("method")))


def types(cls: Any) -> list[Any]:
    """List the types of a dataclass's fields."""
    hints = _hints(cls, True)
    return [hints[field.name] for field in dataclasses.fields(cls)]


TYPES: list[Any] = [*ARM.values(), *(hint for cls in CLASSES for hint in types(cls))]


def test_no_hint_says_mend() -> None:
    vague = ("mend", "fix", "repair")
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                first = node.value.partition(" ")[0]
                assert first not in vague or len(node.value.split()) < 2, (path, node.value)


def test_examples_of_hints_are_allowed() -> None:
    for hint in TYPES:
        said = example(hint)
        if "name" in said or "Ellipsis" in said:
            continue
        value = ast.literal_eval(said.replace("true", "True"))
        fit_type(value, hint, "x")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"fit": {"steps": "many"}}, "write 3, for instance"),
        ({"fit": {"warmup": 2}}, "write 0.5, for instance"),
        ({"seeds": "0"}, r"write \[3\], for instance"),
        ({"generate": {"sample": 1}}, "write true, for instance"),
        ({"recipes": {"a": "lora(r='x')"}}, "write 3, for instance"),
    ],
)
def test_a_wrong_value_says_what_a_right_one_looks_like(table: dict[str, Any], says: str) -> None:
    given = {"tasks": ["verbalise"], "models": ["mini/mt5"], "targets": ["fr"], **table}
    with pytest.raises(IsoglossError, match=says):
        Study.of(given)
