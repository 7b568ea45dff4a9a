"""Freezing on the three families of encoder-decoders, by the names of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import sample
import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.models.load import build

Open = Callable[..., Any]
NAMES = ("mt5", "mbart", "m2m100")
SELF, CROSS = ("SelfAttention", "self_attn"), ("EncDecAttention", "encoder_attn")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Any]:
    """Build a model and apply a recipe."""
    folder = tmp_path_factory.mktemp("freeze")

    def made(name: str, recipe: str) -> Any:
        model = build(str(tiny.checkpoint(name, folder)), sample.task("generate"))
        ctx: Any = None
        for method in parse(recipe).methods:
            model = method.model(model, ctx)
        return model

    return made


def trained(model: Any) -> list[list[str]]:
    """List the trained parameters' paths, without T5's `layer.0` and `layer.1`."""
    return [name.split(".") for name, p in model.net.named_parameters() if p.requires_grad]


def every(model: Any, keep: Callable[[list[str]], bool]) -> Iterator[list[str]]:
    return (p for p in (n.split(".") for n, _ in model.net.named_parameters()) if keep(p))


def attention(path: list[str], kinds: tuple[str, ...]) -> bool:
    return any(kind in path for kind in kinds)


def norm(path: list[str]) -> bool:
    return "norm" in path[-2]


@pytest.mark.parametrize("name", NAMES)
def test_the_encoder_alone(name: str, frozen: Callable[[str, str], Any]) -> None:
    model = frozen(name, "freeze(but=['encoder'])")
    other = frozen(name, "freeze(what=['embeddings', 'decoder'])")
    assert trained(model) == trained(other)
    tables = ("embed_tokens", "embed_positions")
    assert trained(model) == list(
        every(model, lambda path: "encoder" in path and not set(path) & set(tables))
    )
    assert not model.net.get_output_embeddings().weight.requires_grad


@pytest.mark.parametrize("name", NAMES)
def test_attention_to_the_source_and_norms(name: str, frozen: Callable[[str, str], Any]) -> None:
    recipe = "freeze(but=['encoder.self_attention', 'cross_attention', 'layer_norms'])"
    model = frozen(name, recipe)
    assert trained(model) == list(
        every(
            model,
            lambda path: (
                ("encoder" in path and attention(path, SELF))
                or attention(path, CROSS)
                or norm(path)
            ),
        )
    )
    assert any("decoder" in path and norm(path) for path in trained(model))


@pytest.mark.parametrize("name", NAMES)
def test_queries_and_keys(name: str, frozen: Callable[[str, str], Any]) -> None:
    recipe = "freeze(but=['encoder.self_attention.queries_keys', 'cross_attention.queries_keys'])"
    model = frozen(name, recipe)
    matrices = [path for path in trained(model) if path[-1] == "weight"]
    assert {path[-2] for path in matrices} <= {"q", "k", "q_proj", "k_proj"}
    assert len(matrices) == 2 * (2 + 2)  # queries and keys of two layers in each stack
    for path in trained(model):
        assert attention(path, SELF if "encoder" in path else CROSS)


@pytest.mark.parametrize("name", ["mbart", "m2m100"])
def test_biases(name: str, frozen: Callable[[str, str], Any]) -> None:
    model = frozen(name, "freeze(but=['biases'])")
    assert trained(model) == list(every(model, lambda path: path[-1] == "bias"))
    assert model.trained < model.size / 20


def test_t5_has_no_biases(frozen: Callable[[str, str], Any]) -> None:
    with pytest.raises(IsoglossError, match="no part 'biases'") as caught:
        frozen("mt5", "freeze(but=['biases'])")
    assert caught.value.hint.startswith("take layer_norms")


@pytest.mark.parametrize("name", NAMES)
def test_layer_norms(name: str, frozen: Callable[[str, str], Any]) -> None:
    model = frozen(name, "freeze(but=['layer_norms'])")
    assert trained(model) == list(every(model, norm))


def test_mbarts_shift_of_the_logits_stays(frozen: Callable[[str, str], Any]) -> None:
    from isogloss.core.machine import Machine
    from isogloss.models.train.fit import fit

    model = frozen("mbart", "freeze(but=['encoder'])")
    before = {name: t.clone() for name, t in model.net.state_dict().items()}
    fit(model, sample.examples("generate"), fit=Fit(steps=2, batch=4, lr=1e-2), seed=0,
        machine=Machine(device="cpu", progress=False))  # fmt: skip
    after = model.net.state_dict()
    moved = {name for name, t in after.items() if not torch.equal(t, before[name])}
    assert moved
    assert all(name.startswith("model.encoder.") for name in moved)
    assert "final_logits_bias" in after


@pytest.mark.parametrize("name", ["mbart", "m2m100"])
def test_a_new_tag_thaws_nothing(
    name: str, frozen: Callable[[str, str], Any], tmp_path: Path
) -> None:
    tag, freeze = "tag(lang='eu', new=True)", "freeze(what=['embeddings', 'decoder'])"
    one, two = frozen(name, f"{tag} + {freeze}"), frozen(name, f"{freeze} + {tag}")
    assert trained(one) == trained(two)


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def names(model: Any) -> set[str]:
    """Name the trained parameters."""
    return {name for name, p in model.net.named_parameters() if p.requires_grad}


class TestFreeze:
    def freeze(self, recipe: str, open_context: Open, model: Any) -> Any:
        method = make(recipe)
        return method.model(model, open_context(method, model.task.kind))

    def test_parts(self, open_context: Open, build: Open) -> None:
        model = self.freeze("freeze(what=['embeddings', 'decoder'])", open_context, build())
        assert names(model)
        assert all(n.startswith("encoder.") for n in names(model))

    def test_all_but(self, open_context: Open, build: Open) -> None:
        recipe = "freeze(but=['encoder.self_attention', 'cross_attention', 'layer_norms'])"
        model = self.freeze(recipe, open_context, build())
        assert all("Attention" in n or "layer_norm" in n for n in names(model))
        assert any("EncDecAttention" in n for n in names(model))
        assert not any(n.startswith("decoder") and ".SelfAttention" in n for n in names(model))

    def test_an_encoders_new_head_is_trained(self, open_context: Open, build: Open) -> None:
        model = self.freeze("freeze(but=['biases'])", open_context, build("tag", "xlm-roberta"))
        assert {n for n in names(model) if not n.endswith("bias")} == {"classifier.weight"}

    def test_a_tied_head_freezes_with_the_embeddings(self, open_context: Open, build: Open) -> None:
        model = self.freeze("freeze(what=['embeddings'])", open_context, build("generate", "mbart"))
        assert not model.net.get_output_embeddings().weight.requires_grad

    @pytest.mark.parametrize(
        ("recipe", "error"),
        [
            ("freeze()", "freezes everything"),
            ("freeze(what=['embeddings', 'encoder', 'decoder', 'head'])", "freezes everything"),
            ("freeze(what=['encoder'], but=['encoder'])", "freezes nothing"),
            ("freeze(what=['encoders'])", "did you mean 'encoder'"),
            ("freeze(what=['biases'])", "no part 'biases'"),
        ],
    )
    def test_refusals(self, recipe: str, error: str, open_context: Open, build: Open) -> None:
        with pytest.raises(IsoglossError, match=error) as caught:
            self.freeze(recipe, open_context, build())
        assert "self_attention" in caught.value.hint or "did you mean" in caught.value.hint
