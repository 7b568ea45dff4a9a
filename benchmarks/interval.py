"""How often the intervals of `isogloss rank` and `forecast` hold, on tables that others measured.

Each language is left out in turn, as a target and as a source. Of every table two questions are
asked: before any run (nothing of the table is known), and with the rest of the table as own
runs. Three intervals are counted, all of them nominally 95 %: of scores, of gains over the
average candidate, and of forecasts of mixes.

    python benchmarks/interval.py --data DIR [--targets 12]      # exit 1 where they do not hold

``ranking.py`` calls it too.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from isogloss.relation.transfer.forecast import Cell, forecast
from isogloss.relation.transfer.observation import Observation
from isogloss.relation.transfer.rank import Ask, Ranking, rank_sources

LEAST, MOST = 0.90, 0.99
"""What a nominal 95 % may hold."""
DRAWS = 2000
EVIDENCE = Path(__file__).parents[1] / "docs/findings/sources/evidence.tar.xz"
OWN = {
    "verbalise": ("generate", "exact_match"),
    "tag_quantity": ("tag", "entity_f1"),
    "same_quantity": ("classify", "accuracy"),
}
"""Task of the finding on sources -> its kind and headline."""


@dataclass(frozen=True)
class Table:
    """Scores from single sources on one task."""

    name: str
    kind: str
    scores: Mapping[str, Mapping[str, float]]
    """Target -> source -> a share."""
    ranks: bool = False
    """Whether only the order of the sources is known; then scores are places."""
    model: str = ""
    seen: frozenset[str] | None = None

    def runs(self, left: str) -> list[Observation]:
        """Give all scores that a language has no part in."""
        return [
            Observation(self.name, self.model, ((source, 0),), target, score)
            for target, row in self.scores.items()
            for source, score in row.items()
            if left not in (target, source)
        ]


@dataclass
class Held:
    """Shares of a table's intervals that hold, a target each."""

    table: str
    question: str
    shares: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Average over targets."""
        return float(np.mean(self.shares))

    @property
    def width(self) -> float:
        """Give the mean width of the intervals."""
        return float(np.mean(self.widths))


def hold(table: Table, targets: int = 0) -> list[Held]:
    """Count the intervals of a table that hold.

    Args:
        targets: so many are asked for, evenly spaced; 0: all.
    """
    names = sorted(table.scores)
    names = names[:: -(-len(names) // targets)] if targets else names
    found = {key: Held(table.name, key) for key in QUESTIONS}
    for number, target in enumerate(names, 1):
        print(f"\r{table.name} {number}/{len(names)} ", end="", file=sys.stderr, flush=True)
        row = {s: score for s, score in table.scores[target].items() if s != target}
        for when in ("before", "after"):
            runs = table.runs(target) if when == "after" else []
            ranking = rank_sources(
                target, list(row), task=table.name, kind=table.kind, observations=runs,
                ask=Ask({}, table.seen, None), model=table.model,
            )  # fmt: skip
            for what, low, high, truth in _ends(ranking, row, table.ranks):
                one = found[f"{what}, {when}"]
                one.shares.append(float(np.mean((low <= truth) & (truth <= high))))
                one.widths.append(float(np.mean(high - low)))
    return [one for one in found.values() if one.shares]


QUESTIONS = tuple(
    f"{what}, {when}" for when in ("before", "after") for what in ("scores", "gains", "places")
)


def _ends(
    ranking: Ranking, row: Mapping[str, float], ranks: bool
) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Give what is asked, the ends of its intervals, and the truth."""
    sources = ranking.sources
    truth = np.array([row[one.lang] for one in sources])
    gain = np.array([one.gain for one in sources])
    error = np.array([one.error for one in sources])
    if ranks:
        draw = np.random.default_rng(0).normal(gain, error, (DRAWS, len(gain)))
        low, high = np.quantile(rankdata(-draw, axis=1), (0.025, 0.975), axis=0)
        yield "places", low, high, rankdata(-truth)
    else:
        ends = np.array([(one.low, one.high) for one in sources]).T
        yield "scores", ends[0], ends[1], truth
        yield "gains", gain - 1.96 * error, gain + 1.96 * error, truth - truth.mean()


def langrank(path: Path, kind: str) -> Table:
    """Read one of LangRank's tables; its models were pretrained on nothing."""
    from ranking import _code, read

    pairs, scores = read(path), {}
    unit = 100.0 if np.nanmax(pairs.scores) > 1 else 1.0
    for target, source, score in zip(pairs.targets, pairs.sources, pairs.scores, strict=True):
        goal, lang = _code(target), _code(source)
        if goal and lang and goal != lang and not np.isnan(score):
            scores.setdefault(goal, {})[lang] = score / unit
    return Table(path.stem, kind, scores)


def masakhaner(path: Path) -> Table:
    """Read MasakhaNER's places as shares of the sources that are worse."""
    from ranking import _code

    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    scores = {
        _code(target): {
            _code(row[0]): 1 - float(row[place]) / len(rows) for row in rows if row[0] != target
        }
        for place, target in enumerate(head[1:], 1)
    }
    return Table("masakhaner2", "tag", scores, ranks=True)


