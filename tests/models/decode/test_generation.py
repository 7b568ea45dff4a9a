"""Our decoding writes what transformers' writes, on all architectures."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import tiny
from isogloss import plugin
from isogloss.core.run import Generate
from isogloss.models.decode import generation

ROWS, LONGEST, LIMIT = 24, 11, 16
LIVELY = 0.3


@pytest.fixture
def asked(checkpoints: Any) -> Any:
    """Give an architecture's net, made lively, and ragged inputs for it."""

    def make(name: str) -> tuple[Any, dict[str, torch.Tensor], str, list[list[int]] | None]:
        from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

        family = plugin.family(tiny.FAMILY[name])
        auto = AutoModelForCausalLM if family.in_line else AutoModelForSeq2SeqLM
        net = auto.from_pretrained(tiny.checkpoint(name, checkpoints)).eval()
        torch.manual_seed(0)
        size = net.get_input_embeddings().num_embeddings
        with torch.no_grad():  # large weights, so that outputs vary
            for p in net.parameters():
                p.add_(LIVELY * torch.randn_like(p))
        net.config.pad_token_id = net.config.pad_token_id or 0
        # Many ends, so that rows end at different times.
        net.generation_config.eos_token_id = [1, 2, *range(7, size, 7)]
        ids = torch.randint(5, size, (ROWS, LONGEST))
        lengths = torch.randint(2, LONGEST + 1, (ROWS, 1))
        places = torch.arange(LONGEST)[None]
        left = family.in_line
        mask = (places >= LONGEST - lengths if left else places < lengths).long()
        ids = torch.where(mask.bool(), ids, net.config.pad_token_id)
        forced = None if left else [[20 + row % 3] for row in range(ROWS)]
        return net, {"input_ids": ids, "attention_mask": mask}, family, forced

    return make


def write(net: Any, inputs: Any, family: Any, forced: Any, **settings: Any) -> list[list[int]]:
    limits = settings.pop("limits", [LIMIT] * ROWS)
    return generation.generate(
        net,
        inputs,
        Generate(**settings),
        max_tokens=limits,
        family=family,
        forced=forced,
    )


@pytest.mark.parametrize("name", [n for n in tiny.NAMES if tiny.FAMILY[n] != "encoder"])
def test_greedy_output_is_transformers_own(asked, name):
    net, inputs, family, forced = asked(name)
    own = generation._transformers(net, inputs, Generate(), LIMIT, family, forced or [()] * ROWS)
    assert write(net, inputs, family, forced) == own
    assert len({len(row) for row in own}) > 1


@pytest.mark.parametrize("name", ["mt5", "mbart", "llama", "bloom"])
def test_each_row_has_its_own_limit(asked, name):
    net, inputs, family, forced = asked(name)
    full = write(net, inputs, family, forced)
    limits = [1 + row % LIMIT for row in range(ROWS)]
    for settings in ({}, {"no_repeat": 50}):
        cut = write(net, inputs, family, forced, limits=limits, **settings)
        assert cut == [row[:n] for row, n in zip(full, limits, strict=True)]


def test_beams_and_penalties_are_transformers_own(asked):
    net, inputs, family, forced = asked("mt5")
    plain = write(net, inputs, family, forced)
    for settings in ({"beams": 3}, {"no_repeat": 1}, {"repetition_penalty": 1.8}):
        found = write(net, inputs, family, forced, **settings)
        assert found != plain
        assert max(map(len, found)) <= LIMIT
    assert all(len(set(row)) == len(row) for row in write(net, inputs, family, forced, no_repeat=1))


PENALTIES: tuple[dict[str, Any], ...] = (
    {"no_repeat": 1},
    {"no_repeat": 2, "repetition_penalty": 1.3},
    {"repetition_penalty": 1.8},
)


@pytest.mark.parametrize("name", [n for n in tiny.NAMES if tiny.FAMILY[n] == "encoder_decoder"])
def test_penalties_are_transformers_own(asked, name):
    net, inputs, family, forced = asked(name)
    net.generation_config.forced_eos_token_id = None  # mBART's own, which is none of ours
    start = torch.tensor([[generation.start(net), *row] for row in forced])
    for beams, settings in zip((1, 3, 1), PENALTIES, strict=True):
        own = net.generate(
            **inputs,
            decoder_input_ids=start,
            max_new_tokens=LIMIT,
            num_beams=beams,
            do_sample=False,
            no_repeat_ngram_size=settings.get("no_repeat", 0),
            repetition_penalty=settings.get("repetition_penalty", 1.0),
        )
        found = write(net, inputs, family, forced, beams=beams, **settings)
        for row, its in zip(found, own[:, 2:].tolist(), strict=True):
            assert row == its[: len(row)]


