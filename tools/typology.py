"""Build src/isogloss/relation/typology.npz, the table behind typological distances.

Run it in an environment of its own; nothing here is needed at run time:

    python -m venv /tmp/build && /tmp/build/bin/pip install urielplus==1.3.2 .
    /tmp/build/bin/python tools/typology.py

The facts are URIEL+ 1.3.2 (Khan et al. 2025, CC BY-SA 4.0): URIEL (Littell et al. 2017; WALS,
SSWL, Ethnologue, PHOIBLE) with Grambank, APiCS, SAPHON and BDPROTO added, and families and
coordinates from Glottolog. Values are the union over sources, as in URIEL+: a feature holds where
any source says so. Nothing is imputed: neither from neighbours nor from a parent language.

A row belongs to the language that its code means in the registry. So a row under the code of a
macrolanguage (`nor`, `ara`, `est`) is that of the member which the code stands for there (Bokmål,
Standard Arabic, Estonian); it says only what the member's own row leaves open. Serbo-Croatian,
which the sources describe as one language, is read for each of its three standards.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from urielplus import urielplus

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import canonical, languages

OUT = Path(__file__).parents[1] / "src/isogloss/relation/typology.npz"
FROM = Path(urielplus.__file__).parent / "database/urielplus_csvs"
ABOUT = {
    "version": "1",
    "source": "URIEL+ 1.3.2",
    "licence": "CC-BY-SA-4.0",
    "cite": "https://aclanthology.org/2025.coling-main.463",
}
PREFIXES = {"syntactic": "S_", "morphological": "M_", "phonological": "P_", "inventory": "INV_"}
DATABASES = ("saphon", "bdproto", "grambank", "apics")
"""What is added to URIEL; not eWAVE, which tells varieties of English apart and nothing else."""
SEVERAL = {"hbs": ("bs", "hr", "sr")}
NO_FAMILY = {
    "Artificial Language", "Bookkeeping", "Mixed Language", "Pidgin", "Sign Language",
    "Speech Register", "Unattested", "Unclassifiable",
}  # fmt: skip
"""Glottolog's groups that say nothing of descent."""

Rows = dict[str, list[str]]


def read(name: str) -> list[dict[str, str]]:
    """Read one of URIEL+'s tables."""
    with (FROM / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def integrated() -> tuple[list[str], list[str], Any]:
    """Give names of rows and features, and the values: 1, 0 or -1 for unknown."""
    uriel = urielplus.URIELPlus()
    uriel.set_fill_with_base_lang(False)
    codes, values = uriel.langs[1].astype(str), uriel.data[1]
    uriel.set_glottocodes()
    glottocodes = {row["iso_code"]: row["glottocode"] for row in read("uriel_glottocode_map.csv")}
    # Codes without a Glottocode, most of them of macrolanguages, are dropped there: keep them.
    lost = [number for number, code in enumerate(codes) if not glottocodes.get(code)]
    uriel.langs[1] = np.append(uriel.langs[1].astype("<U20"), codes[lost])
    uriel.data[1] = np.concatenate([uriel.data[1], values[lost]])
    for name in DATABASES:
        getattr(uriel, f"integrate_{name}")()
    return list(map(str, uriel.langs[1])), list(map(str, uriel.feats[1])), uriel.data[1].max(axis=2)


def meant(code: str) -> tuple[str, ...]:
    """Give the languages that an ISO code stands for in the registry."""
    try:
        return SEVERAL.get(code) or (canonical(code),)
    except IsoglossError:
        return ()


def sources(found: list[str]) -> Rows:
    """Give each language's rows by name, its own before its macrolanguage's."""
    isos: Rows = {}
    for row in read("uriel_glottocode_map.csv"):
        isos.setdefault(row["glottocode"] or row["iso_code"], []).append(row["iso_code"])
    there = set(found)
    rows: Rows = {}
    for lang in languages():
        if "-" not in lang.code:
            rows[lang.code] = [lang.glottocode] if lang.glottocode in there else []
    for name in found:
        for iso in isos.get(name, []):
            for code in meant(iso):
                if code in rows and name not in rows[code]:
                    rows[code].append(name)
    return rows


def features(rows: Rows, found: list[str], values: Any) -> Any:
    """Give languages x features: what the first row that knows a feature says of it."""
    place = {name: number for number, name in enumerate(found)}
    table = np.full((len(rows), values.shape[1]), -1, np.int8)
    for line, names in zip(table, rows.values(), strict=True):
        for name in names:
            open_ = line < 0
            line[open_] = values[place[name]][open_]
    return table


def lineages(rows: Rows) -> Iterator[tuple[dict[str, str], tuple[str, ...] | None]]:
    """Give each language's line in Glottolog, and its family path; None where it has none."""
    table = {row["language_id"]: row for row in read("lang_fam_geo.csv")}
    own = {lang.code: lang.glottocode for lang in languages()}
    for code, names in rows.items():
        row = next((table[name] for name in (own[code], *names) if name in table), {})
        path = tuple(part.strip() for part in row.get("lineage", "").split(",") if part.strip())
        known = row and not (path and path[0] in NO_FAMILY)
        yield row, path if known else None


def tree(paths: list[tuple[str, ...] | None]) -> tuple[list[str], list[int], list[int]]:
    """Give the nodes' names and parents, and each path's last node: 0 the root, -1 unknown."""
    names, parents, ends = [""], [-1], []
    number: dict[tuple[str, ...], int] = {(): 0}
    for path in paths:
        for depth in range(1, len(path or ()) + 1):
            node = (path or ())[:depth]
            if node not in number:
                number[node] = len(names)
                names.append(node[-1])
                parents.append(number[node[:-1]])
        ends.append(-1 if path is None else number[path])
    return names, parents, ends


def place(row: dict[str, str]) -> tuple[float, float]:
    """Give latitude and longitude in degrees, NaN where unknown."""
    if not row.get("latitude"):
        return float("nan"), float("nan")
    return float(row["latitude"]), (float(row["longitude"]) + 180) % 360 - 180


def main() -> None:
    """Build the table and write it."""
    found, names, values = integrated()
    rows = sources(found)
    order = [
        n for prefix in PREFIXES.values() for n, name in enumerate(names) if name.startswith(prefix)
    ]
    table = features(rows, found, values[:, order])
    lines = list(lineages(rows))
    places = np.array([place(row) for row, _ in lines], np.float32)
    nodes, parents, ends = tree([path for _, path in lines])
    keep = (table >= 0).any(1) | ~np.isnan(places[:, 0]) | (np.array(ends) >= 0)
    table = table[keep]
    counts = {kind: sum(name.startswith(p) for name in names) for kind, p in PREFIXES.items()}
    np.savez_compressed(
        OUT,
        about=json.dumps(ABOUT | {"features": counts}),
        langs=" ".join(code for code, kept in zip(rows, keep, strict=True) if kept),
        features=" ".join(names[number] for number in order),
        known=np.packbits(table >= 0, axis=1),
        value=np.packbits(table == 1, axis=1),
        places=places[keep],
        family=np.array(ends, np.int16)[keep],
        parents=np.array(parents, np.int16),
        nodes="\n".join(nodes),
    )
    print(f"{keep.sum()} languages, {counts}, {len(nodes)} nodes, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
