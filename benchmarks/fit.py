"""Time `fit` against transformers' Seq2SeqTrainer: useful tokens a second, same losses.

    python benchmarks/fit.py [--model mini/mt5] [--wide] [--runs 5]

All start from the same weights and take as many updates, of 32 examples, with
the same optimiser, schedule and dropout. Useful tokens are those of the batches
that were really trained on, source and target, without padding. The loss
afterwards is that on 256 examples not trained on.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import material
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from material import TASK, Example

BATCH = 32


def ours(model: Any, examples: Sequence[Example], settings: Fit, seed: int) -> tuple[int, Any]:
    """Train with `fit`; give the useful tokens and the model."""
    from isogloss.models.train.fit import fit
    from isogloss.models.train.loss import plain_loss

    tokens, own = 0, plain_loss(settings)

    def loss(model: Any, batch: Any) -> Any:
        nonlocal tokens
        tokens += sum(item.source + item.target for item in batch.items)
        return own(model, batch)

    machine = Machine(device="cpu")
    fit(model, examples, fit=settings, seed=seed, machine=machine, loss=loss)
    return tokens, model


def theirs(
    model: Any, examples: Sequence[Example], settings: Fit, seed: int, sampling: str
) -> tuple[int, Any]:
    """Train with Seq2SeqTrainer, as it comes but for what the comparison fixes."""
    from transformers import (
        DataCollatorForSeq2Seq,
        PrinterCallback,
        Seq2SeqTrainer,
        Seq2SeqTrainingArguments,
    )

    items = model.head.encode(model, examples, settings, train=True)
    rows = [{name: i.features[name] for name in ("input_ids", "labels")} for i in items]
    pad: Callable[[Any], Any] = DataCollatorForSeq2Seq(model.tokenizer, model=model.net)
    tokens = 0

    def collate(features: Any) -> Any:
        nonlocal tokens
        tokens += sum(len(f["input_ids"]) + len(f["labels"]) for f in features)
        return pad(features)

    with tempfile.TemporaryDirectory() as folder:
        arguments = Seq2SeqTrainingArguments(
            folder, max_steps=settings.steps, per_device_train_batch_size=settings.batch,
            learning_rate=settings.lr, warmup_steps=settings.warmup, use_cpu=True, seed=seed,
            save_strategy="no", disable_tqdm=True, train_sampling_strategy=sampling,
        )  # fmt: skip
        trainer = Seq2SeqTrainer(model.net, arguments, data_collator=collate, train_dataset=rows)
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return tokens, model


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
    from isogloss.models.load import build

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mini/mt5")
    parser.add_argument("--wide", action="store_true", help="widen it to about 12M parameters")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--examples", type=int, default=2048)
    parser.add_argument("--updates", type=int, help="fewer than one pass over the examples")
    given = parser.parse_args()
    examples, held = material.examples(given.examples), material.examples(256, seed=1)
    updates = given.updates or given.examples // BATCH
    settings = Fit(steps=updates, batch=BATCH, lr=1e-3)
    model = build(given.model, TASK)
    model = material.widened(model) if given.wide else model
    print(f"{model.size / 1e6:.1f}M parameters, {updates} updates", flush=True)
    print(f"loss before {loss(model, held, settings):.3f}", flush=True)
    found = material.alternate(
        {
            "Seq2SeqTrainer": lambda n: theirs(model.copy(), examples, settings, n, "random"),
            "group_by_length": lambda n: theirs(
                model.copy(), examples, settings, n, "group_by_length"
            ),
            "fit": lambda n: ours(model.copy(), examples, settings, n),
        },
        given.runs,
    )
    for name, runs in found.items():
        after = statistics.median(loss(run.result, held, settings) for run in runs)
        print(f"{name:16} loss after {after:.3f}")
    material.table(found, "tokens", "fit")


if __name__ == "__main__":
    main()
