"""Derive what docs/findings/sources.md says beside its own runs.

Figures of published tables, never the tables themselves, from a folder laid out like the
benchmarks' data; and what is known of the pairs of the built-in world's languages:

    python tools/sources.py published DATA docs/findings/sources/published.json
    python tools/sources.py pairs studies/sources.toml docs/findings/sources/pairs.json
"""

from __future__ import annotations

import csv
import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np

from isogloss.language.registry import find_language
from isogloss.mini.documents import corpus
from isogloss.models.pieces import pieces
from isogloss.models.similarity import likeness, memory
from isogloss.relation.statistic import profile
from isogloss.relation.transfer.correlation import Difference, compare, correlations, missed
from isogloss.relation.transfer.feature import features
from isogloss.relation.transfer.matrix import Pair, Transfers, contrast, related, tabulate
from isogloss.relation.transfer.regression import forward, growth
from isogloss.study.study import Study
from isogloss.tasks import verbalise

TYPOLOGY = ("syntactic", "morphological", "phonological")
DISTANCES = (*TYPOLOGY, "inventory", "genetic", "geographic")
KNOWN = ("source_lml", "source_lmem")
"""How well the backbone fills in a source's text, before any training (Muller et al. 2022)."""
PAIRED = (
    *(*DISTANCES, "same_family", "same_script", "word_overlap", "subword_overlap", "likeness"),
    *KNOWN,
)
SIGNS = dict.fromkeys(DISTANCES, -1)
LANGRANK = {
    "pos": ("Task lang", "Aux lang", "Accuracy", "Overlap word-level"),
    "parsing": ("Target lang", "Transfer lang", "Accuracy", "Word overlap"),
    "el": ("Target lang", "Transfer lang", "Accuracy", "Entity overlap"),
    "mt": (" Source lang", "Transfer lang", "BLEU", "Overlap word-level"),
}
"""Table -> columns of target, source, score and lexical overlap."""
TASKS = {"pos": "tagging", "parsing": "parsing", "el": "linking", "mt": "translation"}
SUMEVAL = {
    "UDPOS_XLMR": "UD-POS",
    "XNLI_XLMR": "XNLI",
    "XNLI_TULRv6Large": "XNLI-T",
    "TyDiQA_XLMR_ID": "TyDiQA",
}
SIMILARITY = "mplm-sim/xlm-roberta-base_flores200_sents_layer8.tsv"
MULTIPLE = 2
"""Mixes for each coefficient from which zero-shot ones alone are used."""


MANY = 5
"""Languages from which a mean over them is drawn."""
FEW = 3
"""Mixes from which their mean is a rung of a ladder."""


TEXTS = 2000
"""Documents of the world that each language's words are counted in."""
SENTENCES = 300
"""Sentences of a language that a backbone reads."""


@click.group()
def main() -> None:
    """Derive the figures of the finding on sources."""


