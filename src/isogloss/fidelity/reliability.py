"""How far an identifier can be trusted, as measured on real text.

The figures are in ``reliability.tsv``, made by ``tools/reliability.py`` with the
same judge that gives the verdicts. For each language and length in words: how
many texts in the language pass and fail, how many texts in the big languages
pass for it, which neighbour passes most often, and which sibling is taken for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.core.errors import IsoglossError
from isogloss.fidelity.candidate import WHOLE, related_languages, siblings
from isogloss.language.registry import find_language

TABLE = Path(__file__).with_name("reliability.tsv")
SIZES = (1, 3, 5, 10, 30)
"""Lengths in words at which it is measured; a text counts for the next lower one."""


_HAN = {
    "ja": "told from zh by kana, or by a character that only one side writes",
    "zh": "told from ja by a character that only one side writes, or by more than 4",
    "zh-Hant": "told from ja by a character that only one side writes, or by more than 4",
}
NEAR = 0.05
"""Share of a neighbour's texts that pass, from which it is told."""


class Measured(NamedTuple):
    """One line of the table."""

    lang: str
    words: int
    n: int
    right: int
    sibling: int
    """Texts in the language that are judged to be in it or in a sibling."""
    wrong: int
    """Texts in the language that are judged wrong, mixed or in another script."""
    foreign: int
    passed: int
    """Of the foreign texts, in the big languages, how many are judged right."""
    near: str
    """The neighbour whose texts pass most often; empty where none was measured."""
    near_share: float
    kin: str
    """The sibling whose texts are judged right most often, and not right or in a sibling."""
    kin_share: float
    taken: str
    """The language that wrong verdicts name most often."""
    fresh: bool
    """Whether no threshold was chosen on these texts."""

    @property
    def passing(self) -> int:
        """Texts in the language that pass."""
        return self.right + self.sibling

    @property
    def judged(self) -> float:
        """Share of the texts that are judged at all."""
        return (self.passing + self.wrong) / self.n

    @property
    def passes(self) -> float:
        """Share of the judged texts that pass, drawn half a text towards one half."""
        return (self.passing + 0.5) / (self.passing + self.wrong + 1.0)

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
        lang, *counts, near, share, other, called, taken, fresh = line.split("\t")
        words, n, right, sibling, wrong, foreign, passed = map(int, counts)
        one = Measured(
            lang, words, n, right, sibling, wrong, foreign, passed, near, float(share or 0),
            other, float(called or 0), taken, fresh == "1",
        )  # fmt: skip
        found[one.lang, one.words] = one
    return found


def measured(lang: str) -> list[Measured]:
    """List the figures of one language, shortest texts first; none where not measured."""
    try:
        code = find_language(lang).code
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
    known = [one for one in table().values() if one.words == words and one.passing + one.wrong]
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
        others = sorted(related_languages(lang))
        if others:
            found.append(f"{lang}: may be {' or '.join(others)} where no word tells: sibling")
        weak = [one for one in measured(lang) if one.near and one.near_share >= NEAR]
        if weak and (most := max(weak, key=lambda one: one.words)):
            share = f"{most.near_share:.0%} of texts of {most.words} words"
            found.append(f"{lang}: {share} in {most.near} pass for it")
    return found


def describe(lang: str) -> list[tuple[str, str]]:
    """Say how well a language can be judged, as rows of label and text."""
    found = measured(lang)
    if not found:
        return [("judged", "not measured on real text"), *_kin(lang, [])]
    rows = []
    for one in found:
        count = f"{one.words} word{'s' if one.words > 1 else ''}"
        text = f"{count}: {one.judged:.0%} judged"
        if one.passing + one.wrong:
            text += f", {one.passing / (one.passing + one.wrong):.0%} of these pass"
        if one.sibling:
            text += f", {one.sibling / (one.passing + one.wrong):.0%} may be a sibling"
        text += f"; {one.passed} of {one.foreign} texts in big languages pass"
        if one.near and one.near_share >= NEAR:
            text += f", {one.near_share:.0%} of those in {one.near}"
        rows.append(("judged" if one is found[0] else "", text))
    return rows + _kin(lang, found)


def _kin(lang: str, found: Sequence[Measured]) -> list[tuple[str, str]]:
    """Say from which siblings a language can't be told, and how often one is taken for it."""
    others = sorted(related_languages(lang))
    if others:
        rows = [("siblings", f"told from {', '.join(others)} by some words alone")]
        worst = max(found, key=lambda one: one.kin_share, default=None)
        if worst is not None and worst.kin:
            text = (
                f"{worst.kin_share:.1%} of texts in {worst.kin} called right at {worst.words} words"
            )
            rows.append(("", f"{text}, the most"))
        return rows
    told = [("siblings", _HAN[lang])] if lang in _HAN else []
    same = sorted(siblings(lang) - {find_language(lang).code})
    if lang in WHOLE and same:
        told.append(("" if told else "siblings", f"stands for {', '.join(same)} too"))
    return told
