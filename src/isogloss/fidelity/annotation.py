"""Read judged sheets back: agreement, preferences, and the corrected rate."""

from __future__ import annotations

import csv
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.core.disk import read_object
from isogloss.core.errors import IsoglossError, nearest
from isogloss.fidelity.agreement import alpha, kappa, squared
from isogloss.fidelity.annotate import ANSWERS, CLASSES, COLUMNS, FORMAT, Line

DRAWS = 10_000
"""Draws behind an interval."""


KEY = {
    "lang": str,
    "signature": str,
    "population": Mapping[str, Mapping[str, int]],
    "lines": tuple[Mapping[str, Any], ...],
}
"""What a key's file holds."""


@dataclass(frozen=True)
class Key:
    """What annotators were not told."""

    lang: str
    signature: str
    population: dict[str, dict[str, int]]
    lines: dict[str, Line]
    """By code."""


@dataclass(frozen=True)
class Answers:
    """What annotators said: for each code, annotator -> answer."""

    language: dict[str, dict[str, str]] = field(default_factory=dict)
    instead: dict[str, dict[str, str]] = field(default_factory=dict)
    quality: dict[str, dict[str, float]] = field(default_factory=dict)
    annotators: list[str] = field(default_factory=list)

    def settled(self, code: str) -> str:
        """Give what most say of a text: right, wrong, or empty where they are split."""
        said = Counter(
            "right" if answer == "right" else "wrong"
            for answer in self.language.get(code, {}).values()
            if answer != "unsure"
        )
        return said.most_common(1)[0][0] if said["right"] != said["wrong"] else ""


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Corrected:
    """What a system's rate is by people, and how the identifier errs."""

    system: str
    n: int
    """Texts that people settled."""
    apparent: float
    """Rate by the identifier's verdicts, over what it judges."""
    rate: Share
    """The same corrected by its measured errors (Rogan & Gladen 1978)."""
    every: Share
    """Rate over all texts, those too that the identifier doesn't judge."""
    sensitivity: Share
    """Share of the texts in the language that it passes."""
    specificity: Share
    """Share of the other texts that it refuses."""


@dataclass(frozen=True)
class Preference:
    """How often one system's answer is rated above another's to the same item."""

    one: str
    two: str
    wins: int
    ties: int
    losses: int

    @property
    def share(self) -> float:
        """Give the share of wins, a tie counting half."""
        n = self.wins + self.ties + self.losses
        return (self.wins + self.ties / 2) / n if n else math.nan

    @property
    def p(self) -> float:
        """Give the two-sided sign test's p, ties left out."""
        n, most = self.wins + self.losses, max(self.wins, self.losses)
        tail = sum(math.comb(n, k) for k in range(most, n + 1)) / 2**n
        return float(min(1.0, 2.0 * tail))


@dataclass(frozen=True)
class Findings:
    """All that the judged sheets tell."""

    lang: str
    signature: str
    annotators: list[str]
    agreement: dict[str, float]
    preferences: list[Preference]
    systems: list[Corrected]


def findings(answers: Answers, key: Key) -> Findings:
    """Work out agreement, preferences and corrected rates."""
    return Findings(
        key.lang,
        key.signature,
        answers.annotators,
        agreement(answers),
        preferences(answers, key),
        [corrected(answers, key, system) for system in sorted(key.population)],
    )


def read_key(path: Path) -> Key:
    """Read a sheet's key.

    Raises:
        IsoglossError: no such file, or no key of this version.
    """
    try:
        if not path.exists():
            hint = "give it with --key; it was written beside the sheet"
            raise IsoglossError(f"no key '{path}'", hint)
        value = read_object(path, "give another", KEY)
        if value["format"] != FORMAT:
            raise IsoglossError(f"{path} was written by another version of isogloss", "use that")
        lines = {line["code"]: Line(**line) for line in value["lines"]}
        return Key(value["lang"], value["signature"], value["population"], lines)
    except (ValueError, KeyError, TypeError) as error:
        raise IsoglossError(f"{path} is no key of a sheet: {error!r}", "give another") from None


def read(paths: Sequence[Path], key: Key) -> Answers:
    """Read judged sheets, one of each annotator; the file's name is the annotator's.

    Raises:
        IsoglossError: a sheet of another key, a missing column, an unknown
            answer (with its line), or no answer at all.
    """
    found = Answers()
    for path in paths:
        who = path.stem if path.stem not in found.annotators else str(path)
        found.annotators.append(who)
        for line, row in _rows(path):
            code = row["code"].strip()
            if code not in key.lines:
                what = f"{path}:{line}: code '{code}' is not in the key"
                raise IsoglossError(what, "give the key of this sheet with --key")
            _take(found, who, code, row, f"{path}:{line}")
    if not found.language:
        raise IsoglossError("no text is judged yet", f"fill in language: {', '.join(ANSWERS)}")
    return found


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise IsoglossError(f"no sheet '{path}'", "give the CSV file of an annotator") from None
    except UnicodeDecodeError:
        raise IsoglossError(f"{path} is not UTF-8", "save it as CSV UTF-8") from None
    head = text.split("\n", 1)[0]
    # spreadsheets write what the country's lists are written with
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
    for name in ("code", "language"):
        if name not in (reader.fieldnames or ()):
            columns = ", ".join(COLUMNS)
            raise IsoglossError(f"{path}:1: no column '{name}'", f"a sheet has {columns}")
    for row in reader:
        yield reader.line_num, {k: v or "" for k, v in row.items() if isinstance(k, str)}


