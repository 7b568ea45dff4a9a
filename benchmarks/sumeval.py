"""Forecasts on the tables of SumEval 2022, against baselines.

The tables hold the scores of models that were finetuned on mixes of languages. The questions:

- **Unseen languages**: one language at a time is left out as a target, in training and in the
  choice of every setting; how many of its examples a mix holds is part of the mix and stays.
- **Unseen configurations**: the released split; the targets are known, the mixes are not.
- **Surprise languages**: released tables of languages without any scores, where they are there.

Baselines: the mean of the target's known scores, or of all where it has none; the language nearest
in syntax, under the same or the nearest mix; gradient-boosted trees on the features of LITMUS; and,
harder than what is usual, the mean of the other languages under the same mix.

    python benchmarks/sumeval.py --data DIR

DIR holds ``sumeval/train`` and ``sumeval/test_gold``; and for the trees
``litmus/precomputed_features.json``, which LITMUS publishes (https://github.com/microsoft/Litmus,
folder ``litmus/data``). Without it their features are rebuilt from our tables, as far as they go.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.language.registry import canonical
from isogloss.relation.transfer.forecast import Cell, forecast
from isogloss.relation.transfer.observation import Observation

MODELS = {"XLMR": "xlm-roberta-large", "TULRv6Large": "TULRv6-large"}
RESAMPLES = 2000
"""Bootstrap samples, over languages or configurations."""


@dataclass(frozen=True)
class Guess:
    """A forecast of one score."""

    truth: float
    score: float
    low: float = math.nan
    high: float = math.nan


Method = Callable[[Sequence[Observation], Sequence[Observation]], list[Guess]]
"""(known, asked) -> forecasts of those asked for, whose scores it must not read."""


def read(path: Path, name: str = "") -> list[Observation]:
    """Read one table, or more scores of a named one; 0 examples are no part of a mix."""
    name = name or path.stem
    model = next((model for part, model in MODELS.items() if part in name), name)
    return [
        Observation(
            task=name,
            model=model,
            mix=tuple(sorted((canonical(lang), n) for lang, n in row["train_config"].items() if n)),
            target=canonical(lang),
            score=score,
        )
        for row in json.loads(path.read_text(encoding="utf-8"))
        for lang, score in row["eval_results"].items()
        if score is not None
    ]


def ours(known: Sequence[Observation], asked: Sequence[Observation]) -> list[Guess]:
    """Forecast as ``isogloss forecast`` does."""
    cells = [Cell(one.task, one.model, one.mix, one.target) for one in asked]
    found = forecast(known, cells)
    return [Guess(o.score, f.score, f.low, f.high) for o, f in zip(asked, found, strict=True)]


def mean(known: Sequence[Observation], asked: Sequence[Observation]) -> list[Guess]:
    """Expect the mean of the target's known scores, or of all where it has none."""
    every = float(np.mean([one.score for one in known]))
    own = _by(known, lambda one: one.target)
    return [Guess(one.score, float(np.mean(own.get(one.target, [every])))) for one in asked]


def same_mix(known: Sequence[Observation], asked: Sequence[Observation]) -> list[Guess]:
    """Expect the mean of the other languages' scores under the same mix."""
    every, own = float(np.mean([one.score for one in known])), _by(known, lambda one: one.mix)
    return [Guess(one.score, float(np.mean(own.get(one.mix, [every])))) for one in asked]


def nearest(known: Sequence[Observation], asked: Sequence[Observation]) -> list[Guess]:
    """Expect what the language nearest in syntax scored under the same, or nearest, mix."""
    from isogloss.relation.typology import distance

    scores = {(one.target, one.mix): one.score for one in known}
    every = float(np.mean([one.score for one in known]))
    langs, mixes = sorted({o.target for o in known}), list(dict.fromkeys(o.mix for o in known))
    near: dict[str, str] = {}
    alike: dict[Any, Any] = {}
    for one in asked:
        if one.target not in near:
            far = {lang: distance("syntactic", one.target, lang) for lang in langs}
            near[one.target] = min(langs, key=lambda lang: 9 if far[lang] is None else far[lang])
        if one.mix not in alike:
            alike[one.mix] = min(mixes, key=lambda mix: _apart(mix, one.mix))
    return [
        Guess(one.score, scores.get((near[one.target], alike[one.mix]), every)) for one in asked
    ]


def _apart(a: Any, b: Any) -> float:
    one, other = dict(a), dict(b)
    langs = set(one) | set(other)
    return sum((math.log1p(one.get(x, 0)) - math.log1p(other.get(x, 0))) ** 2 for x in langs)


