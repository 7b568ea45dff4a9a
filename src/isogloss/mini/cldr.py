"""Make the world's table from CLDR and num2words: ``python -m isogloss.mini.cldr``.

The table ships with the package, so that text and weights stay in step whatever
versions of Babel and num2words are installed. Patterns that come out
ungrammatical with a number in words are left out here, by the rules of
``grammatical``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from isogloss.mini.facts import LANGS, NUMBERS, TIMES
from isogloss.mini.spelling import form, spell

VERSION = "1"
TABLE = Path(__file__).parent / "data" / "world.json"
MEASURES = {
    "kilometer": "length",
    "meter": "length",
    "centimeter": "length",
    "kilogram": "mass",
    "gram": "mass",
    "liter": "volume",
    "milliliter": "volume",
    "celsius": "temperature",
    "degree": "angle",
    "percent": "concentr",
    "calorie": "energy",
    "watt": "power",
    "volt": "electric",
    "byte": "digital",
    "megabyte": "digital",
    "kilometer-per-hour": "speed",
}
"""Unit -> the category that CLDR files it under."""
PLACES = tuple(
    [
        "DE",
        "FR",
        "IT",
        "ES",
        "JP",
        "CN",
        "IN",
        "BR",
        "MX",
        "CA",
        "EG",
        "TR",
        "RU",
        "PL",
        "SE",
        "FI",
        "KE",
        "NG",
        "VN",
        "TH",
        "ID",
        "PE",
        "AR",
        "AU",
    ]
)


def grammatical(lang: str, unit: str, patterns: dict[str, str]) -> dict[str, str]:
    """Drop the plural patterns that are wrong with a number in words."""
    kept = {}
    for category, pattern in patterns.items():
        if re.search(r"[/%٪]", pattern):  # a sign, read out otherwise
            continue
        if lang in ("ar", "bn") and unit == "kilometer-per-hour":
            continue  # not inflected; says hours per kilometre
        if lang == "ar" and len(patterns) > 1:
            # 3-10 want the plural, 11-99 the accusative singular; CLDR leaves
            # many loan words uninflected.
            same = patterns["few"] == patterns["many"]
            noun = patterns["many"].replace("{0}", "").split()[-1 if unit != "celsius" else 0]
            inflected = noun.endswith(("ًا", "ة"))
            if (category == "few" and same) or (category == "many" and not inflected):
                continue
        kept[category] = pattern
    return kept


def spaced(lang: str, pattern: str) -> tuple[str, str]:
    """Give the pattern for digits and the one for words, spaced as is usual."""
    pattern = pattern.replace("\xa0", " ")
    if lang == "ja":
        pattern = pattern.replace(" ", "")
    if lang == "th":
        return pattern, re.sub(r" ?\{0\} ?", "{0}", pattern)
    return pattern, pattern


def language(lang: str) -> dict[str, Any]:
    """Make one language's part of the table."""
    from babel import Locale, localedata

    localedata._cache.clear()  # aliases leak between locales
    locale = Locale.parse(lang)
    plural = [locale.plural_form(number) for number in NUMBERS]
    categories = sorted(set(plural))
    phrases: dict[str, dict[str, Any]] = {}
    for unit, kind, found in _patterns(locale, categories):
        kept = grammatical(lang, unit, found)
        if kept:
            phrases.setdefault(kind, {})[unit] = {
                "form": form(lang, unit, kind),
                "patterns": {c: spaced(lang, pattern) for c, pattern in kept.items()},
            }
    forms = {p["form"] for units in phrases.values() for p in units.values()} | {"plain"}
    listing = locale.list_patterns["standard"]
    return {
        "plural": plural,
        "numbers": {f: [spell(number, lang, f) for number in NUMBERS] for f in sorted(forms)},
        "phrases": phrases,
        "names": {
            "place": {code: locale.territories[code] for code in PLACES},
            "weekday": {str(i): n for i, n in locale.days["stand-alone"]["wide"].items()},
            "month": {str(i): n for i, n in locale.months["stand-alone"]["wide"].items()},
        },
        "date": {str(month): _date(locale, month) for month in range(1, 13)},
        "list": {
            name: listing[key].replace("\u200f", "")[3:-3]
            for key, name in (("middle", "comma"), ("2", "and"))
        },
    }


def _patterns(locale: Any, categories: list[str]) -> list[tuple[str, str, dict[str, str]]]:
    """List (unit, kind, plural category -> pattern) of one locale."""
    rows = []
    units = {**MEASURES, **dict.fromkeys(TIMES, "duration")}
    for unit, category in units.items():
        data = locale._data["unit_patterns"].get(f"{category}-{unit}", {})
        # Where CLDR's long form equals the short one, Babel only has the short.
        short, long = data.get("short") or {}, data.get("long") or {}
        found = {**short, **long}
        found = {category: found[category] for category in categories if category in found}
        if len(found) == len(categories):
            rows.append((unit, _kind(unit, category), found))
    for unit in TIMES:
        for kind in ("future", "past"):
            data = locale._data["date_fields"][unit][kind]
            rows.append((unit, kind, {c: data[c] for c in categories}))
    return rows


def _kind(unit: str, category: str) -> str:
    return {"concentr": "share", "electric": "voltage", "digital": "data"}.get(category, category)


def _date(locale: Any, month: int) -> str:
    """Give the pattern of a day in a month, with {0} for the day."""
    from datetime import date

    from babel.dates import format_skeleton

    text = format_skeleton("MMMMd", date(2024, month, 29), locale=locale)
    return str(text).replace("29", "{0}")


def table() -> dict[str, Any]:
    """Make the whole table."""
    import babel
    import num2words

    made = {"babel": babel.__version__, "num2words": getattr(num2words, "__version__", "0.5.14")}
    return {"version": VERSION, **made, "langs": {lang: language(lang) for lang in LANGS}}


def written() -> str:
    """Give the table as it stands in the file: one language a line."""
    made = table()
    langs = made.pop("langs")
    rows = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in langs.items()]
    head = json.dumps(made)[:-1]
    return head + ', "langs": {\n' + ",\n".join(rows) + "\n}}\n"


if __name__ == "__main__":
    TABLE.write_text(written())
