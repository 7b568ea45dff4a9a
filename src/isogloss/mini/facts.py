"""Facts, and how each is said in each language, in digits and in words."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError, unknown

LANGS = tuple(
    [
        "en",
        "de",
        "nl",
        "sv",
        "fr",
        "es",
        "it",
        "pt",
        "ru",
        "uk",
        "pl",
        "bn",
        "fi",
        "hu",
        "tr",
        "az",
        "ar",
        "he",
        "am",
        "ja",
        "ko",
        "vi",
        "id",
        "th",
        "te",
    ]
)
"""The languages of the world, BCP-47."""
EVALUATED = ("fr", "de", "es", "ru", "tr", "fi", "ar", "ja", "ko", "vi")
"""The languages evaluated when nobody says which."""
NUMBERS = range(3, 61)
"""One is *a day* and two a dual in some languages; both are left out."""
TIMES = ("second", "minute", "hour", "day", "week", "month", "year")
TIME_KINDS = ("duration", "future", "past")
"""Kinds that the generation task tests: digits -> words never occurs for them
in any text of the world."""
MEASURES = {
    "length": ("kilometer", "meter", "centimeter"),
    "mass": ("kilogram", "gram"),
    "volume": ("liter", "milliliter"),
    "temperature": ("celsius",),
    "angle": ("degree",),
    "share": ("percent",),
    "energy": ("calorie",),
    "power": ("watt",),
    "voltage": ("volt",),
    "data": ("byte", "megabyte"),
    "speed": ("kilometer-per-hour",),
}
NAMES = ("place", "weekday", "month")
MARKS = ("comma", "and", "colon", "dash", "slash", "stop", "ask")
_SIGNS = {"colon": ": ", "dash": " – ", "slash": " / ", "stop": ". ", "ask": "?"}
_JAPANESE = {"colon": "：", "dash": " – ", "slash": " / ", "stop": "。", "ask": "？"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One meaning that every language has words for."""

    kind: str
    """duration, future, past, a measure, number, date, place, weekday, month, or mark."""
    unit: str = ""
    """The unit; the month of a date; the code of a name or mark."""
    number: int = 0
    """The number, 0 where there is none."""

    @property
    def id(self) -> str:
        """Name the fact, the same in every language."""
        return "-".join(str(part) for part in (self.kind, self.unit, self.number) if part)


