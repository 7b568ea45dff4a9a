"""Languages without a tag get one, borrowed or new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch

import sample
import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Fit, Run
from isogloss.models.family import language_code
from isogloss.models.load import build
from isogloss.models.model import Model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of this file's checkpoints."""
    return tmp_path_factory.mktemp("tag")


def apply(recipe: str, name: str, folder: Path) -> Model:
    """Build a model and apply a recipe of one method."""
    path = str(tiny.checkpoint(name, folder))
    Run("verbalise", path, ("en",), recipe).check()
    model, ctx = build(path, sample.task("generate")), cast(Any, None)
    changed: Model = parse(recipe).methods[0].model(model, ctx)
    return changed


@pytest.mark.parametrize("name", ["mbart", "mbart50", "m2m100"])
def test_borrowed_tag(name: str, folder: Path) -> None:
    model = apply("tag(lang='eu', like='fr')", name, folder)
    assert language_code.number(model, "eu") == language_code.number(model, "fr")
    assert model.note == ["tag eu like fr"]


@pytest.mark.parametrize("name", ["mbart", "mbart50", "m2m100"])
def test_new_tag_starts_as_the_mean_of_all(name: str, folder: Path) -> None:
    model = apply("tag(lang='eu', new=True)", name, folder)
    plain = build(str(tiny.checkpoint(name, folder)), sample.task("generate"))
    table = plain.plain.get_input_embeddings().weight
    number = language_code.number(model, "eu")
    assert number == len(table)
    weight = model.plain.get_input_embeddings().weight
    assert torch.equal(weight[:number], table)
    assert torch.equal(weight, model.plain.get_output_embeddings().weight)
    special = [i for i in plain.tokenizer.all_special_ids if i > 3]
    codes = [i for i in special if "_" in plain.tokenizer.convert_ids_to_tokens(i)]
    torch.testing.assert_close(weight[number], table[codes].mean(0))
    assert model.note == ["tag eu new"]
    [example, *_] = sample.examples("generate")
    items = model.head.encode(model, [replace(example, lang="eu")], Fit(), train=True)
    batch = model.head.collate(model, items, train=True)
    model.head.loss(model.net, batch)["task"].backward()
    assert number in items[0].features["input_ids"]


@pytest.mark.parametrize(
    ("recipe", "name", "message"),
    [
        ("tag(lang='eu')", "mbart", "needs one of like and new"),
        ("tag(lang='eu', like='fr', new=True)", "mbart", "needs one of like and new"),
        ("tag(lang='eu', like='fr')", "mt5", "has no language tags"),
        ("tag(lang='eu', like='gn')", "mbart", "no tag for 'gn'"),
        ("tag(lang='fr', new=True)", "mbart", "has the tag fr_XX"),
        ("tag(lang='qqq', new=True)", "mbart", "unknown language"),
    ],
)
def test_wrong_settings_are_refused(recipe: str, name: str, message: str, folder: Path) -> None:
    with pytest.raises(IsoglossError, match=message):
        apply(recipe, name, folder)