def own() -> Iterator[Table]:
    """Read the committed runs of the finding on sources, means over seeds."""
    from isogloss.mini import path as mini

    with tarfile.open(EVIDENCE) as archive:
        files = {name: archive.extractfile(name) for name in archive.getnames()}
        texts = {name: file.read().decode() for name, file in files.items() if file and "." in name}
    by_name = {name.rpartition("/")[2]: text for name, text in texts.items()}
    runs = {
        one["row"]["run"]: one["row"] for one in map(json.loads, by_name["runs.jsonl"].splitlines())
    }
    found: dict[str, dict[tuple[str, str], list[float]]] = {}
    for row in csv.DictReader(by_name["rows.csv"].splitlines()):
        run = runs[row["run"]]
        metric = OWN.get(run["task"], ("", ""))[1]
        wanted = row["split"] == "test" and not row["condition"] and row["metric"] == metric
        if wanted and "," not in run["sources"] and run["trained"] and row["value"]:
            pair = row["target"], run["sources"]
            found.setdefault(run["task"], {}).setdefault(pair, []).append(float(row["value"]))
    for task, pairs in found.items():
        model = "mini/mt5" if task == "verbalise" else "mini/xlmr"
        card = json.loads((mini(model) / "card.json").read_text(encoding="utf-8"))
        scores: dict[str, dict[str, float]] = {}
        for (target, source), values in pairs.items():
            if target != source:
                scores.setdefault(target, {})[source] = float(np.mean(values))
        yield Table(task, OWN[task][0], scores, model=model, seen=frozenset(card["langs"]))


def mixes(path: Path, targets: int = 0) -> list[Held]:
    """Count the forecasts of SumEval's mixes that hold, languages left out.

    Once as targets alone, and once as sources too: then mixes without the language are known,
    and asked for.
    """
    from sumeval import read

    table = read(path)
    langs = sorted({one.target for one in table})
    langs = langs[:: -(-len(langs) // targets)] if targets else langs
    found = [Held(path.stem, "forecasts, target unseen"), Held(path.stem, "forecasts, zero-shot")]
    for lang in langs:
        print(f"\r{path.stem} {lang} ", end="", file=sys.stderr, flush=True)
        rest = [one for one in table if one.target != lang]
        own = [one for one in table if one.target == lang]
        without = [one for one in rest if lang not in dict(one.mix)]
        zero = [one for one in own if lang not in dict(one.mix)]
        for held, known, asked in zip(found, (rest, without), (own, zero), strict=True):
            if asked and known:
                _count(held, known, asked)
    return [held for held in found if held.shares]


def _count(held: Held, known: Sequence[Observation], asked: Sequence[Observation]) -> None:
    cells = [Cell(one.task, one.model, one.mix, one.target) for one in asked]
    made = forecast(known, cells)
    inside = [f.low <= o.score <= f.high for f, o in zip(made, asked, strict=True)]
    held.shares.append(float(np.mean(inside)))
    held.widths.append(float(np.mean([one.high - one.low for one in made])))


def failures(found: Sequence[Held]) -> list[str]:
    """Say which intervals do not hold as they should.

    No table may hold less than ``LEAST``. More than ``MOST`` fails for a question over all
    tables alone: a table is one draw of its level, and a dozen languages some dozen of theirs,
    so that most tables hold all of what is 95 % sure.
    """
    said = [
        f"{one.table}: {one.question}: {one.share:.1%} of 95 % intervals hold"
        for one in found
        if one.share < LEAST
    ]
    for question in dict.fromkeys(one.question for one in found):
        share = float(np.mean([one.share for one in found if one.question == question]))
        if not LEAST <= share <= MOST:
            said.append(f"all tables: {question}: {share:.1%} of 95 % intervals hold")
    return said


def section(data: Path, targets: int = 0) -> tuple[str, list[str]]:
    """Give the section of the benchmark's page, and what fails."""
    found = [held for table in tables(data) for held in hold(table, targets)]
    for path in sorted((data / "sumeval" / "train").glob("*.json")):
        found += mixes(path, targets)
    lines = [
        "| table | intervals of | targets | hold | lowest of a target | width |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.table} | {one.question} | {len(one.shares)} | {one.share:.1%} | "
        f"{min(one.shares):.0%} | {one.width:.2f} |"
        for one in found
    ]
    failed = failures(found)
    return "\n".join([*lines, "", *(f"FAILS: {line}" for line in failed)]), failed


def tables(data: Path) -> Iterator[Table]:
    """Read the tables of single sources that are at hand."""
    kinds = {"el": "", "mt": "generate", "parsing": "", "pos": "tag"}
    for name, kind in kinds.items():
        path = data / "restricted" / "langrank" / f"data_tsf{name}.csv"
        if path.is_file():
            yield langrank(path, kind)
    path = data / "restricted" / "masakhaner2-transfer" / "all_lang_ranks.csv"
    if path.is_file():
        yield masakhaner(path)
    yield from own()


def main() -> None:
    """Print the section; exit 1 where intervals do not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--targets", type=int, default=0, help="a table's languages; 0: all")
    wanted = parser.parse_args()
    text, failed = section(wanted.data, wanted.targets)
    print(text)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
