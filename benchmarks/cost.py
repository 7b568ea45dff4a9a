"""How near the truth `plan` comes: a study's time as measured before, and as its runs tell.

    python benchmarks/cost.py

Prints three wall times of one small study: what `plan --measure` says, what it
takes, and what `plan` says of it once its runs are there.
"""

from __future__ import annotations

import os
import tempfile
import time

from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study

os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def main() -> None:
    """Measure, run and forecast a study of three runs."""
    from isogloss import Study
    from isogloss.core.machine import Machine
    from isogloss.core.run import Fit
    from isogloss.store import Store
    from isogloss.study import cost

    asked = Study(
        name="near",
        tasks=("verbalise",),
        models=("mini/mt5",),
        targets=("fr", "ru", "ja"),
        fit=Fit(steps=100, batch=16),
        lrs=(1e-3, 3e-4, 1e-4),
    )
    plan = plan_study(asked)
    said = cost.forecast(plan, cost.measured(asked, plan, Machine())).seconds
    with tempfile.TemporaryDirectory() as out:
        began = time.monotonic()
        run_study(asked, out)
        took = time.monotonic() - began
        again = cost.forecast(plan, cost.seen(Store(out))).seconds
    print(f"took {took:.1f} s; measured before {said:.1f} s ({said / took:.2f}x); "
          f"from its own runs {again:.1f} s ({again / took:.2f}x)")  # fmt: skip


if __name__ == "__main__":
    main()
