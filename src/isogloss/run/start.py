"""Write a study for a file of labelled data, with its references and its cost."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError
from isogloss.data import folder
from isogloss.data.guess import Guess, guess
from isogloss.data.language import language

BATCH = 16
REAL = {"generate": "google/mt5-base"}
RECIPES = {
    "majority": "the most frequent label, always: what any model has to beat",
    "untouched": "the model without any training: what finetuning has to beat",
    "full": "plain finetuning of all parameters on the source language",
    "translate_train": "training data translated into the targets: often the better system",
    "translate_test": "targets translated into the source language, then the full model",
}
SIZES = (("mini/", 2e6), ("small", 4e7), ("base", 9e7), ("large", 3e8), ("xl", 1.2e9))
"""Parameters outside the embeddings, by what names of models say."""
CPU, GPU = 2e10, 2e13
"""Useful operations a second of two cores and of one GPU: within a factor of three."""


@dataclass(frozen=True)
class _Plan:
    """What a study is written from."""

    guess: Guess
    name: str
    source: str
    targets: tuple[str, ...]
    files: dict[str, str]
    """Split -> path or pattern, relative to the study."""
    model: str
    translator: str | None
    said: tuple[str, ...]
    """Splits that the caller named, rather than found beside the training data."""

    @property
    def lrs(self) -> list[float]:
        rates = [1e-3, 3e-4] if self.model.startswith("mini/") else [5e-5, 2e-5]
        if self.guess.kind == "generate":
            rates = [1e-3, 1e-4]
        return rates if "dev" in self.files else rates[:1]

    @property
    def seeds(self) -> list[int]:
        return [0, 1, 2]

    @property
    def steps(self) -> int:
        five_epochs = 5 * self.guess.items / BATCH
        return max(100, min(2000, 100 * round(five_epochs / 100)))

    @property
    def recipes(self) -> dict[str, str]:
        listed = ", ".join(f"'{lang}'" for lang in self.targets)
        calls = {"majority": "majority()", "untouched": "untouched()", "full": ""}
        if self.translator:
            calls["translate_train"] = f"translate_train(langs=[{listed}])"
            calls["translate_test"] = "translate_test()"
        return {
            name: call
            for name, call in calls.items()
            if name == "full" or self.guess.kind in plugin.method(name).kinds
        }


def study_text(
    train: Path,
    *,
    source: str,
    targets: Sequence[str],
    dev: Path | None = None,
    test: Path | None = None,
    model: str | None = None,
    translator: str | None = None,
    base: Path | None = None,
) -> str:
    """Write a commented study for labelled data.

    Args:
        train: Labelled data in the source language: JSON lines, CSV, TSV, CoNLL, SQuAD.
        source: Its language.
        targets: Languages to carry the task to.
        dev: Labelled data of the source language to choose a learning rate by.
        test: Data to score, with {lang} in the path for the language.
        model: Backbone; without one a small built-in model.
        translator: A translation model, for the references that translate.
        base: Folder the study will lie in; the working folder by default.

    Raises:
        IsoglossError: broken data, or data of which no task can be made.
    """
    seen = guess(train)
    base = base or Path()
    code = language(source).code
    files = {"train": _relative(train, base)}
    for split, given in (("dev", dev), ("test", test)):
        found = str(given) if given else _beside(train, split, code)
        if given:
            _check(found or "", split)
        if found:
            files[split] = _relative(Path(found), base)
    plan = _Plan(
        guess=seen,
        name=_name(train),
        source=code,
        targets=tuple(language(lang).code for lang in targets),
        files=files,
        model=model or ("mini/mt5" if seen.kind == "generate" else "mini/xlmr"),
        translator=translator,
        said=tuple(split for split, given in (("dev", dev), ("test", test)) if given),
    )
    parts = (_head(plan), _grid(plan), _fit(plan), _recipes(plan), _task(plan), _supply(plan))
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()


def _check(path: str, split: str) -> None:
    if not folder.matches(path, Path()):
        raise IsoglossError(
            f"no {split} file fits '{path}'", "write {lang} where paths name the language"
        )


def _beside(train: Path, split: str, source: str) -> str | None:
    """Find a split's file beside the training file: the same path with other names in it."""
    codes = "|".join(sorted(map(re.escape, folder.spellings(source)), key=len, reverse=True))
    path = train.as_posix()
    lang_free = re.sub(rf"(?<![^/._-])({codes})(?![^/._-])", "{lang}", path)
    for pattern in (lang_free, path) if split == "test" else (path,):
        for name in folder.SPLIT_NAMES[split]:
            found = re.sub(r"train(ing)?(?=[^/]*$)", name, pattern)
            if found != pattern and folder.matches(found, Path()):
                return found
    return None


