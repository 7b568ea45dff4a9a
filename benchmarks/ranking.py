"""Which languages to learn from: ours against others, on tables that others measured.

    python benchmarks/ranking.py --data DIR [--only langrank|masakhaner|sumeval|coverage]

DIR is laid out like the collection of data: ``restricted/langrank/*.csv`` with columns for a
target (task) and a transfer (auxiliary) language, a score and any features;
``restricted/masakhaner2-transfer/all_lang_ranks.csv``; ``mplm-sim/*.tsv``; ``sumeval``. A folder
that is not there is skipped. A language that is left out is left out as a source too. It exits
with 1 where the intervals of scores, gains or forecasts do not hold as they should (`interval.py`).
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import find_language
from isogloss.relation.transfer.feature import features
from isogloss.relation.transfer.pairs import Pair, Pairs
from isogloss.relation.transfer.ranker import Ranker

TARGET = ("Source lang", "Task lang", "Target lang")
"""Columns of the left-out language, the first that varies; in translation into English, the
language that is translated."""
SOURCE = ("Transfer lang", "Aux lang")
SCORE = ("BLEU", "Accuracy")
OTHER = ("Rank", "BLEU level", "Accuracy level")
TOP = 10
"""Places that count as relevant: 10 for the first, 1 for the tenth."""
SECTIONS = ("langrank", "masakhaner", "sumeval", "coverage")
DRAWS = 10_000
"""Bootstrap samples over left-out languages."""
TIES = 200
"""Orders that tied sources are put in."""

Rank = Callable[[Pairs, Pairs], Any]
"""(training pairs, pairs of the language left out) -> a value for each, higher is better."""


def read(path: Path) -> Pairs:
    """Read one of LangRank's tables, or one of the same kind."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{key.strip(): cell for key, cell in row.items()} for row in csv.DictReader(file)]
    there = [name for name in TARGET if name in rows[0]]
    target = next((name for name in there if len({row[name] for row in rows}) > 1), there[0])
    source = next(name for name in SOURCE if name in rows[0])
    score = next(name for name in SCORE if name in rows[0])
    skip = {*TARGET, source, score, *OTHER}
    names = [name for name in rows[0] if name not in skip]
    pairs = Pairs.of(
        Pair(
            row[target],
            row[target],
            row[source],
            {name: _number(row[name]) for name in names},
            _number(row[score]),
        )
        for row in rows
    )
    varies = [k for k, column in enumerate(pairs.values.T) if np.nanstd(column) > 0]
    return Pairs.of(_rows(pairs, varies))


def relevance(scores: Any) -> Any:
    """Give 10 for the best source down to 1 for the tenth, 0 for the rest and for no score."""
    places = rankdata(-np.nan_to_num(scores, nan=-np.inf), method="min")
    return np.where(np.isnan(scores), 0, np.maximum(TOP + 1 - places, 0)).astype(int)


def ndcg(relevant: Any, values: Any, places: int = 3) -> float:
    """Give NDCG with gains 2^relevance - 1, ties of the values averaged over orders."""
    gain = 2.0**relevant - 1
    discount = 1 / np.log2(np.arange(2, places + 2))
    best = (np.sort(gain)[::-1][:places] * discount).sum()
    if len(np.unique(values)) == len(values):
        return float((gain[np.argsort(-values)[:places]] * discount).sum() / best)
    draw = np.random.default_rng(0)
    found = [gain[_shuffled(values, draw)[:places]] @ discount for _ in range(TIES)]
    return float(np.mean(found) / best)


def regret(scores: Any, values: Any, places: int) -> float:
    """Give how many sources are better than the best of the first, ties averaged."""
    ranks = rankdata(-scores) - 1
    draw = np.random.default_rng(0)
    return float(np.mean([ranks[_shuffled(values, draw)[:places]].min() for _ in range(TIES)]))


def ours(train: Pairs, test: Pairs) -> Any:
    """Rank by the product's own model."""
    return Ranker.fit(train).rank(test).value


def with_likeness(known: Mapping[Any, float]) -> Rank:
    """Rank by our model with one more feature, NaN where it is not known."""

    def rank(train: Pairs, test: Pairs) -> Any:
        return ours(*(_extended(pairs, known) for pairs in (train, test)))

    return rank


def langrank(train: Pairs, test: Pairs) -> Any:
    """Rank by LangRank's procedure, with the settings of its code."""
    import lightgbm

    order = np.concatenate(list(train.members.values()))
    relevant = train.by_group(relevance, train.scores)[order].astype(int)
    settings = {
        "objective": "lambdarank",
        "boosting": "gbdt",
        "num_leaves": 16,
        "learning_rate": 0.1,
        "min_data_in_leaf": 5,
        "num_threads": 1,
        "deterministic": True,
        "verbosity": -1,
    }
    sizes = [len(places) for places in train.members.values()]
    data = lightgbm.Dataset(train.values[order], relevant, group=sizes)
    return lightgbm.train(settings, data, 100).predict(test.values)


