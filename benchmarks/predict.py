"""Time `predict` against transformers' generate in given order: same outputs, same memory.

    python benchmarks/predict.py [--model mini/mt5|large|FOLDER] [--runs 5]

The model is first finetuned on the task, so that its outputs have the lengths
of real ones. Memory: both fill batches up to the same number of tokens, source
and room for the longest output together; in given order any batch may hold the
longest source, so their number of rows is fixed by that.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import material
from material import TASK

from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate


def theirs(model: Any, examples: Any, settings: Fit, rows: int, longest: int) -> list[str]:
    """Generate in given order with transformers' own loop."""
    import torch

    items = model.head.encode(model, examples, settings, train=False)
    outputs: list[str] = []
    for first in range(0, len(items), rows):
        inputs = model.head.collate(model, items[first : first + rows], train=False).inputs
        with torch.inference_mode():
            ids = model.net.generate(**inputs, max_new_tokens=longest, num_beams=1, do_sample=False)
        outputs += model.tokenizer.batch_decode(ids, skip_special_tokens=True)
    return [text.strip() for text in outputs]


def main() -> None:
    """Print one line a system."""
    from isogloss.models.fit import fit
    from isogloss.models.limit import limits
    from isogloss.models.load import build
    from isogloss.models.predict import predict

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mini/mt5")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--examples", type=int, default=512)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--lr", type=float, default=2e-3)
    given = parser.parse_args()
    place = given.model
    if place == "large":
        place = str(material.shaped(Path(tempfile.mkdtemp())))
    train, test = material.examples(4096, seed=2), material.examples(given.examples)
    settings, machine = Fit(steps=given.steps, lr=given.lr), Machine(device="cpu")
    model = fit(build(place, TASK), train, fit=settings, seed=0, machine=machine)
    limit = limits(model, train, test, settings)
    longest = limit.of("en")
    items = model.head.encode(model, test, settings, train=False)
    rows = machine.micro_tokens // (max(item.source for item in items) + longest)
    found = material.alternate(
        {
            "generate": lambda: theirs(model, test, settings, rows, longest),
            "predict": lambda: predict(
                model, test, fit=settings, generate=Generate(), machine=machine, limit=limit
            ),
        },
        given.runs,
    )
    same = sum(
        ours.value == other
        for ours, other in zip(found["predict"][0][2], found["generate"][0][2], strict=True)
    )
    lengths = sorted(len(model.tokenizer(p.value)["input_ids"]) for p in found["predict"][0][2])
    print(
        f"{model.size / 1e6:.1f}M parameters, {rows} rows, limit {longest}, output lengths "
        f"{lengths[0]}..{lengths[len(lengths) // 2]}..{lengths[-1]}, "
        f"at the limit {sum('limit' in p.flags for p in found['predict'][0][2])}, "
        f"equal outputs {same}/{len(test)}"
    )
    for name, runs in found.items():
        cpu, wall = material.median(runs), material.median(runs, 1)
        print(
            f"{name:10} {len(test) / cpu:7.1f} items/CPU-s {len(test) / wall:7.1f} items/s  "
            f"predict is {cpu / material.median(found['predict']):.2f}x "
            f"(wall {wall / material.median(found['predict'], 1):.2f}x)"
        )


if __name__ == "__main__":
    main()