def _name(train: Path) -> str:
    candidates = [train.stem, train.resolve().parent.name, train.resolve().parent.parent.name]
    for candidate in candidates:
        name = re.sub(r"\W+", "_", candidate.lower()).strip("_")
        generic = ("train", "training", "data", "dataset", "tmp", "")
        code = re.fullmatch(r"[a-z]{2,3}(_[a-z]{4})?", name)
        if name not in generic and not code and name not in plugin.names("task"):
            return name
    return "mine"


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_literal(v)}" for key, v in value.items()) + " }"
    if isinstance(value, float):
        return f"{value:.0e}".replace("e-0", "e-")
    return json.dumps(value, ensure_ascii=False)


def _head(plan: _Plan) -> list[str]:
    seen, lines = plan.guess, []
    columns = f" with the columns {', '.join(seen.header)}" if seen.header else ""
    lines.append(f"# {plan.files['train']} has {seen.items:,} examples{columns},")
    lines.append(f"# {seen.words:.0f} words each on average. It looks like a {seen.kind} task:")
    lines.append(f"# {seen.why}. If that is wrong, mend [task.{plan.name}] below.")
    for split in ("dev", "test"):
        if split in plan.files and split not in plan.said:
            lines.append(f"# Found beside it and taken for {split}: {plan.files[split]}")
    if "test" not in plan.files:
        lines.append("# TO DO: no test data yet, and so nothing to score: see files below.")
    lines += ["#", *(f"# {line}" for line in _cost(plan))]
    return lines


def _cost(plan: _Plan) -> list[str]:
    """Estimate what running the study costs."""
    trained = [name for name in ("full", "translate_train") if name in plan.recipes]
    runs = len(trained) * len(plan.lrs) * len(plan.seeds)
    # 1.5 tokens a word; a token costs six operations for each parameter.
    tokens = BATCH * min(512.0, 1.5 * plan.guess.words + 4)
    size = next((n for part, n in SIZES if part in plan.model.lower()), 9e7)
    work = runs * plan.steps * tokens * 6 * size
    made = "+".join(trained)
    return [
        f"Cost: {runs} trainings ({made} x {len(plan.lrs)} learning rates x "
        f"{len(plan.seeds)} seeds) of {plan.steps} steps;",
        f"roughly {_time(work / CPU)} on two CPU cores, {_time(work / GPU + runs * 20)} on a GPU, "
        "and scoring besides.",
        "Other recipes share these trainings. What runs and what is skipped: isogloss plan",
    ]


def _time(seconds: float) -> str:
    if seconds < 90:
        return "a minute"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"


def _grid(plan: _Plan) -> list[str]:
    lines = [f"name    = {_literal(plan.name)}", f"tasks   = {_literal([plan.name])}"]
    if plan.model.startswith("mini/"):
        real = REAL.get(plan.guess.kind, "FacebookAI/xlm-roberta-base")
        lines.append("# A toy that shows that the study runs, and knows little of real text.")
        lines.append(f'# For real results: models = ["{real}"]')
    lines.append(f"models  = {_literal([plan.model])}")
    lines.append(f"sources = {_literal([[plan.source]])}")
    lines.append(f"targets = {_literal(plan.targets)}")
    lines.append(f"seeds   = {_literal(plan.seeds)}  # one seed tells little: scores vary with it")
    return lines


def _fit(plan: _Plan) -> list[str]:
    lines = ["[fit]", f"steps = {plan.steps}", f"batch = {BATCH}", f"lr    = {_literal(plan.lrs)}"]
    if "dev" in plan.files:
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


def _recipes(plan: _Plan) -> list[str]:
    width = max(map(len, plan.recipes))
    lines = ["[recipes]"]
    for name, call in plan.recipes.items():
        lines += [f"# {RECIPES[name]}", f"{name:{width}} = {_literal(call)}"]
    if plan.guess.kind == "generate":
        lines += [
            "# Training can make the model answer in the source language. Against that, try",
            "# \"freeze(what=['embeddings', 'decoder'])\" or a lower rate.",
        ]
    if not plan.translator:
        lines.append("# With a translator (isogloss start --translator NAME) two more references.")
    return lines


def _task(plan: _Plan) -> list[str]:
    lines = [f"[task.{plan.name}]", f"kind    = {_literal(plan.guess.kind)}"]
    if plan.guess.columns:
        lines.append(f"columns = {_literal(dict(plan.guess.columns))}")
    if plan.guess.kind in ("classify", "tag"):
        lines.append("# labels = [...]  # without a list: all labels of the training data")
    lines.append(f"[task.{plan.name}.files]  # relative to this file")
    for split in ("train", "dev", "test"):
        path = plan.files.get(split)
        if path is None:
            ending = Path(plan.files["train"]).suffix
            what = "labels optional: without them predictions only" if split == "test" else "none"
            lines.append(f'# {split:5} = "{split}.{{lang}}{ending}"  # {what}')
        elif "{lang}" in path or "lang" in plan.guess.columns:
            lines.append(f"{split:5} = {_literal(path)}")
        else:
            lines.append(f"{split:5} = {_literal({plan.source: path})}")
    return lines


def _supply(plan: _Plan) -> list[str]:
    if not plan.translator:
        return []
    return ["[supply]", f"translator = {_literal(plan.translator)}"]
