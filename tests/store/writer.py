"""Write a run as a study does; tests start this as a process and kill it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from isogloss import plugin
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction, Row
from isogloss.store import Store

LANGS = tuple(f"q{a}{b}" for a in "aeiou" for b in "bcdfghjk")
TASK = Task("1", "generate", LANGS, lambda *_: [], ("exact_match",), name="toy")


def toy_run(seed: int = 0, model: str = "mini/mt5", recipe: str = "") -> Run:
    """Give a run of a task that is offered here."""
    plugin.offer(TASK)
    return Run(task="toy", model=model, sources=("en",), recipe=recipe, seed=seed)


def rows(run: Run, lang: str) -> list[Row]:
    """Give two rows that depend on the language alone."""
    value = LANGS.index(lang) / len(LANGS) if lang in LANGS else 0.5
    known = (run.id, run.cell, "toy", "1", run.model, run.recipe, run.fit.lr, 10, "", "en")
    return [
        Row(*known, lang, "", "test", metric, "", value, 50, run.seed)
        for metric in ("chrf", "exact_match")
    ]


def predictions(lang: str, n: int = 50) -> list[Prediction]:
    """Give predictions that depend on the language alone."""
    return [Prediction(f"{lang}-{i}", f"{lang} säger {i}\n" * 5) for i in range(n)]


def examples(lang: str, n: int = 50) -> list[Example]:
    """Give the items behind them."""
    return [Example(f"{lang}-{i}", lang, {"text": f"{i} ="}, str(i)) for i in range(n)]


def write(out: Path, pause: float) -> None:
    """Commit every language that is missing."""
    run = toy_run()
    with Store(out).folder(run) as folder:
        print("open", flush=True)
        for lang in LANGS:
            if (lang, "test") not in folder.done():
                time.sleep(pause)
                stats = {"exact_match": [[1.0, 1.0]] * 50}
                folder.commit(
                    lang,
                    "test",
                    predictions(lang),
                    rows(run, lang),
                    examples=examples(lang),
                    stats=stats,
                )
        print("done", flush=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), float(sys.argv[2]))