@main.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def published(data: Path, out: Path) -> None:
    """Write the figures of published tables."""
    seen = _similarity(data / SIMILARITY)
    pairs = [_langrank(data, name, seen) for name in LANGRANK]
    mixes = [_sumeval(data, name, seen) for name in SUMEVAL]
    ladders = [_ladder(data, name) for name in SUMEVAL]
    overlap = compare(pairs, TYPOLOGY, ["overlap"], signs=SIGNS)
    alike = [table for table in (*pairs, *mixes) if "likeness" in table.features]
    by_likeness = missed(alike, ["likeness"], DISTANCES, signs=SIGNS)
    found = {
        "sources": {
            "LangRank": "Lin et al. 2019, 1905.12688, tables in xiamengzhou/NLPerf: one model for "
            "each source and target; figures alone are kept here",
            "SumEval": "2022 shared task, tables in microsoft/Litmus, MIT: XLM-R, and TULRv6 for "
            "XNLI-T, trained on mixes of languages; a pair's score is what a tenfold of the "
            "source's examples adds to the target, by least squares",
            "likeness": "Lin et al. 2024, 2305.13684: XLM-R base, layer 8, Flores-200; Apache 2.0",
        },
        "tables": [
            {
                "name": table.name,
                "pairs": len(table.scores),
                "langs": len(table.langs),
                "targets": len(table.targets),
                "correlations": [asdict(one) for one in correlations(table)],
                "forward": asdict(forward(table)),
                "family": _family(table),
            }
            for table in (*pairs, *mixes)
        ],
        "overlap": asdict(overlap),
        "overlap_pearson": asdict(
            compare(pairs, TYPOLOGY, ["overlap"], signs=SIGNS, measure="pearson")
        ),
        "overlap_by_kind": {
            kind: asdict(compare(pairs, [kind], ["overlap"], signs=SIGNS)) for kind in TYPOLOGY
        },
        "likeness": _choice(by_likeness),
        "likeness_by_kind": {
            kind: _choice(missed(alike, ["likeness"], [kind], signs=SIGNS)) for kind in DISTANCES
        },
        "likeness_correlation": asdict(compare(alike, ["likeness"], DISTANCES, signs=SIGNS)),
        "growth": asdict(growth(ladders)),
        "growth_by_table": {
            SUMEVAL[name]: asdict(growth([ladder]))
            for name, ladder in zip(SUMEVAL, ladders, strict=True)
        },
        "ladders": {
            SUMEVAL[name]: _means(ladder) for name, ladder in zip(SUMEVAL, ladders, strict=True)
        },
    }
    out.write_text(json.dumps(_rounded(found), indent=1, ensure_ascii=False) + "\n", "utf-8")


