"""Parts have the same names on every architecture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tiny
from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.task import Task
from isogloss.models.family.module import PARTS, heads, parts, select

TIED = ("umt5", "t5", "mbart", "mbart50", "m2m100", "gemma", "xglm", "bloom")
CLASSES = Task("1", "classify", ("en",), lambda *_: [], (), ("yes", "no"), name="classes")


@pytest.fixture
def net(checkpoints: Path, request: pytest.FixtureRequest) -> Any:
    from isogloss.models.load import build

    name = request.param
    task = CLASSES if tiny.FAMILY[name] == "encoder" else Task(
        "1", "generate", ("en",), lambda *_: [], (), name="echo"
    )  # fmt: skip
    return name, build(str(tiny.checkpoint(name, checkpoints)), task)


@pytest.mark.parametrize("net", tiny.NAMES, indirect=True)
def test_every_parameter_has_a_part(net: Any) -> None:
    name, model = net
    found = parts(model.net, model.family)
    every = {path for path, _ in model.net.named_parameters()}
    assert set().union(*found.values()) == every
    there = {part for part, paths in found.items() if paths}
    stacks = {"encoder": {"encoder"}, "decoder": {"decoder"}}.get(
        model.family.name, {"encoder", "decoder", "cross_attention"}
    )
    assert stacks | {"embeddings", "self_attention", "feed_forward", "layer_norms", "head"} <= there
    assert ("biases" in there) == (name not in ("mt5", "umt5", "t5", "llama", "qwen3", "gemma"))
    assert ("queries_keys" in there) == (name != "bloom")  # its projections are fused
    for stack in stacks - {"cross_attention"}:
        assert not set(found[stack]) & (set(found["embeddings"]) | set(found["head"]))


@pytest.mark.parametrize("net", [n for n in tiny.NAMES if n not in ("bert", "xlmr")], indirect=True)
def test_the_layer_that_writes_words_is_in_the_embeddings(net: Any) -> None:
    name, model = net
    found = parts(model.net, model.family)
    assert len(found["head"]) == 1
    assert set(found["head"]) < set(found["embeddings"]) or found["head"] == found["embeddings"]
    table, output = model.net.get_input_embeddings(), model.net.get_output_embeddings()
    assert (table.weight is output.weight) == (name in TIED)


@pytest.mark.parametrize("net", ["mt5", "xlmr"], indirect=True)
def test_a_wrapped_network_has_the_same_parts(net: Any) -> None:
    from peft import LoraConfig, get_peft_model

    _, model = net
    before = parts(model.net, model.family)
    names = heads(model.net, model.family)
    wrapped = get_peft_model(model.net, LoraConfig(target_modules="all-linear"))
    after = parts(wrapped, model.family)
    for part in PARTS:
        bare = {n.removeprefix("base_model.model.").replace(".base_layer", "") for n in after[part]}
        assert set(before[part]) <= bare
    assert heads(wrapped, model.family) == names


@pytest.mark.parametrize("net", ["mt5"], indirect=True)
def test_select(net: Any) -> None:
    _, model = net
    both = select(model.net, model.family, ["encoder.self_attention"])
    assert both
    assert all("encoder" in name and "SelfAttention" in name for name in both)
    assert select(model.net, model.family, []) == set()
    with pytest.raises(IsoglossError, match="did you mean 'decoder'"):
        select(model.net, model.family, ["decodr"])
    with pytest.raises(IsoglossError, match="no part 'biases'"):
        select(model.net, model.family, ["biases"])


def test_heads_are_named_for_encoders_alone(fresh: Callable[..., Any]) -> None:
    assert heads(fresh("mt5").net, plugin.family("encoder_decoder")) == set()
