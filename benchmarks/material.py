"""Text, models and clocks that all benchmarks share."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from isogloss.core.task import Task
from isogloss.core.types import Example

TASK = Task(
    "1", "generate", ("en",), lambda *_: [], ("exact_match",), name="lists", cite="",
)  # fmt: skip


def examples(n: int, seed: int = 0) -> list[Example]:
    """Make lists of quantities, in digits and in words; most are short, some long.

    The number of quantities is log-normal, with a median of 4 and a longest of
    24: texts of about 5 to 120 tokens, as sentences and short paragraphs have.
    """
    from isogloss.mini.facts import listed, quantities, say

    rng = random.Random(seed)
    facts = [fact for fact in quantities()]
    found = []
    for i in range(n):
        k = max(1, min(24, round(rng.lognormvariate(1.4, 0.7))))
        drawn = listed(rng.sample(facts, k))
        texts = (say(drawn, "en", words=words) for words in (False, True))
        found.append(Example(str(i), "en", {"text": next(texts)}, next(texts)))
    return found


def shaped(folder: Path) -> Path:
    """Save a random T5-shaped model of about 10M parameters, on the mini vocabulary."""
    import torch
    from transformers import AutoTokenizer, MT5Config, MT5ForConditionalGeneration

    from isogloss.mini import path

    tokenizer = AutoTokenizer.from_pretrained(path("mini/mt5"))
    torch.manual_seed(0)
    config = MT5Config(
        vocab_size=len(tokenizer), d_model=256, d_kv=64, d_ff=768, num_layers=4, num_heads=4,
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, initializer_factor=0.1,
    )  # fmt: skip
    MT5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def clocked(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Run something; give its CPU seconds, wall seconds and result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.process_time() - cpu, time.perf_counter() - wall, result


def alternate(works: dict[str, Callable[[], Any]], runs: int) -> dict[str, list[tuple[float, float, Any]]]:
    """Run several works in turn, so that a busy neighbour slows all alike."""
    found: dict[str, list[tuple[float, float, Any]]] = {name: [] for name in works}
    for run in range(runs + 1):
        for name, work in works.items():
            result = clocked(work)
            if run:  # the first round warms up
                found[name].append(result)
    return found


def median(runs: Sequence[tuple[float, float, Any]], clock: int = 0) -> float:
    """Give the median CPU (0) or wall (1) seconds."""
    return statistics.median(run[clock] for run in runs)
