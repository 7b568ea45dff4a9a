"""What reading a results folder and writing its report cost, in CPU seconds and memory.

python benchmarks/report.py OUT          # any results folder; the report goes elsewhere
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time

from isogloss import report
from isogloss.store import Store


def main(out: str) -> None:
    """Read, build and write once, in this order, and print each."""
    steps = [("read", lambda _: Store(out).results()), ("build", report.build)]
    found = None
    with tempfile.TemporaryDirectory() as folder:
        for name, step in [*steps, ("write", lambda built: report.write(built, folder))]:
            begun = time.process_time()
            found = step(found)
            spent = time.process_time() - begun
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            many = f", {len(found)} rows" if name == "read" else ""
            print(f"{name}: {spent:.1f} s of CPU, {peak:.0f} MB at most so far{many}")


if __name__ == "__main__":
    main(*sys.argv[1:])