def single(name: str, sign: int) -> Rank:
    """Rank by one feature; unknown values come last."""

    def rank(train: Pairs, test: Pairs) -> Any:
        return np.nan_to_num(sign * test.values[:, test.names.index(name)], nan=-1e9)

    return rank


def nearest(known: Mapping[Any, float]) -> Rank:
    """Rank by likeness; unknown values come last."""

    def rank(train: Pairs, test: Pairs) -> Any:
        values = [known[pair] for pair in zip(test.sources, test.targets, strict=True)]
        return np.nan_to_num(np.array(values), nan=-1e9)

    return rank


def best_average(train: Pairs, test: Pairs) -> Any:
    """Rank by how well a source did for other targets."""
    standard = train.by_group(lambda v: (v - np.nanmean(v)) / (np.nanstd(v) + 1e-9), train.scores)
    return np.array([_mean(standard[train.sources == source]) for source in test.sources])


def shipped() -> Rank:
    """Rank by what the package knows before any run: nothing of the table is learned from."""
    from isogloss.relation.transfer.rank import Ask, rank_sources

    def rank(train: Pairs, test: Pairs) -> Any:
        goal, langs = _code(test.targets[0]), [_code(source) for source in test.sources]
        ask = Ask({}, None, None)
        found = rank_sources(goal, langs, task="ner", kind="tag", ask=ask)
        gains = {one.lang: one.gain for one in found.sources}
        return np.array([gains[lang] for lang in langs])

    return rank


def leave_out(
    pairs: Pairs, rankers: Mapping[str, Rank], measures: Mapping[str, Callable[[Any, Any], float]]
) -> dict[tuple[str, str], Any]:
    """Leave each target out, as a source too, and measure every ranker on it."""
    found: dict[tuple[str, str], list[float]] = {}
    for number, (group, places) in enumerate(pairs.members.items(), 1):
        train = pairs.take((pairs.targets != group) & (pairs.sources != group))
        test = pairs.take(places)
        for name, rank in rankers.items():
            values = rank(train, test)
            for measure, score in measures.items():
                found.setdefault((name, measure), []).append(score(test.scores, values))
        print(f"\r{number}/{len(pairs.members)} ", end="", file=sys.stderr, flush=True)
    return {key: np.array(values) for key, values in found.items()}


def langrank_section(folder: Path, likeness: Mapping[tuple[str, str], float]) -> str:
    """Compare on LangRank's tables."""
    lines, differences = [], []
    for path in sorted(folder.glob("*.csv")):
        start = time.process_time()
        pairs = read(path)
        rankers: dict[str, Rank] = {"ours": ours, "LangRank": langrank}
        for name in pairs.names:
            rankers |= {f"+ {name}": single(name, 1), f"- {name}": single(name, -1)}
        covered = np.array([_pair(s, t) in likeness for s, t in _codes(pairs)])
        if covered.mean() > 0.5:
            known = _likeness(pairs, likeness)
            rankers["mPLM-Sim"] = nearest(known)
            rankers["ours with mPLM-Sim"] = with_likeness(known)
        found = leave_out(pairs, rankers, {"": lambda s, v: ndcg(relevance(s), v)})
        scores = {name: values for (name, _), values in found.items()}
        feature = max((k for k in scores if k[0] in "+-"), key=lambda k: scores[k].mean())
        shown = [name for name in scores if name[0] not in "+-" or name == feature]
        lines.append(f"{path.name}: {len(pairs.members)} targets, {len(pairs)} pairs, NDCG@3 x 100")
        for name in shown:
            lines.append(f"  {name:<32} {_interval(scores[name] * 100)}")
        difference = scores["ours"] - scores["LangRank"]
        differences.append(difference)
        lines.append(f"  {'ours less LangRank':<32} {_interval(difference * 100)}")
        if "mPLM-Sim" in scores:
            lines.append(f"  (mPLM-Sim knows {covered.mean():.0%} of the pairs; others come last)")
        lines.append(f"  {time.process_time() - start:.0f} CPU seconds")
        print("\n".join(lines[-8:]), file=sys.stderr, flush=True)
    if differences:
        lines.append(f"{'average of ours less LangRank':<34} {_average(differences)}")
    return "\n".join(lines)


