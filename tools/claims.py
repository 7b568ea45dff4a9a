"""Test what the methods' files claim, and keep the verdicts for the catalogue.

`make claims` runs the studies that the claims make, one a bench, each in a folder of
its name. A study of real checkpoints whose claims name methods adds its verdicts with
--keep; what a method's file of verdicts holds of other studies stays.

    python tools/claims.py OUT
    python tools/claims.py --keep OUT
"""

from __future__ import annotations

import datetime
import json
import sys
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from isogloss import plugin, run_study
from isogloss.analysis.select import Selection, choose_all
from isogloss.analysis.system import systems
from isogloss.claim import Verdict, verdicts
from isogloss.claim.checked import FOLDER
from isogloss.report import build, summary, write
from isogloss.store import Store
from isogloss.study.gather import gather
from isogloss.study.study import Study

KEPT = ("says", "cite", "verdict", "where", "scope", "numbers", "models")
FIGURES = ("delta", "low", "high")


def main(args: list[str]) -> int:
    """Test all claims in a folder, or keep the verdicts of a study that was run in one."""
    if args[:1] == ["--keep"] and len(args) == 2:
        keep(Store(args[1]))
    elif len(args) == 1 and args[0][:1] != "-":
        for table in gather(plugin.names("method")):
            out = Path(args[0]) / table["name"]
            results = run_study(Study.of(table), out, workers=2)
            print(summary(report := build(results)))
            write(report, out)
            keep(Store(out))
    else:
        print(__doc__)
        return 2
    return 0


def keep(store: Store, folder: Path = FOLDER) -> None:
    """Write the verdicts on methods beside those of other studies."""
    said = store.study()
    found = systems(store.rows())
    choices = choose_all(found, Selection.of(said.get("select", {})))
    judged = verdicts(store, found, choices, said.get("claims", ()))
    revisions = {run.model: run.revision for run in store.runs().values()}
    named = sorted((one for one in judged if one.method), key=lambda one: one.method)
    for method, group in groupby(named, key=lambda one: one.method):
        path = folder / f"{method}.json"
        old = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        entries = [entry(one, said["name"], revisions) for one in group]
        entries += [one for one in old if one["study"] != said["name"]]
        entries.sort(key=lambda one: (one["study"], one["says"]))
        text = json.dumps(entries, ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
    for one in judged:
        print(f"{one.method or '-':<20} {one}: {one.says}. {one.numbers}")


def entry(one: Verdict, study: str, revisions: dict[str, str]) -> dict[str, Any]:
    """Give a verdict as plain values, with where and when it was found."""
    figures = {name: getattr(one, name) for name in FIGURES}
    return {
        **{name: getattr(one, name) for name in KEPT},
        **{name: value if value is None else round(value, 4) for name, value in figures.items()},
        "study": study,
        "created": datetime.date.today().isoformat(),
        "version": version("isogloss"),
        "revisions": [revisions.get(model, "") for model in one.models],
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
