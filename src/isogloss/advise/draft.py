"""A study for labelled data, as a commented text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

from isogloss import plugin
from isogloss.core.kind import as_text
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.language.clip import clip
from isogloss.reader.guess import Guess
from isogloss.study import cost

BATCH = 16
WRITER, READER = "google/mt5-base", "FacebookAI/xlm-roberta-base"
"""Usual backbones: for answers that are written, and for others."""
RECIPES = {
    "majority": "the most frequent label, always: what any model has to beat",
    "untouched": "the model without any training: what finetuning has to beat",
    "full": "plain finetuning of all parameters on the source language",
    "translate_train": "training data translated into the targets: often the better system",
    "translate_test": "targets translated into the source language, then the full model",
}
WIDE = 96
"""Characters of a line of comments."""


@dataclass(frozen=True)
class Draft:
    """What a study is written from."""

    guess: Guess
    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    files: Mapping[str, Any]
    """Split -> pattern, or language -> path; relative to the study."""
    found: tuple[str, ...]
    """Splits that were found beside the training data, rather than named."""
    model: str
    size: int | None
    """Parameters outside the embeddings; None where nothing tells."""
    tokens: float
    """Of an example, on average."""
    translator: str | None
    labels: tuple[str, ...]
    """Where they are more than those of the training data."""
    notes: tuple[str, ...]
    """What was taken for labels."""
    samples: tuple[Example, ...]

    @property
    def lrs(self) -> list[float]:
        """Learning rates to try."""
        rates = [1e-3, 3e-4] if self.model.startswith("mini/") else [5e-5, 2e-5]
        if not plugin.kind(self.guess.kind).hub:
            rates = [1e-3, 1e-4]
        return rates if "dev" in self.files else rates[:1]

    @property
    def seeds(self) -> list[int]:
        """Seeds to train with."""
        return [0, 1, 2]

    @property
    def steps(self) -> int:
        """Updates of a training: five epochs, within reason."""
        five_epochs = 5 * self.guess.items / BATCH
        return max(100, min(2000, 100 * round(five_epochs / 100)))

    @property
    def recipes(self) -> dict[str, str]:
        """Name -> recipe."""
        listed = ", ".join(f"'{lang}'" for lang in self.targets)
        calls = {"majority": "majority()", "untouched": "untouched()", "full": ""}
        if self.translator:
            calls["translate_train"] = f"translate_train(langs=[{listed}])"
            calls["translate_test"] = "translate_test()"
        return {
            name: call
            for name, call in calls.items()
            if name == "full" or self.guess.kind in plugin.kinds_of(plugin.method(name))
        }

    def text(self) -> str:
        """Write the study."""
        parts = (_head, _grid, _fit, _recipes, _task, _supply)
        return "\n\n".join("\n".join(lines) for part in parts if (lines := part(self))) + "\n"


def literal(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {literal(v)}" for key, v in value.items()) + " }"
    if isinstance(value, float):
        return f"{value:.0e}".replace("e-0", "e-")
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isascii() else literal(name)


def _head(draft: Draft) -> list[str]:
    seen = draft.guess
    train = draft.files["train"]
    where = ", ".join(dict.fromkeys(train.values())) if isinstance(train, Mapping) else train
    columns = f" with the columns {', '.join(seen.header)}" if seen.header else ""
    lines = [
        f"{where} has {seen.items:,} examples{columns}, {seen.words:.0f} words each on average. "
        f"It looks like a {seen.kind} task: {seen.why}. If that is wrong, write another "
        f"kind and other columns into [task.{draft.name}] below.",
        *draft.notes,
    ]
    if seen.unused:
        unread = ", ".join(seen.unused)
        lines.append(f"Not read: {unread}. Where an answer depends on one, put it into the text.")
    lines += [
        "Two examples, as they are read:",
        *(f"  {show(one, seen.kind)}" for one in draft.samples),
    ]
    for split in draft.found:
        lines.append(f"Found beside it and taken for {split}: {_where(draft.files[split])}")
    if "test" not in draft.files:
        lines.append("TO DO: no test data yet, and so nothing to score: see files below.")
    lines += ["", *_cost(draft)]
    return [f"# {_plain(one)}".rstrip() for line in lines for one in _wrap(line)]


def _where(files: Any) -> str:
    return ", ".join(files.values()) if isinstance(files, Mapping) else str(files)


def show(example: Example, kind: str) -> str:
    """Show an example and its target in one line."""
    asks, inputs = plugin.kind(kind), example.inputs
    texts = [
        " / ".join(value) if name == asks.options else as_text(value, inputs)
        for name, value in inputs.items()
    ]
    share = (WIDE - 30) // len(inputs)
    shown = " | ".join(_clip(one, share) for one in texts)
    if example.target is None:
        return shown
    left = max(24, WIDE - len(shown) - 8)
    return f"{shown} => {_clip(asks.show(example.target, inputs), left)}"


def _clip(text: str, most: int) -> str:
    return clip(" ".join(text.split()), most)


def _wrap(line: str) -> list[str]:
    return wrap(line, WIDE, break_on_hyphens=False, break_long_words=False) or [""]


def _plain(line: str) -> str:
    """Leave out what a comment can't hold."""
    return "".join(letter if letter.isprintable() else " " for letter in line)


