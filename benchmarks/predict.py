"""Time `predict` against transformers' generate in given order: same outputs, same memory.

    python benchmarks/predict.py [--model mini/mt5] [--runs 5]

The model is first finetuned on the task, so that its outputs have the lengths
of real ones, and timed as it is and widened to about 12M parameters. Memory:
both fill batches up to the same number of tokens, source and room for the
longest output together; in given order any batch may hold the longest source,
so there that fixes the number of rows.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import material
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from material import TASK, Example

MACHINE = Machine(device="cpu")


def theirs(
    model: Any, examples: Sequence[Example], settings: Fit, longest: int
) -> tuple[list[str], int]:
    """Generate in given order with transformers' own loop; give the texts and the rows."""
    import torch

    items = model.head.encode(model, examples, settings, train=False)
    rows = MACHINE.micro_tokens // (max(item.source for item in items) + longest)
    texts: list[str] = []
    for first in range(0, len(items), rows):
        inputs = model.head.collate(model, items[first : first + rows], train=False).inputs
        with torch.inference_mode():
            ids = model.net.generate(**inputs, max_new_tokens=longest, num_beams=1, do_sample=False)
        texts += model.tokenizer.batch_decode(ids, skip_special_tokens=True)
    return [text.strip() for text in texts], rows


def compare(model: Any, examples: Sequence[Example], settings: Fit, limit: Any, runs: int) -> None:
    """Print one line a system."""
    from isogloss.models.decode.predict import predict

    def ours(_: int) -> tuple[int, Any]:
        options = {"fit": settings, "generate": Generate(), "machine": MACHINE, "limit": limit}
        return len(examples), predict(model, examples, **options)

    longest = limit.of("en")
    found = material.alternate(
        {
            "generate": lambda _: (len(examples), theirs(model, examples, settings, longest)),
            "predict": ours,
        },
        runs,
    )
    texts, rows = found["generate"][0].result
    answers = found["predict"][0].result
    same = sum(p.value == text for p, text in zip(answers, texts, strict=True))
    right = sum(p.value == e.target for p, e in zip(answers, examples, strict=True))
    lengths = sorted(len(model.tokenizer(text)["input_ids"]) for text in texts)
    print(
        f"{model.size / 1e6:.1f}M parameters, {rows} rows in given order, outputs of "
        f"{lengths[0]} to {lengths[-1]} tokens, median {lengths[len(lengths) // 2]}; "
        f"{same}/{len(examples)} outputs equal, {right} right, "
        f"{sum('limit' in p.flags for p in answers)} at the limit of {longest}"
    )
    material.table(found, "items", "predict")


def main() -> None:
    """Compare on both sizes."""
    from isogloss.models.decode.limit import limits, measure
    from isogloss.models.load import build
    from isogloss.models.train.fit import fit

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mini/mt5")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--examples", type=int, default=512)
    parser.add_argument("--steps", type=int, default=600)
    given = parser.parse_args()
    # Lists that so small a model learns to end in so few steps.
    train = material.examples(4096, seed=2, median=2, most=8)
    test = material.examples(given.examples, median=2, most=8)
    settings = Fit(steps=given.steps, lr=2e-3)
    model = fit(build(given.model, TASK), train, fit=settings, seed=0, machine=MACHINE)
    limit = limits(model, measure(model, train, settings), test, settings)
    for each in (model, material.widened(model)):
        compare(each, test, settings, limit, given.runs)


if __name__ == "__main__":
    main()