def _take(found: Answers, who: str, code: str, row: Mapping[str, str], where: str) -> None:
    """Take one annotator's answers to one text."""
    said = row["language"].strip().lower()
    if said:
        if said not in ANSWERS:
            near = nearest(said, ANSWERS)
            hint = f"did you mean '{near}'?" if near else f"one of {', '.join(ANSWERS)}"
            raise IsoglossError(f"{where}: language is '{said}'", hint)
        found.language.setdefault(code, {})[who] = said
    if instead := row.get("instead", "").strip():
        found.instead.setdefault(code, {})[who] = instead
    if quality := row.get("quality", "").strip():
        if quality not in ("1", "2", "3", "4", "5"):
            raise IsoglossError(f"{where}: quality is '{quality}'", "write 1 (bad) to 5 (good)")
        found.quality.setdefault(code, {})[who] = float(quality)


def agreement(answers: Answers) -> dict[str, float]:
    """Give the agreement on language and quality; empty for one annotator."""
    if len(answers.annotators) < 2:
        return {}
    language = list(answers.language.values())
    found = {
        "alpha": alpha(language),
        "alpha_quality": alpha(list(answers.quality.values()), squared),
    }
    if len(answers.annotators) == 2:
        found = {"kappa": kappa(language, *answers.annotators)} | found
    return found


def preferences(answers: Answers, key: Key) -> list[Preference]:
    """Compare each two systems on the items that one annotator rated for both."""
    rated: dict[tuple[str, str], dict[str, float]] = {}
    for code, given in answers.quality.items():
        line = key.lines[code]
        for who, value in given.items():
            rated.setdefault((line.item, who), {})[line.system] = value
    found = []
    for one, two in itertools.combinations(sorted(key.population), 2):
        gaps = [given[one] - given[two] for given in rated.values() if {one, two} <= set(given)]
        if gaps:
            wins, losses = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
            found.append(Preference(one, two, wins, len(gaps) - wins - losses, losses))
    return found


def corrected(answers: Answers, key: Key, system: str) -> Corrected:
    """Correct a system's rate by what people said of its texts.

    Texts were drawn by verdict, so people tell for each class of verdicts how
    many of its texts are in the language. Weighted by the classes' sizes that
    gives the identifier's sensitivity and specificity, and the rate, which is
    Rogan and Gladen's (apparent + specificity - 1) / (sensitivity + specificity - 1).
    Intervals draw each class's share from its Jeffreys posterior, with the
    number of texts that the weights leave.
    """
    sizes = Counter[str]()
    for kind, count in key.population[system].items():
        sizes["empty" if kind == "empty" else CLASSES.get(kind, "wrong")] += count
    said: dict[str, list[tuple[float, float]]] = {"right": [], "wrong": [], "unjudged": []}
    for code, line in key.lines.items():
        if line.system == system and (settled := answers.settled(code)):
            said[CLASSES.get(line.verdict, "wrong")].append((line.weight, settled == "right"))
    rng = np.random.default_rng(0)
    point, drawn = {}, {}
    for kind, pairs in said.items():
        weights = np.array([weight for weight, _ in pairs])
        total = weights.sum()
        share = float(weights @ [right for _, right in pairs] / total) if total else math.nan
        n = total**2 / (weights**2).sum() if total else 0.0
        hits = share * n if total else 0.0
        point[kind] = share
        drawn[kind] = rng.beta(hits + 0.5, n - hits + 0.5, DRAWS)
    wrong = sizes["wrong"] + sizes["empty"]
    judged = sizes["right"] + wrong
    values, draws = _errors(point, sizes), _errors(drawn, sizes)
    shares = {
        name: Share(float(values[name]), *np.nanquantile(draws[name], [0.025, 0.975]).tolist())
        for name in values
    }
    apparent = sizes["right"] / judged if judged else math.nan
    return Corrected(system, sum(map(len, said.values())), apparent, **shares)


def _errors(right: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    """Turn the share that is right in each class into the identifier's errors."""
    parts = {kind: sizes[kind] * right[kind] if sizes[kind] else 0.0 for kind in right}
    passed, refused = parts["right"], parts["wrong"]
    # empty texts are in no language, and nobody has to say so
    judged = sizes["right"] + sizes["wrong"] + sizes["empty"]
    yes, no = passed + refused, judged - passed - refused
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "rate": np.divide(yes, judged),
            "every": np.divide(yes + parts["unjudged"], judged + sizes["unjudged"]),
            "sensitivity": np.divide(passed, yes),
            "specificity": np.divide(judged - sizes["right"] - refused, no),
        }


def plain(value: Any) -> Any:
    """Give findings as plain values; what is not a number is None."""
    if isinstance(value, Preference):
        return vars(value) | {"share": plain(value.share), "p": value.p}
    if is_dataclass(value):
        return plain(vars(value))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if value != value else value
