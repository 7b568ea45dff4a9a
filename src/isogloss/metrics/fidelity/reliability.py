"""How far an identifier can be trusted, as measured on real text.

The figures are in ``reliability.tsv``, made by ``tools/reliability.py`` with the
same judge that gives the verdicts. For each language and length in words: how
many texts in the language pass and fail, how many texts in the big languages
pass for it, and which neighbour passes most often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.core.errors import IsoglossError
from isogloss.data.language import language
from isogloss.metrics.fidelity.candidate import siblings

TABLE = Path(__file__).parents[1] / "data" / "reliability.tsv"
SIZES = (1, 3, 5, 10, 30)
"""Lengths in words at which it is measured; a text counts for the next lower one."""


NEAR = 0.05
"""Share of a neighbour's texts that pass, from which it is told."""


class Measured(NamedTuple):
    """One line of the table."""

    lang: str
    words: int
    n: int
    right: int
    wrong: int
    """Texts in the language that are judged wrong, mixed or in another script."""
    foreign: int
    passed: int
    """Of the foreign texts, in the big languages, how many are judged right."""
    near: str
    """The neighbour whose texts pass most often; empty where none was measured."""
    near_share: float
    taken: str
    """The language that wrong verdicts name most often."""

    @property
    def judged(self) -> float:
        """Share of the texts that are judged at all."""
        return (self.right + self.wrong) / self.n

    @property
    def passes(self) -> float:
        """Share of the judged texts that pass, drawn half a text towards one half."""
        return (self.right + 0.5) / (self.right + self.wrong + 1.0)

    @property
    def false(self) -> float:
        """Share of foreign texts that pass, drawn half a text towards one half."""
        return (self.passed + 0.5) / (self.foreign + 1.0) if self.foreign else 0.0


@dataclass(frozen=True)
class Reliability:
    """What is known of the identifier for some texts."""

    passed: float
    """Share of texts in the language that pass, of those judged."""
    false: float
    """Share of texts in a big language that pass."""
    measured: bool
    """False where the language was not measured: the figures are those of the worst tenth."""
    near: str = ""
    """The neighbour whose texts pass most often."""
    near_passed: float = 0.0
    """Share of its texts that pass, of those judged."""

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {key: round(v, 4) if isinstance(v, float) else v for key, v in asdict(self).items()}


def size(words: int) -> int:
    """Give the class of ``SIZES`` that a number of words belongs to."""
    return max((length for length in SIZES if length <= words), default=SIZES[0])


@cache
def identifier() -> str:
    """Name the identifier that was measured, with its version."""
    header = TABLE.read_text(encoding="utf-8").split("lang\t")[0]
    return header.split("Identifier: ")[1].split("\n")[0]


@cache
def table() -> dict[tuple[str, int], Measured]:
    """Read the figures, by language and length."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or line.startswith("lang\t"):
            continue
        lang, words, n, right, wrong, foreign, passed, near, share, taken = line.split("\t")
        one = Measured(
            lang, int(words), int(n), int(right), int(wrong), int(foreign), int(passed), near,
            float(share or 0), taken,
        )  # fmt: skip
        found[one.lang, one.words] = one
    return found


def measured(lang: str) -> list[Measured]:
    """List the figures of one language, shortest texts first; none where not measured."""
    try:
        code = language(lang).code
    except IsoglossError:
        return []
    return [table()[code, words] for words in SIZES if (code, words) in table()]


def reliability(lang: str, lengths: Mapping[int, int], known: bool = True) -> Reliability:
    """Average the figures of a language over texts of some lengths.

    Args:
        lang: the expected language.
        lengths: length class -> number of judged texts.
        known: whether the identifier is the one that was measured.
    """
    lines = {one.words: one for one in measured(lang)} if known else {}
    total = sum(lengths.values())
    if not total:
        return Reliability(1.0, 0.0, bool(lines))
    passed = false = 0.0
    near: dict[str, float] = {}
    for words, count in lengths.items():
        share = count / total
        if not lines:
            low, high = _poor(words)
            passed, false = passed + share * low, false + share * high
            continue
        one = lines.get(words) or lines[min(lines, key=lambda known: abs(known - words))]
        passed, false = passed + share * one.passes, false + share * one.false
        if one.near:
            near[one.near] = near.get(one.near, 0.0) + share * one.near_share
    most = max(near, key=lambda code: near[code], default="")
    return Reliability(passed, false, bool(lines), most, near.get(most, 0.0))


@cache
def _poor(words: int) -> tuple[float, float]:
    """Give the figures that nine in ten measured languages surpass."""
    known = [one for one in table().values() if one.words == words and one.right + one.wrong]
    if not known:
        return 1.0, 0.0
    tenth = len(known) // 10
    passes = sorted(one.passes for one in known)
    false = sorted((one.false for one in known), reverse=True)
    return passes[tenth], false[tenth]


def doubts(langs: Iterable[str]) -> list[str]:
    """Say of which languages the verdicts are weak, and why."""
    found = []
    unknown = [lang for lang in langs if not measured(lang)]
    if unknown:
        found.append(f"not measured on real text, taken as the worst tenth: {', '.join(unknown)}")
    for lang in langs:
        same = sorted(siblings(lang) - {language(lang).code})
        if same:
            found.append(
                f"{lang}: texts in {', '.join(same[:4])} pass as well, none tells them apart"
            )
        weak = [one for one in measured(lang) if one.near and one.near_share >= NEAR]
        if weak and (most := max(weak, key=lambda one: one.words)):
            share = f"{most.near_share:.0%} of texts of {most.words} words"
            found.append(f"{lang}: {share} in {most.near} pass for it")
    return found


def describe(lang: str) -> list[tuple[str, str]]:
    """Say how well a language can be judged, as rows of label and text."""
    found = measured(lang)
    if not found:
        return [("judged", "not measured on real text")]
    rows = []
    for one in found:
        count = f"{one.words} word{'s' if one.words > 1 else ''}"
        text = f"{count}: {one.judged:.0%} judged"
        if one.right + one.wrong:
            text += f", {one.right / (one.right + one.wrong):.0%} of these right"
        text += f"; {one.passed} of {one.foreign} texts in big languages pass"
        if one.near and one.near_share >= NEAR:
            text += f", {one.near_share:.0%} of those in {one.near}"
        rows.append(("judged" if one is found[0] else "", text))
    same = sorted(siblings(lang) - {language(lang).code})
    if same:
        rows.append(("", f"not told apart from {', '.join(same)}"))
    return rows
