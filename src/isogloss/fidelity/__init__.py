"""Judge whether texts are in the language that was asked for, and say how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.fidelity.judge import Judge
from isogloss.fidelity.rate import Rate, rates
from isogloss.fidelity.verdict import KINDS, Verdict
from isogloss.language.registry import canonical

__all__ = ["KINDS", "Fidelity", "Judge", "Rate", "Verdict", "fidelity", "judge", "rates"]


@dataclass(frozen=True)
class Fidelity:
    """Verdicts on texts, and the rate they make in each language."""

    verdicts: list[Verdict]
    langs: dict[str, Rate]
    """Expected language -> its rate."""
    signatures: dict[str, str]
    """Expected language -> identifier, candidates and rules behind its verdicts."""
    references: dict[str, Rate]
    """The same for the references, where they were given."""

    @property
    def total(self) -> Rate:
        """All texts together, whatever was expected of them."""
        if len(self.langs) == 1:
            return next(iter(self.langs.values()))
        found = Rate("", all(one.measured for one in self.langs.values()))
        for one in self.langs.values():
            found.merge(one)
        return found

    @property
    def rate(self) -> float:
        """Share of the judged texts that are right, or may be in a sibling."""
        return self.total.rate

    @property
    def sibling(self) -> float:
        """Share of the judged texts that may be in a close relative, which count as right."""
        return self.total.sibling

    @property
    def coverage(self) -> float:
        """Share of the texts that could be judged."""
        return self.total.coverage

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the rate, widened by the identifier's own errors."""
        return self.total.interval

    def to_json(self) -> dict[str, Any]:
        """Give the rates as plain values."""
        return {
            lang: one.to_json()
            | {"signature": self.signatures[lang]}
            | ({"reference": self.references[lang].to_json()} if lang in self.references else {})
            for lang, one in self.langs.items()
        }


def measure_fidelity(
    texts: Sequence[str],
    lang: str | Sequence[str],
    *,
    inputs: Sequence[str | None] | None = None,
    references: Sequence[str] | None = None,
    identifier: str = "",
) -> Fidelity:
    """Judge the language of each text, and give the rates with all they leave open.

    Args:
        texts: what is judged, such as a model's outputs.
        lang: the expected language of all, or of each.
        inputs: what each text answers, so that copies are noticed.
        references: right answers, whose own rate stands beside.
        identifier: the identifier's name, with what it takes behind a colon; empty for
            the built-in one.

    Raises:
        IsoglossError: an unknown language, or lists of different lengths.
    """
    asked = [lang] * len(texts) if isinstance(lang, str) else list(lang)
    codes = [_code(one) for one in asked]
    for name, given in (("lang", codes), ("inputs", inputs), ("references", references)):
        if given is not None and len(given) != len(texts):
            raise IsoglossError(
                f"{len(texts)} texts and {len(given)} {name}", "give one for each text"
            )
    using = judge(identifier)
    verdicts = _each(using, texts, codes, inputs)
    gold = _each(using, references, codes, None) if references is not None else []
    return Fidelity(
        verdicts,
        rates(codes, verdicts, using.measured),
        {code: using.signature(code) for code in dict.fromkeys(codes)},
        rates(codes, gold, using.measured) if gold else {},
    )


@cache
def judge(identifier: str = "") -> Judge:
    """Give the judge that works with an identifier, loaded when it is first needed.

    Args:
        identifier: as in `pycld2` or `fasttext:lid.176.bin`; empty for the built-in one.
    """
    return Judge(plugin.identifier(identifier))


@cache
def _code(lang: str) -> str:
    return canonical(lang)


def _each(
    using: Judge,
    texts: Sequence[str],
    codes: Sequence[str],
    inputs: Sequence[str | None] | None,
) -> list[Verdict]:
    """Judge texts of several languages, one language at a time."""
    found: list[Verdict | None] = [None] * len(texts)
    for code in dict.fromkeys(codes):
        places = [i for i, other in enumerate(codes) if other == code]
        asked = None if inputs is None else [inputs[i] for i in places]
        for i, verdict in zip(places, using([texts[i] for i in places], code, asked), strict=True):
            found[i] = verdict
    return [one for one in found if one is not None]
