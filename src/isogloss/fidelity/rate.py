"""Count verdicts, and say what rate they make and how sure it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from isogloss.fidelity.reliability import SIZES, Reliability, reliability, size
from isogloss.fidelity.verdict import KINDS, NOT_JUDGED, PASSED, Verdict
from isogloss.language.registry import find_language

Z = 1.959964
"""Two-sided 95 %."""
ASIDE = 0.1
"""Share of the texts in another script of the language from which that is told."""


def wilson(right: float, n: int) -> tuple[float, float]:
    """Give the Wilson interval of a share, 95 %."""
    if not n:
        return 0.0, 1.0
    p, square = right / n, Z * Z
    middle = (p + square / (2 * n)) / (1 + square / n)
    half = Z * math.sqrt(p * (1 - p) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass
class Rate:
    """The correct-language rate of some texts, with all that it leaves open."""

    lang: str
    measured: bool = True
    """Whether the identifier is the one whose reliability was measured."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Verdict -> number of texts."""
    into: Counter[str] = field(default_factory=Counter)
    """Language found where it is not the expected one -> number of texts."""
    sizes: Counter[int] = field(default_factory=Counter)
    """Lower length in words of a class of ``SIZES`` -> judged texts."""

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.kinds[verdict.kind] += 1
        if verdict.judged:
            self.sizes[size(verdict.words)] += 1
        if verdict.kind in ("wrong", "mixed", "script"):
            self.into[verdict.lang or "und"] += 1

    def merge(self, other: Rate) -> None:
        """Add the counts of another rate."""
        self.kinds.update(other.kinds)
        self.into.update(other.into)
        self.sizes.update(other.sizes)

    @property
    def n(self) -> int:
        """All texts."""
        return self.kinds.total()

    @property
    def judged(self) -> int:
        """Texts that could be judged."""
        return self.n - sum(self.kinds[kind] for kind in NOT_JUDGED)

    @property
    def coverage(self) -> float:
        """Share of the texts that could be judged."""
        return self.judged / self.n if self.n else math.nan

    @property
    def passed(self) -> int:
        """Texts in the expected language, or in a sibling that can't be told from it."""
        return sum(self.kinds[kind] for kind in PASSED)

    @property
    def rate(self) -> float:
        """Share of the judged texts that pass; not a number where none is judged."""
        return self.passed / self.judged if self.judged else math.nan

    @property
    def sibling(self) -> float:
        """Share of the judged texts that pass and may be in a sibling."""
        return self.kinds["sibling"] / self.judged if self.judged else math.nan

    @property
    def worst(self) -> float:
        """The rate if all that is not judged, or may be in a sibling, were wrong."""
        return self.kinds["right"] / self.n if self.n else math.nan

    @property
    def best(self) -> float:
        """The rate if all that is not judged were right."""
        return 1.0 - (self.judged - self.passed) / self.n if self.n else math.nan

    @property
    def hint(self) -> str:
        """Name the code of the language in another script, where a good part is in that.

        A text in a big language's Latin letters is told from it, and is not counted.
        """
        known = find_language(self.lang)
        written: Counter[str] = Counter()
        for code, n in self.into.items():
            script = code[4:] if code.startswith("und-") else ""
            if not script and code != "und" and find_language(code).script != "Latn":
                script = find_language(code).script
            if script in known.scripts and script != known.script:
                written[script] += n
        for script, n in written.most_common(1):
            if n >= ASIDE * self.n:
                other = find_language(f"{self.lang.partition('-')[0]}-{script}")
                return (
                    f"{self.lang}: {n} of {self.n} texts are in the script {script}: "
                    f"if they are in {other.name}, ask for {other.code}"
                )
        return ""

    @property
    def reliability(self) -> Reliability:
        """The identifier's own, for this language and these lengths."""
        return reliability(self.lang, self.sizes, self.measured)

    @property
    def interval(self) -> tuple[float, float]:
        """Give a 95 % interval over texts, widened by the identifier's own errors.

        It spans the Wilson interval and the same corrected (Rogan and Gladen 1978)
        for the texts in the language that the identifier refuses and those in
        another that it passes, as measured. The low end takes away what may be in
        a sibling, and as many texts in the nearest neighbour as may have passed
        unseen beside those that were found.
        """
        own = self.reliability
        n = self.judged
        high = wilson(self.passed, n)[1]
        gap = own.passed - own.false
        if gap <= 0.05:
            return 0.0, 1.0
        found = wilson(self.into[own.near], n)[1] * n
        hidden = found * own.near_passed / max(0.05, 1.0 - own.near_passed)
        low = wilson(max(0.0, self.kinds["right"] - hidden), n)[0]
        corrected = [min(1.0, max(0.0, (end - own.false) / gap)) for end in (low, high)]
        return min(low, corrected[0]), max(high, corrected[1])

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        low, high = self.interval
        numbers = {
            "rate": self.rate, "low": low, "high": high, "coverage": self.coverage,
            "worst": self.worst, "best": self.best, "sibling": self.sibling,
        }  # fmt: skip
        return {
            "lang": self.lang,
            "n": self.n,
            "judged": self.judged,
            **{key: None if value != value else round(value, 6) for key, value in numbers.items()},
            "verdicts": {kind: self.kinds[kind] for kind in KINDS},
            "into": dict(self.into.most_common()),
            "lengths": {str(length): self.sizes[length] for length in SIZES},
            "reliability": self.reliability.to_json(),
            "hint": self.hint,
        }


def rates(
    langs: Iterable[str], verdicts: Iterable[Verdict], measured: bool = True
) -> dict[str, Rate]:
    """Count verdicts by expected language."""
    found: dict[str, Rate] = {}
    for lang, verdict in zip(langs, verdicts, strict=True):
        found.setdefault(lang, Rate(lang, measured)).add(verdict)
    return found
