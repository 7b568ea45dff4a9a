"""No answer and no score moves with the batch that it is computed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

import sample
import tiny
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Example, Prediction
from isogloss.models.decode.predict import predict
from isogloss.models.head import head_for
from isogloss.models.load import build
from isogloss.models.model import Model

FIT = Fit(max_source=40, stride=8)
WINDOW = 8
WIDE = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
    "intermediate_size": 64, "max_position_embeddings": 160,
}  # fmt: skip
DECODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", WIDE),
    "mistral": ("Mistral", {**WIDE, "sliding_window": WINDOW}),
    "qwen2": (
        "Qwen2",
        {**WIDE, "use_sliding_window": True, "sliding_window": WINDOW, "max_window_layers": 1},
    ),
    "qwen3": (
        "Qwen3",
        {**WIDE, "head_dim": 16, "use_sliding_window": True, "sliding_window": WINDOW,
         "max_window_layers": 0},
    ),
    "gemma": ("Gemma", {**WIDE, "head_dim": 16}),
    "gemma2": ("Gemma2", {**WIDE, "head_dim": 16, "sliding_window": WINDOW}),
    "gemma3": ("Gemma3", {**WIDE, "head_dim": 16, "sliding_window": WINDOW}),
    "olmo2": ("Olmo2", WIDE),
    "phi3": ("Phi3", {**WIDE, "sliding_window": WINDOW}),
    "gpt2": ("GPT2", {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 160}),
    "bloom": ("Bloom", {"hidden_size": 32, "n_layer": 2, "n_head": 2}),
    "xglm": (
        "XGLM",
        {"d_model": 32, "num_layers": 2, "attention_heads": 2, "ffn_dim": 64,
         "max_position_embeddings": 160},
    ),
}  # fmt: skip
"""Rotary, learned, computed and ALiBi positions; whole attention and windows."""


@pytest.fixture(scope="session")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Model]:
    """Build a random decoder that is far from guessing."""
    folder, built = tmp_path_factory.mktemp("decoders"), {}

    def make(name: str) -> Model:
        import transformers

        if name not in built:
            made, settings = DECODERS[name]
            config: Any = getattr(transformers, f"{made}{'Text' * (name == 'gemma3')}Config")
            tokenizer = tiny._tokenizer("qwen2" if made.startswith("Qwen") else "llama")
            ids = {
                "vocab_size": len(tokenizer), "bos_token_id": None,
                "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.eos_token_id,
            }  # fmt: skip
            ending = "LMHeadModel" if made == "GPT2" else "ForCausalLM"
            with torch.random.fork_rng(devices=[]), torch.no_grad():
                torch.manual_seed(0)
                net = getattr(transformers, made + ending)(config(**settings, **ids))
                for weight in net.parameters():
                    weight.mul_(4 if weight.ndim > 1 else 1)
            transformers.utils.logging.disable_progress_bar()
            net.save_pretrained(folder / name)
            tokenizer.save_pretrained(folder / name)
            built[name] = build(str(folder / name), sample.task("classify"))
        return built[name]

    return make


def asking(model: Model, kind: str) -> Model:
    """Ask the same network another kind of question."""
    task = sample.task(kind)
    return replace(model, head=head_for(kind, model.family.name), task=task)


def answers(
    model: Model, examples: list[Example], micro: int = 4096, **settings: Any
) -> list[Prediction]:
    """Predict, unlabelled, under a budget of tokens."""
    blind = [replace(example, target=None) for example in examples]
    machine = Machine(device="cpu", progress=False, micro_tokens=micro)
    generate = Generate(max_tokens=5, **settings)
    return predict(model, blind, fit=FIT, generate=generate, machine=machine)


def check(model: Model, examples: list[Example], **settings: Any) -> None:
    """Compare all answers together with those alone, backwards and in small batches."""
    together = answers(model, examples, **settings)
    others = {
        "alone": [answers(model, [example], **settings)[0] for example in examples],
        "backwards": answers(model, examples[::-1], **settings)[::-1],
        "in small batches": answers(model, examples, 40, **settings),
    }
    for how, found in others.items():
        for one, other in zip(together, found, strict=True):
            assert (one.value, one.flags) == (other.value, other.flags), how
            assert one.scores == pytest.approx(other.scores, abs=2e-3), how


@pytest.mark.parametrize("kind", ["classify", "tag", "span", "generate"])
@pytest.mark.parametrize("name", DECODERS)
def test_no_score_moves_with_the_batch(
    name: str, kind: str, decoder: Callable[[str], Model]
) -> None:
    check(asking(decoder(name), kind), sample.examples(kind))


@pytest.mark.parametrize("name", DECODERS)
def test_no_score_moves_at_the_edge_of_a_window(name: str, decoder: Callable[[str], Model]) -> None:
    """A prompt that just fits a window, beside longer and shorter ones."""
    model = asking(decoder(name), "classify")
    texts = [
        "five",
        "five days",
        "five days and",
        "five days and two",
        "in five days and two long weeks",
    ]
    examples = [
        Example(str(n), "en", {"text": text, "pair": ""}, "time") for n, text in enumerate(texts)
    ]
    lengths = {item.source for item in model.head.encode(model, examples, FIT, train=False)}
    assert min(lengths) < WINDOW < max(lengths), lengths
    check(model, examples)
