"""Spell numbers out as they stand before a noun, in twenty-five languages.

``num2words`` gives the form used for counting. Before a noun many languages
want another one: *veintiuna horas*, *двадцать одну минуту*, *ثلاث ساعات*. The
forms needed here are few, and each rule below states one of them.
"""

from __future__ import annotations

import re
import unicodedata

# Gender of the counted noun, where the number agrees with it; m where not listed.
_FEMININE = {
    "fr": "calorie second minute hour week",
    "es": "calorie hour week",
    "pt": "calorie hour week",
    "ru": "calorie second minute week",
    "uk": "calorie second minute hour",
    "pl": "calorie second minute hour",
    "ar": "calorie celsius degree second minute hour year",
    "he": "calorie celsius degree second minute hour year",
}
_ARABIC_TENS = ["عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"]
_ARABIC_MASCULINE = ["واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة"]
_ARABIC_FEMININE = ["إحدى", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"]
_KOREAN_TENS = ["", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"]
_KOREAN_UNITS = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"]


def form(lang: str, unit: str, kind: str) -> str:
    """Name the form that the number takes before a unit in a kind of phrase."""
    feminine = unit in _FEMININE.get(lang, "").split()
    if lang == "ar":
        oblique = kind in ("future", "past")
        return ("f" if feminine else "m") + (".oblique" if oblique else "")
    if lang in ("ru", "uk"):
        accusative = feminine and kind in ("future", "past")
        return "f.accusative" if accusative else ("f" if feminine else "m")
    if lang == "fi":
        return "genitive" if kind == "future" else "m"
    if lang == "ko":
        return "native" if unit == "hour" else "m"
    return "f" if feminine else "m"


def spell(number: int, lang: str, form: str = "plain") -> str:
    """Spell a number; ``plain`` is the form used for counting."""
    if lang == "ar":
        return _arabic(number, form)
    if lang == "ko" and form == "native":
        return _korean(number)
    if lang == "fi" and form == "genitive":
        return _words(number, "fi", case="genitive")
    if lang == "he":
        return _words(number, "he", gender="m" if form == "m" else "f")
    text = _words(number, lang)
    if lang == "tr":  # num2words joins as on cheques: onbir
        tens, units = number // 10 * 10, number % 10
        if tens and units:
            text = f"{_words(tens, 'tr')} {_words(units, 'tr')}"
    if form == "plain":
        return text
    return _agree(text, lang, form)


def _agree(text: str, lang: str, form: str) -> str:
    rules = {
        ("es", "m"): [("veintiuno$", "veintiún"), (" uno$", " un")],
        ("es", "f"): [("uno$", "una")],
        ("fr", "f"): [(r"\bun$", "une")],
        ("pt", "f"): [(r"\bum$", "uma"), (r"\bdois$", "duas")],
        ("pl", "f"): [(r"\bdwa$", "dwie")],
        ("ru", "f"): [(r"\bодин$", "одна"), (r"\bдва$", "две")],
        ("ru", "f.accusative"): [(r"\bодин$", "одну"), (r"\bдва$", "две")],
        ("uk", "f"): [(r"\bодин$", "одна"), (r"\bдва$", "дві")],
        ("uk", "f.accusative"): [(r"\bодин$", "одну"), (r"\bдва$", "дві")],
        ("hu", "m"): [("kettő$", "két")],
        ("te", "m"): [(" ఒకటి$", " ఒక్క")],
    }
    for pattern, replacement in rules.get((lang, form), []):
        text = re.sub(pattern, replacement, text)
    return text


def _words(number: int, lang: str, **options: str) -> str:
    from num2words import CONVERTER_CLASSES

    name = {"pt": "pt_BR"}.get(lang, lang)
    text = str(CONVERTER_CLASSES[name].to_cardinal(number, **options))
    return unicodedata.normalize("NFC", text)


def _arabic(number: int, form: str) -> str:
    """Compose an Arabic number; 3-10 take the gender opposite to the noun's."""
    feminine, oblique = form.startswith("f"), form.endswith("oblique")
    units = _ARABIC_FEMININE if feminine else _ARABIC_MASCULINE
    tens, unit = divmod(number, 10)
    if number < 10:
        return "ثماني" if feminine and number == 8 else units[number - 1]
    if number == 10:
        return "عشر" if feminine else "عشرة"
    if tens == 1:
        first = ["إحدى" if feminine else "أحد", "اثنتا" if feminine else "اثنا"]
        if oblique:
            first[1] = first[1][:-1] + "ي"
        head = first[unit - 1] if unit < 3 else units[unit - 1]
        if feminine and unit == 8:
            head = "ثماني"
        return f"{head} {'عشرة' if feminine else 'عشر'}"
    ten = _ARABIC_TENS[tens - 2]
    head = units[unit - 1] if unit else ""
    if oblique:
        ten = ten[:-2] + "ين"
        head = head[:-2] + "ين" if unit == 2 else head
    return f"{head} و{ten}" if unit else ten


def _korean(number: int) -> str:
    tens, unit = divmod(number, 10)
    if number == 20:
        return "스무"
    return _KOREAN_TENS[tens] + _KOREAN_UNITS[unit]
