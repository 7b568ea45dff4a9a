"""Keep the verdicts of a study's claims on methods, for the catalogue.

`make claims` runs studies/claims.toml and then this, and the same for studies/ensemble.toml; a
study on real checkpoints is added in the same way. What the file holds of other studies stays.

    python tools/claims.py OUT
"""

from __future__ import annotations

import datetime
import json
import sys
from importlib.metadata import version
from typing import Any

from isogloss.analysis.select import Selection, choose_all
from isogloss.analysis.system import systems
from isogloss.claim import Verdict, verdicts
from isogloss.claim.checked import TABLE
from isogloss.store import Store

KEPT = ("method", "says", "cite", "verdict", "where", "scope", "numbers", "models")
FIGURES = ("delta", "low", "high")


def main(args: list[str]) -> int:
    """Keep the verdicts of the study that was run in a folder."""
    if len(args) != 1:
        print(__doc__)
        return 2
    return keep(Store(args[0]))


def keep(store: Store) -> int:
    """Write the verdicts on methods beside those of other studies."""
    said = store.study()
    found = systems(store.rows())
    choices = choose_all(found, Selection.of(said.get("select", {})))
    judged = verdicts(store, found, choices, said.get("claims", ()))
    revisions = {run.model: run.revision for run in store.runs().values()}
    entries = [entry(one, said["name"], revisions) for one in judged if one.method]
    old = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else []
    entries += [one for one in old if one["study"] != said["name"]]
    entries.sort(key=lambda one: (one["method"], one["study"], one["says"]))
    TABLE.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for one in judged:
        print(f"{one.method or '-':<20} {one}: {one.says}. {one.numbers}")
    return 0


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
