"""Bare prompts: given answers are scored, new ones are sampled."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.models import write
from isogloss.models.load import build
from isogloss.testing import tiny, toy

CPU = Machine(device="cpu", progress=False)
PROMPTS = ["one two =", "three ="]
ANSWERS = [[" moja", " mbili tatu"], [" sita"]]


def opened(architecture: str, kind: str = "generate") -> Any:
    return build(str(tiny.backbone(architecture)), toy.task(kind), machine=CPU)


def test_score_is_the_sum_of_log_probabilities() -> None:
    model = opened("llama")
    got = write.score(model, PROMPTS, ANSWERS, ended=False, machine=CPU)
    for prompt, answers, scores in zip(PROMPTS, ANSWERS, got, strict=True):
        for answer, score in zip(answers, scores, strict=True):
            ids = torch.tensor(model.tokenizer(prompt + answer)["input_ids"])
            start = len(model.tokenizer(prompt)["input_ids"])
            with torch.no_grad():
                each = model.net(ids[None]).logits[0].log_softmax(-1)
            expected = each[start - 1 : -1].gather(1, ids[start:, None]).sum()
            assert score == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("architecture", ["mt5", "mbart", "llama"])
def test_in_batches_or_one_by_one(architecture: str) -> None:
    model = opened(architecture)
    one = Machine(device="cpu", progress=False, micro_tokens=1)
    whole = write.score(model, PROMPTS, ANSWERS, "sw", machine=CPU)
    alone = write.score(model, PROMPTS, ANSWERS, "sw", machine=one)
    assert [list(map(len, each)) for each in ANSWERS] == [[5, 11], [5]]
    for row, other in zip(whole, alone, strict=True):
        assert row == pytest.approx(other, rel=1e-4)
    bare = write.score(model, PROMPTS, ANSWERS, "sw", ended=False, machine=CPU)
    assert bare[0][0] > whole[0][0]


@pytest.mark.parametrize("architecture", ["mt5", "mbart", "llama"])
def test_sample(architecture: str) -> None:
    model, told = opened(architecture), {"max_tokens": 5, "machine": CPU}
    model.net.train()
    got = write.sample(model, PROMPTS, 3, lang="sw", seed=1, **told)
    assert list(map(len, got)) == [3, 3]
    assert len(set(got[0] + got[1])) > 1
    state = torch.random.get_rng_state()
    assert write.sample(model, PROMPTS, 3, lang="sw", seed=1, **told) == got
    assert torch.equal(torch.random.get_rng_state(), state)
    assert write.sample(model, PROMPTS, 3, lang="sw", seed=2, **told) != got
    greedy = write.sample(model, PROMPTS, 2, 0, lang="sw", **told)
    assert greedy[0][0] == greedy[0][1]
    assert model.net.training


@pytest.mark.parametrize(
    ("architecture", "kind", "prompts", "answers", "says"),
    [
        ("xlm-roberta", "classify", ["a"], [["b"]], "doesn't write"),
        ("mt5", "retrieve", ["a"], [[]], "no answer"),
        ("llama", "generate", ["a" * 600], [["b"]], "no room for prompt 1, of 601 tokens"),
        ("llama", "generate", ["a", "b"], [["b"]], "2 prompts and answers to 1"),
        ("mbart", "generate", ["a"], [["b"]], "tags for languages, and none is given"),
    ],
)
def test_wrong_values(
    architecture: str, kind: str, prompts: list[str], answers: list[list[str]], says: str
) -> None:
    with pytest.raises(IsoglossError, match=says):
        write.score(opened(architecture, kind), prompts, answers, machine=CPU)


def test_by_the_context(tmp_path: Any) -> None:
    """Hooks call these by name; what is sampled follows from the run's seed and the salt."""
    from isogloss.core.recipe import parse
    from isogloss.store import Store
    from isogloss.testing.trace import context

    (method,) = parse("smooth()").methods
    ctx = context(method, "generate", "llama", Store(tmp_path)).of(method, "loss")
    model = opened("llama")
    assert ctx.embed(model, PROMPTS).shape == (2, tiny.WIDTH)
    assert ctx.states(model, PROMPTS, 0).mask.any()
    assert list(map(len, ctx.score(model, PROMPTS, ANSWERS))) == [2, 1]
    drawn = [ctx.sample(model, PROMPTS, 2, max_tokens=4, salt=salt) for salt in ("", "", "b")]
    assert drawn[0] == drawn[1] != drawn[2]
