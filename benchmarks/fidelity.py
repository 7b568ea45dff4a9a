"""Time identification and verdicts: against the plain loop, and up to a million lines.

    python benchmarks/fidelity.py [--texts 4000] [--runs 5] [--lines 10000,100000,1000000]

Plain loop: the identifier's own function, text by text. Runs alternate; the
medians of CPU seconds are shown, which other processes on the machine hardly
move. Every run starts without memory of the runs before. The texts are CLDR's
names of languages and countries in French, English and German, shuffled.
"""

from __future__ import annotations

import argparse
import csv
import gc
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

LANG = "fr"
MODEL: Any = None
"""The package's own identifier; set by ``main``."""


def sample(texts: int) -> dict[str, list[str]]:
    """Make outputs of several kinds."""
    from babel import Locale

    rng = random.Random(0)
    words = sorted(
        word
        for code in ("fr", "en", "de")
        for table in (Locale(code).languages, Locale(code).territories)
        for name in table.values()
        for word in name.lower().split()
    )

    def line(n: int) -> str:
        return " ".join(rng.choice(words) for _ in range(n))

    few = [line(4) for _ in range(texts // 20)]
    return {
        "4 words, all different": [line(4) for _ in range(texts)],
        "4 words, each 20 times": [rng.choice(few) for _ in range(texts)],
        "60 words, all different": [line(60) for _ in range(texts // 4)],
    }


def plain(texts: Sequence[str]) -> None:
    """Ask the package itself, one text at a time."""
    for text in texts:
        MODEL.classify(text)


def batched(texts: Sequence[str]) -> None:
    """Ask the plug-in for the likeliest language and its probability."""
    from isogloss import plugin
    from isogloss.fidelity.identify import Best

    Best(plugin.identifier())(texts)


def verdicts(texts: Sequence[str]) -> None:
    """Give whole verdicts, spans and loops and all."""
    from isogloss import plugin
    from isogloss.fidelity import Judge

    Judge(plugin.identifier())(texts, LANG)


def compare(texts: Sequence[str], runs: int) -> dict[str, float]:
    """Alternate the ways, and give the median CPU seconds of each."""
    ways: dict[str, Callable[[Sequence[str]], None]] = {
        "plain loop": plain, "identifier": batched, "verdicts": verdicts,
    }  # fmt: skip
    took: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(runs + 1):
        for name, way in ways.items():
            gc.collect()
            start = time.process_time()
            way(texts)
            if run:  # the first run warms up
                took[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in took.items()}


def survey(path: Path) -> None:
    """Judge a file in this process; print CPU seconds and the peak of memory in MiB."""
    from isogloss.fidelity import judge
    from isogloss.fidelity.file import survey as judge_file

    using = judge()
    using(["un texte"], LANG)
    start = time.process_time()
    found = judge_file([path], using, lang=LANG)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(found.n, time.process_time() - start, peak)


def grow(sizes: Sequence[int]) -> None:
    """Judge files of growing length, each in a process of its own."""
    rng = random.Random(1)
    pool = [text for kind, texts in sample(20_000).items() if kind[0] == "4" for text in texts]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lines.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["text"])
                for i in range(size):
                    # one in five is new, the others have been there before
                    new = f"{rng.choice(pool)} {i}" if i % 5 == 0 else rng.choice(pool)
                    writer.writerow([new])
            command = [sys.executable, __file__, "--survey", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            n, seconds, peak = map(float, done.stdout.split())
            print(f"{n:>10,.0f} lines {seconds:8.1f} s {n / seconds:9,.0f} lines/s {peak:7.0f} MiB")


def main() -> None:
    """Print one line a kind of text, then one line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--lines", default="10000,100000,1000000")
    parser.add_argument("--survey", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.survey:
        survey(given.survey)
        return
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    global MODEL
    MODEL = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    for name, texts in sample(given.texts).items():
        found = compare(texts, given.runs)
        rates = {way: len(texts) / seconds for way, seconds in found.items()}
        shown = ", ".join(f"{way} {rate:,.0f}/s" for way, rate in rates.items())
        print(f"{name} ({len(texts)}): {shown}; {rates['identifier'] / rates['plain loop']:.1f}x")
    grow([int(size) for size in given.lines.split(",") if size])


if __name__ == "__main__":
    main()