def _by(known: Sequence[Observation], key: Callable[[Observation], Any]) -> dict[Any, list[float]]:
    found: dict[Any, list[float]] = {}
    for one in known:
        found.setdefault(key(one), []).append(one.score)
    return found


class Tree:
    """Gradient-boosted trees on the features that LITMUS publishes.

    Of the target: the logarithm of its pre-training size and how common its features of WALS
    are; of each source: overlap of types with the target, syntactic distance to it, and the
    number of examples. Without the published file the features are rebuilt from our own
    tables, without overlap and WALS.
    """

    def __init__(self, published: Path | None) -> None:
        self.table = json.loads(published.read_text(encoding="utf-8")) if published else None
        self.row: dict[str, int] = {}
        self.described: dict[Any, list[float]] = {}
        if self.table:
            size = len(self.table["syntactic_distance"]["xlmr"])
            rows = LITMUS.split()
            assert len(rows) == size, "the published features are of another version"
            self.row = {canonical(lang): row for row, lang in enumerate(rows)}
            overlap = self.table["type_overlap"]["xlmr"]
            self.overlap = {(canonical(a), canonical(b)): overlap[a][b] for a in rows for b in rows}

    def __call__(self, known: Sequence[Observation], asked: Sequence[Observation]) -> list[Guess]:
        import lightgbm

        sources = sorted({lang for one in known for lang, _ in one.mix})
        x = np.array([self.features(one, sources) for one in known])
        y = np.array([one.score for one in known])
        settings = {
            "objective": "regression", "learning_rate": 0.1, "num_leaves": 31,
            "min_data_in_leaf": 5, "num_threads": 1, "seed": 0, "verbose": -1,
        }  # fmt: skip
        model = lightgbm.train(settings, lightgbm.Dataset(x, y), 100)
        found = model.predict(np.array([self.features(one, sources) for one in asked]))
        return [Guess(o.score, float(s)) for o, s in zip(asked, found, strict=True)]

    def features(self, one: Observation, sources: Sequence[str]) -> list[float]:
        """Describe a cell."""
        key = (one.mix, one.target, tuple(sources))
        if key not in self.described:
            self.described[key] = self._features(one, sources)
        return self.described[key]

    def _features(self, one: Observation, sources: Sequence[str]) -> list[float]:
        from isogloss.language.webtext import size
        from isogloss.relation.typology import distance

        counts, target = dict(one.mix), one.target
        if self.table is None:
            found = [math.log10(size("cc100", target) or 1)]
            found += [distance("syntactic", lang, target) or math.nan for lang in sources]
        else:
            syntax, row = self.table["syntactic_distance"]["xlmr"], self.row.get(target)
            known = self.table["regression_feats"]["xlmr"]
            found = [math.nan, math.nan] if row is None else list(known[row])
            found += [self.overlap.get((lang, target), math.nan) for lang in sources]
            found += [
                math.nan if row is None or lang not in self.row else syntax[self.row[lang]][row]
                for lang in sources
            ]
        return found + [counts.get(lang, 0) for lang in sources]