@main.command()
@click.argument("study", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def pairs(study: Path, out: Path) -> None:
    """Write what is known of each pair of a study's languages, for each of its backbones."""
    read = Study.load(study)
    langs = sorted({lang for group in read.sources for lang in group} | set(read.targets))
    found = {}
    for model in read.models:
        tokenize = pieces(model)
        counted = {lang: profile(corpus(lang, TEXTS), lang, tokenize) for lang in langs}
        alike = likeness(model, _parallel(langs)).pairs()
        filled = memory(model, {lang: corpus(lang, SENTENCES) for lang in langs})
        made = {
            f"{one}-{other}": {
                **features(one, other, profiles=counted, backbone=model, likeness=alike),
                **{name: filled[one][name.removeprefix("source_")] for name in KNOWN},
            }
            for one in langs
            for other in langs
            if one != other
        }
        found[model] = {name: {pair: one[name] for pair, one in made.items()} for name in PAIRED}
    out.write_text(json.dumps(_rounded(found), indent=1) + "\n", "utf-8")


def _parallel(langs: Sequence[str]) -> dict[str, list[str]]:
    """Say the same facts in words in every language."""
    examples = {lang: verbalise.load(lang, "train", None) for lang in langs}
    shared = set.intersection(*({one.id for one in own} for own in examples.values()))
    return {
        lang: [one.target for one in own if one.id in shared][:SENTENCES]
        for lang, own in examples.items()
    }


def _choice(found: tuple[float, float, Difference]) -> dict[str, Any]:
    return asdict(found[2]) | {"first": found[0], "second": found[1]}


def _family(table: Transfers) -> dict[str, Any]:
    return asdict(contrast(table.scores, related))


def _langrank(data: Path, name: str, seen: Mapping[Pair, float]) -> Transfers:
    target, source, score, overlap = LANGRANK[name]
    path = data / "restricted" / "langrank" / f"data_tsf{name}.csv"
    scores, shared = {}, {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pair = find_language(row[source]).code, find_language(row[target]).code
            scores[pair] = float(row[score])
            shared[pair] = float(row[overlap])

    def more(*pair: str) -> dict[str, float]:
        return {"overlap": shared[pair], "likeness": seen.get(pair, math.nan)}

    return tabulate(f"{TASKS[name]} (LangRank)", scores, _typology(more))


def _typology(more: Any) -> Any:
    def known(source: str, target: str) -> dict[str, float]:
        every = features(source, target)
        kept = {name: every[name] for name in (*DISTANCES, "same_family", "same_script")}
        return kept | more(source, target)

    return known


def _sumeval(data: Path, name: str, seen: Mapping[Pair, float]) -> Transfers:
    """Take apart what each source adds to each target: a score for every pair of languages."""
    scores: dict[Pair, float] = {}
    for target, rows in _by_target(_mixes(data, name)).items():
        sources = [lang for lang in rows[0][0] if lang != target]
        alone = [row for row in rows if not row[0].get(target, 0)]
        if len(alone) >= MULTIPLE * len(sources):
            rows = alone
        counts = np.array([[math.log10(1 + mix[lang]) for lang in sources] for mix, _ in rows])
        own = np.array([[1.0, math.log10(1 + mix.get(target, 0))] for mix, _ in rows])
        design = np.hstack([own, counts])
        weights = np.linalg.lstsq(design, np.array([score for _, score in rows]), rcond=None)[0]
        for lang, weight in zip(sources, weights[2:], strict=True):
            scores[find_language(lang).code, find_language(target).code] = 100 * float(weight)

    def alike(one: str, other: str) -> dict[str, float]:
        return {"likeness": seen.get((one, other), math.nan)} if "XLMR" in name else {}

    return tabulate(f"{SUMEVAL[name]} (SumEval)", scores, _typology(alike))


def _mixes(data: Path, name: str) -> list[tuple[dict[str, int], dict[str, float]]]:
    found = []
    for part in ("train", "test_gold"):
        path = data / "sumeval" / part / f"{name}.json"
        if path.is_file():
            for one in json.loads(path.read_text("utf-8")):
                found.append((one["train_config"], one["eval_results"]))
    return found


def _by_target(
    mixes: Sequence[tuple[dict[str, int], dict[str, float]]],
) -> dict[str, list[tuple[dict[str, int], float]]]:
    found: dict[str, list[tuple[dict[str, int], float]]] = defaultdict(list)
    for mix, results in mixes:
        for target, score in results.items():
            found[target].append((mix, score))
    return found


def _ladder(data: Path, name: str) -> dict[str, dict[int, float]]:
    """Give each language's score by how many examples of its own were trained on.

    What the other languages of the mixes add is taken out by least squares.
    """
    found: dict[str, dict[int, float]] = {}
    for target, rows in _by_target(_mixes(data, name)).items():
        counts = Counter(mix.get(target, 0) for mix, _ in rows)
        rungs = sorted(k for k, n in counts.items() if n >= FEW)
        kept = [row for row in rows if row[0].get(target, 0) in rungs]
        others = np.array(
            [[math.log10(1 + n) for lang, n in mix.items() if lang != target] for mix, _ in kept]
        )
        own = np.array([[float(mix.get(target, 0) == k) for k in rungs] for mix, _ in kept])
        design = np.hstack([own, others - others.mean(axis=0)])
        scores = np.array([100 * score for _, score in kept])
        weights = np.linalg.lstsq(design, scores, rcond=None)[0]
        found[target] = {k: float(weight) for k, weight in zip(rungs, weights, strict=False)}
    return found


def _means(ladder: Mapping[str, Mapping[int, float]]) -> list[tuple[int, float, int]]:
    """Add up what each number of own examples adds to the one before, where languages have both."""
    every = sorted({k for rungs in ladder.values() for k in rungs})
    shared = [k for k in every if sum(k in rungs for rungs in ladder.values()) >= MANY]
    found, level = [(0, 0.0, len(ladder))], 0.0
    for low, high in pairwise(shared):
        steps = [r[high] - r[low] for r in ladder.values() if low in r and high in r]
        level += sum(steps) / len(steps)
        found.append((high, level, len(steps)))
    return found


def _similarity(path: Path) -> dict[Pair, float]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    codes = [find_language(code).code for code in rows[0][1:]]
    found = {}
    for row in rows[1:]:
        for code, value in zip(codes, row[1:], strict=True):
            if value:  # half of the matrix is there
                found[find_language(row[0]).code, code] = found[
                    code, find_language(row[0]).code
                ] = float(value)
    return found


def _rounded(value: Any) -> Any:
    """Keep four digits behind the point, and no NaN."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


if __name__ == "__main__":
    main()