@cache
def table() -> dict[str, Any]:
    """Read what CLDR and num2words say (see ``isogloss.mini.cldr``)."""
    text = (Path(__file__).parent / "data" / "world.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def language(lang: str) -> dict[str, Any]:
    """Give one language's part of the table."""
    if lang not in LANGS:
        raise unknown("language of the mini world", lang, LANGS)
    return dict(table()["langs"][lang])


@cache
def quantities() -> tuple[Fact, ...]:
    """List every fact with a unit and a number."""
    units = {**dict.fromkeys(TIME_KINDS, TIMES), **MEASURES}
    return tuple(Fact(k, u, n) for k, names in units.items() for u in names for n in NUMBERS)


@cache
def dates() -> tuple[Fact, ...]:
    """List every day of a year that is rendered in digits."""
    return tuple(Fact("date", str(month), day) for month in range(1, 13) for day in NUMBERS[:26])


@cache
def names(kind: str) -> tuple[Fact, ...]:
    """List the places, weekdays or months."""
    return tuple(Fact(kind, code) for code in language("en")["names"][kind])


@cache
def split(fact: Fact) -> str:
    """Say to which split of every task a fact belongs, in all languages."""
    draw = blake2b(fact.id.encode(), digest_size=4).digest()
    share = int.from_bytes(draw, "big") / 2**32
    return "test" if share < 0.16 else "dev" if share < 0.32 else "train"


def can_render(fact: Fact, lang: str, *, words: bool) -> bool:
    """Say whether a language has a grammatical form for a fact."""
    return _render(fact, lang, words) is not None


def render(fact: Fact, lang: str, *, words: bool) -> str:
    """Say a fact in a language, its number in words or in digits.

    Raises:
        IsoglossError: the language has no grammatical form for it.
    """
    text = _render(fact, lang, words)
    if text is None:
        raise IsoglossError(
            f"{lang} has no form for {fact.id} in {'words' if words else 'digits'}",
            "ask `can_render` first",
        )
    return text


def clear(fact: Fact, lang: str) -> bool:
    """Say whether a quantity in digits tells its language, as far as its words go by it.

    *30 horas* is Spanish and Portuguese, and its words differ: there is no one answer.
    """
    return len(_meanings()[render(fact, lang, words=False)]) == 1


@cache
def _meanings() -> dict[str, set[str]]:
    """Map every quantity in digits to what it is in words, over all languages."""
    found: dict[str, set[str]] = defaultdict(set)
    for lang in LANGS:
        for fact in quantities():
            digits, words = (_render(fact, lang, form) for form in (False, True))
            if digits and words:
                found[digits].add(words)
    return found


def say(facts: Iterable[Fact], lang: str, *, words: bool) -> str:
    """Say several facts and marks one after the other."""
    return "".join(render(fact, lang, words=words) for fact in facts)


def listed(facts: Sequence[Fact]) -> list[Fact]:
    """Put between facts the marks of a list: commas, and an *and* before the last."""
    out: list[Fact] = []
    for index, fact in enumerate(facts):
        if index:
            out.append(Fact("mark", "and" if index == len(facts) - 1 else "comma"))
        out.append(fact)
    return out


@cache
def _render(fact: Fact, lang: str, words: bool) -> str | None:
    data = language(lang)
    if fact.kind == "mark":
        return _mark(fact.unit, lang, data)
    if fact.kind in NAMES:
        return str(data["names"][fact.kind][fact.unit])
    if fact.kind == "date":
        return None if words else str(data["date"][fact.unit].format(fact.number))
    index = fact.number - NUMBERS.start
    if fact.kind == "number":
        return str(data["numbers"]["plain"][index]) if words else str(fact.number)
    phrase = data["phrases"].get(fact.kind, {}).get(fact.unit)
    pattern = phrase and phrase["patterns"].get(data["plural"][index])
    if not pattern:
        return None
    number = data["numbers"][phrase["form"]][index] if words else fact.number
    return str(pattern[words].format(number))


def _mark(name: str, lang: str, data: dict[str, Any]) -> str:
    if name in data["list"]:
        return str(data["list"][name])
    if name == "ask" and lang == "ar":
        return "؟"
    return (_JAPANESE if lang == "ja" else _SIGNS)[name]


def parts(fact: Fact, lang: str, *, words: bool) -> list[tuple[str, str]]:
    """Split a quantity into words, each NUMBER, UNIT or DIRECTION."""
    data = language(lang)
    index = fact.number - NUMBERS.start
    phrase = data["phrases"][fact.kind][fact.unit]
    before, after = phrase["patterns"][data["plural"][index]][words].split("{0}")
    number = data["numbers"][phrase["form"]][index] if words else str(fact.number)
    timed = fact.kind in ("future", "past")
    ahead = [(word, "DIRECTION" if timed else "UNIT") for word in before.split()]
    rest = after.split()
    if timed and lang in ("ja", "th"):  # the unit is what a duration has there
        unit = data["phrases"]["duration"][fact.unit]["patterns"]["other"][words]
        unit = unit.replace("{0}", "").strip()
        rest = [unit, after.strip().removeprefix(unit)]
    units = 1 if timed else len(rest)
    behind = [(w, "UNIT" if i < units else "DIRECTION") for i, w in enumerate(rest)]
    found = [*ahead, *((word, "NUMBER") for word in number.split()), *behind]
    return [(word, label) for word, label in found if word]
