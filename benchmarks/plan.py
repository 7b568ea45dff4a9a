"""How long a plan takes, by the number of its cells.

python benchmarks/plan.py
"""

from __future__ import annotations

import time
from statistics import median

from isogloss import Study
from isogloss.study.plan import plan_study

RECIPES = {
    "full": "",
    "lora": "lora(r=2)",
    "mean": "average(last=3)",
    "mixed": "mix_in(langs=['sw']) + lora(r=4)",
    "shots": {"recipe": "shots(k={k})", "k": [1, 2, 4]},
}


def seconds(seeds: int) -> tuple[int, float]:
    """Plan a study; give the number of its cells and the CPU seconds that it takes."""
    table = {
        "tasks": ["verbalise"],
        "models": ["mini/mt5"],
        "targets": ["fr"],
        "seeds": list(range(seeds)),
        "fit": {"snapshots": 3, "lr": [1e-3, 1e-4]},
        "recipes": RECIPES,
    }
    began = time.process_time()
    plan = plan_study(Study.of(table))
    count = plan.trainings + len(plan.cells)
    assert count
    return len(plan.cells), time.process_time() - began


def main() -> None:
    """Print CPU seconds for growing plans, medians of five."""
    seconds(1)
    for seeds in (36, 90, 180, 360):
        runs = [seconds(seeds) for _ in range(5)]
        cells, took = runs[0][0], median(took for _, took in runs)
        print(f"{cells:>6} cells  {took:6.2f} CPU s  {1e3 * took / cells:.2f} ms a cell")


if __name__ == "__main__":
    main()
