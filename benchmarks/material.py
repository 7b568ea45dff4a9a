"""Text, models and clocks that all benchmarks share."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import math
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from isogloss.core.task import Task
from isogloss.core.types import Example

TASK = Task(
    "1", "generate", ("en",), lambda *_: [], ("exact_match",), name="lists", cite="",
)  # fmt: skip


def examples(n: int, seed: int = 0, median: int = 4, most: int = 24) -> list[Example]:
    """Make lists of quantities, in digits and in words; most are short, some long.

    The number of quantities is log-normal. With a median of 4 and at most 24
    texts have 3 to 120 tokens, as sentences and short paragraphs do.
    """
    from isogloss.mini.facts import listed, quantities, say

    rng = random.Random(seed)
    found = []
    for i in range(n):
        k = max(1, min(most, round(rng.lognormvariate(math.log(median), 0.7))))
        drawn = listed(rng.sample(quantities(), k))
        texts = (say(drawn, "en", words=words) for words in (False, True))
        found.append(Example(str(i), "en", {"text": next(texts)}, next(texts)))
    return found


def widened(model: Any, *, width: int = 256, layers: int = 4, heads: int = 8) -> Any:
    """Build a T5 of about 12M parameters that says what a smaller one says.

    The smaller one's weights stand in the corner of larger ones, which are
    zero elsewhere; norms are scaled for the width. So its outputs have real
    lengths without a long training, and it costs what any model of its size does.
    """
    import torch
    from transformers import MT5ForConditionalGeneration

    small, old = model.net, model.net.config
    config = type(old)(**old.to_dict() | {
        "d_model": width, "d_ff": 3 * width, "num_heads": heads, "num_layers": layers,
        "num_decoder_layers": layers,
    })  # fmt: skip
    config.tie_word_embeddings = False
    large = MT5ForConditionalGeneration(config)
    given = small.state_dict()
    with torch.no_grad():
        for name, weight in large.state_dict().items():
            weight.zero_()
            if name in given:
                corner = given[name]
                scale = (old.d_model / width) ** 0.5 if "layer_norm" in name else 1.0
                weight[tuple(slice(n) for n in corner.shape)] = corner * scale
    large.generation_config = small.generation_config
    return replace(model, net=large.eval())


@dataclass(frozen=True)
class Clocked:
    """One run of one system."""

    cpu: float
    """Seconds of the process."""
    wall: float
    units: int
    """What was done in that time: useful tokens, items."""
    result: Any


def alternate(
    works: dict[str, Callable[[int], tuple[int, Any]]], runs: int
) -> dict[str, list[Clocked]]:
    """Run several works in turn, so that a busy neighbour slows all alike.

    Args:
        works: Name -> (number of the run -> units done and a result).
        runs: Runs of each that count; one before them warms up.
    """
    found: dict[str, list[Clocked]] = {name: [] for name in works}
    for run in range(runs + 1):
        for name, work in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            units, result = work(run)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            if run:
                found[name].append(Clocked(cpu, wall, units, result))
    return found


def table(found: dict[str, list[Clocked]], what: str, own: str) -> None:
    """Print each system's median speed, and how many times as fast ours is."""
    speeds = {
        name: [statistics.median(r.units / t(r) for r in runs) for t in (_cpu, _wall)]
        for name, runs in found.items()
    }
    for name, (cpu, wall) in speeds.items():
        print(
            f"{name:16} {cpu:9.1f} {what}/CPU-s {wall:9.1f} {what}/s   "
            f"{own} is {speeds[own][0] / cpu:.2f}x (CPU), {speeds[own][1] / wall:.2f}x (wall)",
            flush=True,
        )


def _cpu(run: Clocked) -> float:
    return run.cpu


def _wall(run: Clocked) -> float:
    return run.wall