def masakhaner_section(path: Path, likeness: Mapping[tuple[str, str], float]) -> str:
    """Compare on MasakhaNER's ranks, from facts about the languages alone."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    pairs = Pairs.of(
        Pair(target, target, row[0], features(row[0], target), -float(cell))
        for place, target in enumerate(head[1:], 1)
        for row in rows
        if row[0] != target
        for cell in (row[place],)
    )
    known = _likeness(pairs, likeness)
    rankers: dict[str, Rank] = {
        "ours": ours,
        "ours, as shipped": shipped(),
        "best average source": best_average,
    }
    for name, column in zip(pairs.names, pairs.values.T, strict=True):
        if np.isnan(column).all():
            continue
        sign = 1 if name.startswith("same") else -1
        rankers[f"nearest, {name}"] = single(name, sign)
    rankers["mPLM-Sim"] = nearest(known)
    rankers["ours with mPLM-Sim"] = with_likeness(known)
    measures = {f"@{k}": lambda s, v, k=k: regret(s, v, k) for k in (1, 3)}
    found = leave_out(pairs, rankers, measures)
    lines = [f"{path.parent.name}: {len(pairs.members)} targets, ranks lost"]
    order = sorted(rankers, key=lambda name: found[name, "@1"].mean())
    for name in order:
        lines.append(f"  {name:<26} " + "   ".join(_interval(found[name, m]) for m in measures))
    return "\n".join(lines)


def mplm_sim(folder: Path) -> dict[tuple[str, str], float]:
    """Read mPLM-Sim's matrix by BCP-47 codes."""
    found = {}
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = list(csv.reader(file, delimiter="\t"))
        for row in rows:
            for name, cell in zip(head[1:], row[1:], strict=True):
                one, other = _code(row[0]), _code(name)
                if one and other and cell:
                    found[one, other] = float(cell)
    return found


def _likeness(pairs: Pairs, likeness: Mapping[tuple[str, str], float]) -> dict[Any, float]:
    return {
        (s, t): likeness.get(_pair(s, t), float("nan"))
        for s, t in zip(pairs.sources, pairs.targets, strict=True)
    }


def _extended(pairs: Pairs, known: Mapping[Any, float]) -> Pairs:
    column = [known[pair] for pair in zip(pairs.sources, pairs.targets, strict=True)]
    names = (*pairs.names, "likeness")
    return replace(pairs, names=names, values=np.column_stack([pairs.values, column]))


def _codes(pairs: Pairs) -> list[tuple[str, str]]:
    return list(zip(pairs.sources, pairs.targets, strict=True))


def _pair(source: str, target: str) -> tuple[str, str]:
    return _code(source), _code(target)


def _code(name: str) -> str:
    try:
        return find_language(name).code
    except IsoglossError:
        return ""


def _rows(pairs: Pairs, columns: list[int]) -> list[Pair]:
    return [
        Pair(group, target, source, {pairs.names[k]: values[k] for k in columns}, score)
        for group, target, source, values, score in zip(
            pairs.groups, pairs.targets, pairs.sources, pairs.values, pairs.scores, strict=True
        )
    ]


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")


def _mean(values: Any) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else 0.0


def _shuffled(values: Any, draw: np.random.Generator) -> Any:
    return np.lexsort((draw.random(len(values)), -values))


def _interval(values: Any) -> str:
    low, high = np.percentile(_resampled(values), [2.5, 97.5])
    return f"{values.mean():6.2f} [{low:.2f}, {high:.2f}]"


def _resampled(values: Any) -> Any:
    draw = np.random.default_rng(0)
    return values[draw.integers(0, len(values), (DRAWS, len(values)))].mean(1)


def _average(differences: list[Any]) -> str:
    means = np.mean([_resampled(each * 100) for each in differences], axis=0)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{np.mean([each.mean() * 100 for each in differences]):6.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    """Run the sections whose data are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", action="append", choices=SECTIONS)
    parser.add_argument("--targets", type=int, default=0, help="for coverage; 0: all of a table")
    wanted = parser.parse_args()
    data, only = wanted.data, wanted.only or SECTIONS
    likeness = mplm_sim(data / "mplm-sim")
    if "langrank" in only and (folder := data / "restricted" / "langrank").is_dir():
        print(langrank_section(folder, likeness), flush=True)
    table = data / "restricted" / "masakhaner2-transfer" / "all_lang_ranks.csv"
    if "masakhaner" in only and table.is_file():
        print(masakhaner_section(table, likeness), flush=True)
    if "sumeval" in only and (data / "sumeval").is_dir():
        import sumeval

        print(sumeval.section(data), flush=True)
    if "coverage" in only:
        import interval

        text, failed = interval.section(data, wanted.targets)
        print(text, flush=True)
        sys.exit(bool(failed))


if __name__ == "__main__":
    main()
