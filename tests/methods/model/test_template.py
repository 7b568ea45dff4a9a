"""The task's template is another, as the recipe says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isogloss import load
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.core.template import Template
from isogloss.models.model import Asked
from isogloss.models.save import Written, export
from isogloss.models.snippet import snippet
from isogloss.testing import toy
from isogloss.testing.trace import run_of

Open = Callable[..., Any]
SAID = "template(instruction={'': 'Even?', 'deu': 'Gerade?'}, labels={'swa': {'even': 'shufwa'}})"


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def read(model: Any, lang: str) -> tuple[str, list[str]]:
    """Give what is read of a test input, and the options."""
    query = toy.load("classify", lang, "test")[0]
    [item] = model.head.encode(model, [query], Fit(), train=False)
    options = [model.tokenizer.decode(o[:-1]) for o in item.meta["options"]]
    return model.tokenizer.decode(item.features["input_ids"], skip_special_tokens=True), options


def test_it_reaches_the_model_and_its_export(
    open_context: Open, build: Open, tmp_path: Any
) -> None:
    method = make(SAID)
    model = method.model(build("classify", "llama"), open_context(method, "classify", "llama"))
    export(model, tmp_path)
    assert "isogloss.load" in snippet(model, Written("whole", None), Asked(), ["sw"])
    for each in (model, load(tmp_path)):
        assert read(each, "sw")[1] == ["shufwa", "odd"]
        text, options = read(each, "de")
        assert text.startswith("Gerade? ")
        assert options == ["even", "odd"]
        assert read(each, "en")[0].startswith("Even? ")


def test_another_template_is_another_training() -> None:
    keys = {run_of("classify", "llama", make(f"template(between='{x}')")).train_key for x in "ab"}
    assert len(keys) == 2


def test_strange_labels_are_refused_before_the_training(open_context: Open, build: Open) -> None:
    method = make("template(labels={'': {'evn': 'x'}})")
    ctx = open_context(method, "classify", "llama")
    with pytest.raises(IsoglossError, match="'evn'"):
        method.model(build("classify", "llama"), ctx)
    assert build("classify", "llama").task.template == Template()
