"""Build what is expected of source languages before any run of the user's own.

    python tools/prior.py DATA        # a folder with sumeval in it

Reads the training tables of SumEval 2022 (Microsoft, MIT): scores of XLM-R and TULRv6 on mixes
of languages. What each source brings each target is read out of the mixes (see
``relation/transfer/gain.py``), at one number of examples a pair, drawn by its name, so that
sizes differ within a target. A table whose two halves disagree about the sources tells its
level alone: that of the runs without an example of the target, as one source would leave it in
a language of usual means. Languages are left out in turn to learn how far to trust the fit.
Writes ``src/isogloss/relation/transfer/prior.json``.
"""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import asdict
from math import log, log1p
from pathlib import Path
from statistics import fmean, median

import numpy as np

from isogloss.language.registry import canonical
from isogloss.relation.transfer.covariance import Known, expected, points
from isogloss.relation.transfer.gain import ridge, without
from isogloss.relation.transfer.kinship import kinship
from isogloss.relation.transfer.observation import Observation
from isogloss.relation.transfer.pairs import Pair, Pairs
from isogloss.relation.transfer.prior import FILE, Level, describe
from isogloss.relation.transfer.ranker import Ranker

TABLES = {
    "UDPOS_XLMR": "tag",
    "XNLI_XLMR": "classify",
    "XNLI_TULRv6Large": "classify",
    "TyDiQA_XLMR_ID": "span",
    "TyDiQA_XLMR_OOD": "span",
}

AGREE = 0.3
"""Correlation of the sources' gains in two halves of the runs, below which they are noise."""


def observations(path: Path) -> list[Observation]:
    """Read one table: what was trained on how many examples, and each language's score."""
    found = []
    for number, row in enumerate(json.loads(path.read_text(encoding="utf-8"))):
        mix = tuple((canonical(lang), n) for lang, n in row["train_config"].items() if n)
        for lang, score in row["eval_results"].items():
            found.append(Observation(path.stem, "", mix, canonical(lang), score, n=number))
    return found


Rows = list[tuple[str, str, int, float]]
"""(target, source, examples, score with it alone)."""


def table(every: list[Observation]) -> tuple[Rows, float]:
    """Give the pairs, and how far two halves of the runs agree."""
    found: Rows = []
    agreement = []
    sizes = sorted({n for one in every for _, n in one.mix})
    for target in sorted({one.target for one in every}):
        own = without(target, [one for one in every if one.target == target])
        langs = sorted({lang for one in own for lang, _ in one.mix})
        level, gain = ridge(langs, own)
        sources = [lang for lang in langs if lang != target]
        halves = [[ridge(langs, own[k::2])[1][lang] for lang in sources] for k in (0, 1)]
        agreement.append(np.corrcoef(*halves)[0, 1] if np.ptp(halves, axis=1).min() > 0 else 0)
        for source in sources:
            size = sizes[zlib.crc32(f"{target}{source}".encode()) % len(sizes)]
            score = level + gain[source] * log1p(size) / log1p(sizes[-1])
            found.append((target, source, size, round(score, 5)))
    return found, float(np.mean(agreement))


def level(every: list[Observation]) -> float:
    """Give the logit of runs without the target, less all that is expected to move it."""
    alone = [one for one in every if one.target not in dict(one.mix)]
    langs = sorted({lang for one in every for lang in (one.target, *dict(one.mix))})
    kin = kinship(langs)
    asked = points(alone, kin, {}, Known({"": langs}, {}))
    moved = expected(asked, kin, Level(0.0, 0.0, ()))
    by_target: dict[str, list[float]] = {}
    for one, more in zip(alone, moved, strict=True):
        by_target.setdefault(one.target, []).append(log(one.score / (1 - one.score)) - more)
    return fmean(map(median, by_target.values()))


def main(folder: Path) -> None:
    """Write the file and say what is in it."""
    tables, pairs = {}, []
    for name, kind in TABLES.items():
        every = observations(folder / "sumeval" / "train" / f"{name}.json")
        rows, agreement = table(every)
        rows = rows if agreement >= AGREE else []
        high = round(level(every), 3)
        print(f"{name}: {len(rows)} pairs, halves agree at r = {agreement:.2f}; level {high}")
        for target, source, size, score in rows:
            known = describe(source, target) | {"source_size": float(size)}
            pairs.append(Pair(f"{name}/{target}", target, source, known, score))
        told = round(agreement, 2)
        tables[name] = {"kind": kind, "agreement": told, "level": high, "pairs": rows}
    trust = Ranker.fit(Pairs.of(pairs), shares=(0.0,)).trust
    FILE.write_text(
        json.dumps(
            {
                "source": "SumEval 2022 / LITMUS, github.com/microsoft/Litmus",
                "licence": "MIT, © Microsoft Corporation",
                "cite": "Ahuja et al. 2022; Srinivasan et al. 2022",
                "trust": asdict(trust),
                "tables": tables,
            },
            separators=(",", ":"),
        )
        + "\n",
        encoding="utf-8",
    )
    print(f"{len(pairs)} pairs of {len(TABLES)} tables; {trust}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