LITMUS = (
    "af am ar as az be bg bn br bs ca cs cy da de el en es et eu fa fi fr fy ga gd gl gu ha he "
    "hi hu hy id is it ja jv ka kk km kn ko ku ky lo lt lv mg mk ml mr ms my ne nl no om or pa "
    "pl ps pt ro ru sd si sk sl so sq su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)
"""Rows of the published features, as in its ``config.py``."""


def unseen_languages(
    table: Sequence[Observation], method: Method
) -> Iterator[tuple[str, list[Guess]]]:
    """Leave out one target after the other."""
    for lang in sorted({one.target for one in table}):
        known = [one for one in table if one.target != lang]
        yield lang, method(known, [one for one in table if one.target == lang])


def unseen_configurations(
    table: Sequence[Observation], test: Sequence[Observation], method: Method
) -> Iterator[tuple[str, list[Guess]]]:
    """Ask for the mixes of the test split."""
    mixes = {one.mix for one in table}
    asked = [one for one in test if one.mix not in mixes]
    by_mix: dict[str, list[Guess]] = {}
    for one, guess in zip(asked, method(table, asked), strict=True):
        by_mix.setdefault(str(one.mix), []).append(guess)
    yield from by_mix.items()


Result = dict[str, list[Guess]]


def errors(result: Result) -> Any:
    """Give the mean absolute error of each unit: of a language, or of a configuration."""
    return np.array([np.mean([abs(g.score - g.truth) for g in found]) for found in result.values()])


def covered(result: Result) -> float:
    """Give the share of scores inside their intervals."""
    return float(np.mean([g.low <= g.truth <= g.high for found in result.values() for g in found]))


def interval(found: Sequence[Any], against: Sequence[Any] | None = None) -> tuple[float, float]:
    """Resample units of each table: 95 % interval of the mean error, or of a saved share."""
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(RESAMPLES):
        rows = [rng.integers(len(each), size=len(each)) for each in found]
        value = np.mean([each[row].mean() for each, row in zip(found, rows, strict=True)])
        if against is not None:
            other = [each[row].mean() for each, row in zip(against, rows, strict=True)]
            value = 1 - value / np.mean(other)
        draws.append(value)
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def surprises(
    table: Sequence[Observation], test: Sequence[Observation], method: Method
) -> Iterator[tuple[str, list[Guess]]]:
    """Ask for languages of a test split that the table has no scores of."""
    seen = {one.target for one in table}
    asked = [one for one in test if one.target not in seen]
    by_lang: dict[str, list[Guess]] = {}
    for one, guess in zip(asked, method(table, asked), strict=True):
        by_lang.setdefault(one.target, []).append(guess)
    yield from by_lang.items()


def measure(data: Path, litmus: Path | None) -> dict[str, dict[str, dict[str, Result]]]:
    """Run all methods: question -> table -> method -> unit -> guesses."""
    methods: Mapping[str, Method] = {
        "ours": ours, "mean": mean, "nearest language": nearest, "same mix": same_mix,
        "trees": Tree(litmus),
    }  # fmt: skip
    found: dict[str, dict[str, dict[str, Result]]] = {}

    def keep(question: str, name: str, method: str, result: Iterator[tuple[str, Any]]) -> None:
        if units := dict(result):
            found.setdefault(question, {}).setdefault(name, {})[method] = units

    for path in sorted((data / "sumeval/train").glob("*.json")):
        table, gold = read(path), data / "sumeval/test_gold"
        for name, method in methods.items():
            keep("unseen languages", path.stem, name, unseen_languages(table, method))
            if (gold / path.name).is_file() and name != "same mix":
                test = read(gold / path.name)
                made = unseen_configurations(table, test, method)
                keep("unseen configurations", path.stem, name, made)
            for extra in sorted(gold.glob(f"{path.stem}_surprise*.json")):
                made = surprises(table, read(extra, path.stem), method)
                keep("surprise languages", extra.stem, name, made)
    return found


def render(found: Mapping[str, Mapping[str, Mapping[str, Result]]]) -> str:
    """Write the tables in Markdown."""
    lines = []
    for question, tables in found.items():
        names = list(next(iter(tables.values())))
        lines += [f"Mean absolute error in points, {question}:", ""]
        lines += [
            f"| table | {' | '.join(names)} | inside 95 % |",
            "| --- " * (len(names) + 2) + "|",
        ]
        for table, results in tables.items():
            cells = [f"{100 * errors(results[name]).mean():.2f}" for name in names]
            lines.append(f"| {table} | {' | '.join(cells)} | {covered(results['ours']):.0%} |")
        every = {name: [errors(results[name]) for results in tables.values()] for name in names}
        means = {name: float(np.mean([e.mean() for e in every[name]])) for name in names}
        cells = []
        for name in names:
            low, high = interval(every[name])
            cells.append(f"{100 * means[name]:.2f} [{100 * low:.2f}, {100 * high:.2f}]")
        inside = np.mean([covered(results["ours"]) for results in tables.values()])
        lines += [f"| mean | {' | '.join(cells)} | {inside:.0%} |", ""]
        for name in names[1:]:
            low, high = interval(every["ours"], every[name])
            saved = 1 - means["ours"] / means[name]
            lines.append(f"- {saved:.0%} [{low:.0%}, {high:.0%}] less error than {name}")
        lines.append("")
    return "\n".join(lines)


def section(data: Path) -> str:
    """Give the section of the benchmark's page."""
    published = data / "litmus/precomputed_features.json"
    there = published.is_file()
    whose = "as LITMUS publishes them" if there else "rebuilt from our tables"
    text = render(measure(data, published if there else None))
    return f"{text}\nThe features of the trees are {whose}.\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Forecasts on the tables of SumEval.")
    parser.add_argument("--data", type=Path, required=True)
    print(section(parser.parse_args().data))