@pytest.mark.parametrize("name", [n for n in tiny.NAMES if tiny.FAMILY[n] == "decoder"])
def test_penalties_of_decoders_count_the_output_alone(asked, name):
    net, inputs, family, _ = asked(name)
    plain = write(net, inputs, family, None)
    # Prompts of what the model likes to write, which none of them may ban.
    liked = torch.tensor(sorted({token for row in plain for token in row}))
    ids = liked[torch.arange(ROWS * LONGEST) % len(liked)].view(ROWS, LONGEST)
    inputs = {**inputs, "input_ids": torch.where(inputs["attention_mask"] == 1, ids, 0)}
    some = range(0, ROWS, 5)
    for settings in PENALTIES:
        found = write(net, inputs, family, None, **settings)
        assert [found[row] for row in some] == [by_hand(net, inputs, n, **settings) for n in some]
    # Beams of a batch are those of single rows.
    settings = {"beams": 3, **PENALTIES[1]}
    beams = write(net, inputs, family, None, **settings)
    for row in some[:2]:
        one = {key: value[row : row + 1] for key, value in inputs.items()}
        assert write(net, one, family, None, limits=[LIMIT], **settings) == [beams[row]]


@torch.no_grad()
def by_hand(
    net: Any, inputs: Any, row: int, no_repeat: int = 0, repetition_penalty: float = 1.0
) -> list[int]:
    """Write one row greedily, from the definitions."""
    prompt = inputs["input_ids"][row][inputs["attention_mask"][row] == 1].tolist()
    written: list[int] = []
    while len(written) < LIMIT:
        logits = net(torch.tensor([prompt + written])).logits[0, -1]
        for token in set(written):
            above = logits[token] > 0
            logits[token] *= 1 / repetition_penalty if above else repetition_penalty
        if no_repeat:
            tail = tuple(written[len(written) - no_repeat + 1 :])
            for *first, last in zip(*(written[n:] for n in range(no_repeat)), strict=False):
                if tuple(first) == tail:
                    logits[last] = float("-inf")
        written.append(int(logits.argmax()))
        if written[-1] in generation.ends(net):
            break
    return written


def test_the_checkpoints_own_settings_have_no_say(asked):
    net, inputs, family, forced = asked("mbart")
    plain = write(net, inputs, family, forced, beams=2)
    net.generation_config.update(num_beams=5, forced_bos_token_id=33, max_length=3, min_length=9)
    assert write(net, inputs, family, forced, beams=2) == plain
    assert net.generation_config.num_beams == 5


def test_changed_networks_keep_their_own_forward(asked):
    net, inputs, family, forced = asked("mt5")
    plain = write(net, inputs, family, forced)

    def double(module: Any, args: Any, output: torch.Tensor) -> torch.Tensor:
        return 2 * output

    block = net.decoder.block[0].layer[2].DenseReluDense
    handle = block.register_forward_hook(double)
    hooked = write(net, inputs, family, forced)
    handle.remove()
    assert hooked != plain
    assert write(net, inputs, family, forced) == plain

    from peft import LoraConfig, get_peft_model

    tuned = get_peft_model(
        net,
        LoraConfig(task_type="SEQ_2_SEQ_LM", target_modules=["q", "v"], init_lora_weights=False),
    ).eval()
    outputs = write(tuned, inputs, family, forced)
    assert outputs != plain
    own = generation._transformers(tuned, inputs, Generate(), LIMIT, family, forced)
    assert outputs == own


def test_a_soft_prompt_is_used(asked):
    from peft import PromptTuningConfig, get_peft_model

    net, inputs, family, forced = asked("llama")
    plain = write(net, inputs, family, forced)
    torch.manual_seed(1)
    tuned = get_peft_model(net, PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4))
    assert write(tuned.eval(), inputs, family, forced) != plain