def _cost(draft: Draft) -> list[str]:
    """Estimate what running the study costs."""
    trained = [name for name in ("full", "translate_train") if name in draft.recipes]
    runs = len(trained) * len(draft.lrs) * len(draft.seeds)
    rates = f"{len(draft.lrs)} learning rate{'s' * (len(draft.lrs) > 1)}"
    lines = [
        f"Cost: {runs} trainings ({'+'.join(trained)} x {rates} x {len(draft.seeds)} seeds) of "
        f"{draft.steps} steps;"
    ]
    if draft.size is None:
        lines.append(f"how long they take, the size of {draft.model} would tell, which is not")
        lines.append("known here: isogloss plan --measure tries it out.")
    else:
        read = BATCH * min(float(Fit.max_source), draft.tokens)
        cpu, gpu = (
            cost.updates(runs * draft.steps, draft.size, read, speed)
            for speed in (cost.CPU, cost.GPU)
        )
        lines.append(
            f"roughly {_time(cpu)} on two CPU cores, {_time(gpu + runs * 20)} on a GPU, and "
            "scoring besides;"
        )
        lines.append(
            f"counted from {draft.size:,} parameters outside the embeddings and "
            f"{draft.tokens:.0f} tokens an example; isogloss plan --measure tries it out."
        )
    return [
        *lines,
        "Other recipes share these trainings. What runs and what is skipped: isogloss plan",
    ]


def _time(seconds: float) -> str:
    if seconds < 90:
        return "a minute"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"


def _grid(draft: Draft) -> list[str]:
    lines = [f"name    = {literal(draft.name)}", f"tasks   = {literal([draft.name])}"]
    if draft.model.startswith("mini/"):
        real = READER if plugin.kind(draft.guess.kind).hub else WRITER
        lines.append("# A toy that shows that the study runs, and knows little of real text.")
        lines.append(f'# For real results: models = ["{real}"]')
    lines.append(f"models  = {literal([draft.model])}")
    if len(draft.sources) > 1:
        alone = literal([[lang] for lang in draft.sources])
        lines.append(f"# Trained on together; for one model of each: sources = {alone}")
    lines.append(f"sources = {literal([draft.sources])}")
    lines.append(f"targets = {literal(draft.targets)}")
    lines.append(f"seeds   = {literal(draft.seeds)}  # one seed tells little: scores vary with it")
    return lines


def _fit(draft: Draft) -> list[str]:
    lines = ["[fit]", f"steps = {draft.steps}", f"batch = {BATCH}", f"lr    = {literal(draft.lrs)}"]
    if "dev" in draft.files:
        return [
            *lines,
            "",
            "[select]",
            'lr = "source_dev"  # the rate with the best score on source dev data',
        ]
    return [
        *lines,
        "# One rate only: without dev data there is nothing to choose by but the test set.",
        "# isogloss start --dev FILE adds a grid.",
    ]


def _recipes(draft: Draft) -> list[str]:
    width = max(map(len, draft.recipes))
    lines = ["[recipes]"]
    for name, call in draft.recipes.items():
        lines += [f"# {RECIPES[name]}", f"{name:{width}} = {literal(call)}"]
    if plugin.kind(draft.guess.kind).writes:
        lines += [
            "# Training can make the model answer in the source language. Against that, try",
            "# \"freeze(what=['embeddings', 'decoder'])\" or a lower rate.",
        ]
    if not draft.translator:
        lines.append("# With a translator (isogloss start --translator NAME) two more references.")
    return lines


def _task(draft: Draft) -> list[str]:
    lines = [f"[task.{draft.name}]", f"kind    = {literal(draft.guess.kind)}"]
    if draft.guess.columns:
        lines.append(f"columns = {literal(dict(draft.guess.columns))}")
    if draft.labels:
        lines.append(f"labels  = {literal(draft.labels)}  # also those of other files")
    elif plugin.kind(draft.guess.kind).labels:
        lines.append("# labels = [...]  # without a list: all labels of the training data")
    lines.append(f"[task.{draft.name}.files]  # relative to this file")
    for split in ("train", "dev", "test"):
        if split in draft.files:
            lines.append(f"{split:5} = {literal(draft.files[split])}")
        else:
            what = "labels optional: without them predictions only" if split == "test" else "none"
            lines.append(f'# {split:5} = "{split}.{{lang}}{_ending(draft)}"  # {what}')
    return lines


def _ending(draft: Draft) -> str:
    train = draft.files["train"]
    paths: Sequence[str] = [*train.values()] if isinstance(train, Mapping) else [train]
    return Path(paths[0]).suffix


def _supply(draft: Draft) -> list[str]:
    if not draft.translator:
        return []
    return ["[supply]", f"translator = {literal(draft.translator)}"]
