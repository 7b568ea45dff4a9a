"""Time `fit` against transformers' Seq2SeqTrainer: useful tokens a second, same losses.

    python benchmarks/fit.py [--model mini|large] [--runs 5]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import material
from material import TASK, Example

from isogloss.core.machine import Machine
from isogloss.core.run import Fit

BATCH, LR = 32, 1e-3


def ours(place: str, examples: Sequence[Example], settings: Fit) -> Any:
    """Train with `fit`."""
    from isogloss.models.fit import fit
    from isogloss.models.load import build

    model = build(place, TASK)
    return lambda: fit(model, examples, fit=settings, seed=0, machine=Machine(device="cpu"))


def theirs(place: str, examples: Sequence[Example], settings: Fit, **options: Any) -> Any:
    """Train with Seq2SeqTrainer, as it comes but for what the comparison fixes."""
    from transformers import DataCollatorForSeq2Seq, Seq2SeqTrainer, Seq2SeqTrainingArguments

    from isogloss.models.load import build

    model = build(place, TASK)
    folder = tempfile.mkdtemp()

    def run() -> Any:
        items = model.head.encode(model, examples, settings, train=True)
        rows = [
            {"input_ids": i.features["input_ids"], "labels": i.features["labels"]} for i in items
        ]
        arguments = Seq2SeqTrainingArguments(
            folder, max_steps=settings.steps, per_device_train_batch_size=settings.batch,
            learning_rate=settings.lr, warmup_steps=settings.warmup, use_cpu=True,
            save_strategy="no", disable_tqdm=True, seed=0, **options,
        )  # fmt: skip
        collate = DataCollatorForSeq2Seq(model.tokenizer, model=model.net)
        trainer = Seq2SeqTrainer(
            model.net, arguments, data_collator=collate, train_dataset=rows,
            callbacks=[],
        )  # fmt: skip
        trainer.remove_callback(__import__("transformers").PrinterCallback)
        trainer.train()
        return model

    return run


def loss(model: Any, examples: Sequence[Example], settings: Fit) -> float:
    """Give the loss per target token on examples, the same way for all."""
    import torch

    model.net.eval()
    items = model.head.encode(model, examples, settings, train=True)
    batch = model.head.collate(model, items, train=True)
    with torch.no_grad():
        return float(model.head.loss(model.net, batch)["task"])


def main() -> None:
    """Print one line a system."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mini/mt5")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--examples", type=int, default=1024)
    given = parser.parse_args()
    place = given.model
    if place == "large":
        place = str(material.shaped(Path(tempfile.mkdtemp())))
    examples, held = material.examples(given.examples), material.examples(64, seed=1)
    settings = Fit(steps=given.examples // BATCH, batch=BATCH, lr=LR)

    def fresh(make: Any, **options: Any) -> Any:
        return lambda: make(place, examples, settings, **options)()

    systems = {
        "Seq2SeqTrainer": fresh(theirs),
        "group_by_length": fresh(theirs, train_sampling_strategy="group_by_length"),
        "fit": fresh(ours),
    }
    found = material.alternate(systems, given.runs)
    model = found["fit"][0][2]
    items = model.head.encode(model, examples, settings, train=True)
    useful = sum(item.source + item.target for item in items)
    print(f"{model.size / 1e6:.1f}M parameters, {useful} useful tokens, {given.runs} runs each")
    for name, runs in found.items():
        cpu, wall = material.median(runs), material.median(runs, 1)
        print(
            f"{name:16} {useful / cpu:8.0f} tokens/CPU-s {useful / wall:8.0f} tokens/s  "
            f"fit is {cpu / material.median(found['fit']):.2f}x (wall "
            f"{wall / material.median(found['fit'], 1):.2f}x)  "
            f"loss after {loss(runs[0][2], held, settings):.3f}"
        )


if __name__ == "__main__":
    main()
