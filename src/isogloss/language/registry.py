"""The language registry: every code in use, and what each one means.

The facts are in ``languages.tsv`` beside this file, built by ``tools/languages.py`` from the
sources named there. A language in another than its usual script is an entry of its own
(``zh-Hant``, ``sr-Latn``, ``hi-Latn``), because corpora and benchmarks treat it so.

Codes are strict. One spelling means one entry or is an error that names the right code:

- A macrolanguage code stands for the member that FLORES-200 means by it, else the one CLDR
  means: ``ar`` is Standard Arabic (``arb``), ``sw`` is ``swh``, ``no`` is Bokmål (``nb``) as
  in all the corpora that use it. Without such a member it is ambiguous: ``sh``, ``kok``. So is
  a code that ISO 639-3 and Wikipedia give to two languages: ``als``, but not ``als_Latn``.
- The code of an entry is ISO 639-1 where there is one, else ISO 639-3, and the script follows
  only when it is not the usual one.
- A region in capitals is accepted and dropped (``pt-BR``), unless it changes the script or the
  language (``zh-TW`` is ``zh-Hant``, ``fa-AF`` is ``prs``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from isogloss.core.errors import IsoglossError, nearest

TABLE = Path(__file__).with_name("languages.tsv")
TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Language:
    """One language in one script, with its code in every code set."""

    code: str
    """The shortest BCP-47 tag; it names the script only when that is not the usual one."""
    name: str
    """The English name, unique in the registry."""
    iso1: str | None
    """ISO 639-1, of the macrolanguage where the language stands for it."""
    iso3: str
    """ISO 639-3 of the individual language, the one that URIEL and Glottolog use."""
    script: str
    """ISO 15924; Zzzz when no source knows it."""
    scripts: tuple[str, ...]
    """All scripts that the language has an entry for, the usual one first."""
    family: str
    """Top-level family or pseudo-family of Glottolog, 'isolate' or 'unclassified'."""
    flores: str | None
    """FLORES-200 code."""
    mbart: str | None
    """mBART-50 code."""
    m2m: str | None
    """M2M-100 code."""
    macro: str | None
    """ISO 639-3 of the macrolanguage that the language belongs to."""
    rtl: bool
    """Whether the script runs from right to left."""
    spaced: bool
    """Whether the script puts spaces between words, or syllables as in Vietnamese."""
    identifiers: Mapping[str, str] = field(hash=False)
    """The label each identifier answers for this entry, by identifier."""
    seen: frozenset[str]
    """Backbones that list this entry in pre-training; a corpus that does not tell scripts
    apart counts for the usual one."""
    glottocode: str | None = None
    """Glottolog's code."""
    note: str = ""
    """What a reader has to know about the entry."""

    @property
    def nllb(self) -> str | None:
        """Give the token of NLLB-200's tokenizer, None if it has none."""
        if "nllb" not in self.seen:
            return None
        return "sat_Beng" if self.flores == "sat_Olck" else self.flores


@dataclass(frozen=True, slots=True)
class _Table:
    """The lines of the table, by what they are looked up with."""

    rows: dict[str, str]
    spellings: dict[str, str]
    scripts: dict[str, tuple[str, str]]
    ambiguous: dict[str, tuple[str, str]]
    countries: dict[str, str]


def find_language(code: str) -> Language:
    """Find a language by any of its codes.

    Accepts BCP-47, ISO 639-1, -2 and -3, FLORES-200, NLLB, mBART-50 and M2M-100 codes.

    Raises:
        IsoglossError: the code is unknown or ambiguous; the hint names the right one.
    """
    found = _lookup(code)
    if found is None:
        raise _error(code)
    return _row(found)


@cache
def languages() -> tuple[Language, ...]:
    """List all languages of the registry, sorted by code."""
    return tuple(_row(code) for code in _table().rows)


def canonical(code: str) -> str:
    """Give the BCP-47 code of a language known by any of its codes."""
    return find_language(code).code


def describe(lang: Language) -> list[tuple[str, str]]:
    """List what the registry knows of a language, as rows of label and value."""
    table = _table()
    base = lang.code.partition("-")[0]
    others = [script for script in lang.scripts if script != lang.script]
    codes = [base if script == lang.scripts[0] else f"{base}-{script}" for script in others]
    rows = [
        ("code", lang.code),
        ("name", lang.name),
        ("ISO 639", ", ".join(filter(None, (lang.iso1, lang.iso3)))),
        ("macrolanguage", lang.macro),
        ("family", lang.family),
        ("Glottolog", lang.glottocode),
        ("script", f"{table.scripts[lang.script][0]} ({lang.script})"),
        ("direction", "right to left" if lang.rtl else "left to right"),
        ("words", "spaced" if lang.spaced else "not spaced"),
        ("other scripts", ", ".join(codes)),
        ("FLORES-200", lang.flores),
        ("mBART-50", lang.mbart),
        ("M2M-100", lang.m2m),
        ("identifiers", ", ".join(f"{name} {label}" for name, label in lang.identifiers.items())),
        ("seen by", ", ".join(sorted(lang.seen))),
        ("note", lang.note),
    ]
    optional = ("macrolanguage", "other scripts", "note")
    return [(label, value or "none") for label, value in rows if value or label not in optional]


@cache
def _table() -> _Table:
    """Read the table and index its lines, leaving the columns for later."""
    table = _Table({}, {}, {}, {}, {})
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        kind, cells = line[0], line.split("\t")
        if kind == "@":
            table.scripts[cells[0][1:]] = (cells[1], cells[2])
        elif kind == "?":
            table.ambiguous[cells[0][1:]] = (cells[1], cells[2])
        elif kind == "!":
            table.countries[cells[0][1:]] = cells[1]
        elif kind != "#":
            code = cells[0]
            table.rows[code] = line
            table.spellings[code.lower()] = code
            table.spellings[f"{code}-{cells[4]}".lower()] = code
            if "-" not in code and cells[3] not in table.ambiguous:
                table.spellings[cells[3]] = code
            for cell in (*cells[7:10], *cells[14:15]):
                for spelling in cell.split():
                    table.spellings[_fold(spelling)] = code
    return table


@cache
def _row(code: str) -> Language:
    """Build the language of a canonical code."""
    table = _table()
    cells = table.rows[code].split("\t")
    cells += [""] * (16 - len(cells))
    name, iso1, iso3, script, scripts, family, flores, mbart, m2m, macro, glottocode = cells[1:12]
    labels, seen, _, note = cells[12:]
    flags = table.scripts[script][1]
    return Language(
        code=code,
        name=name,
        iso1=iso1 or None,
        iso3=iso3,
        script=script,
        scripts=tuple(scripts.split()) or (script,),
        family=family,
        flores=flores or None,
        mbart=mbart or None,
        m2m=m2m or None,
        macro=macro or None,
        rtl="rtl" in flags,
        spaced="unspaced" not in flags,
        identifiers=dict(label.split("=") for label in labels.split()),
        seen=frozenset(seen.split()),
        glottocode=glottocode or None,
        note=note,
    )


def _fold(code: str) -> str:
    """Spell a code as the index does."""
    return code.lower().replace("_", "-")


def _lookup(code: str) -> str | None:
    """Resolve a spelling to a canonical code, None if it has none."""
    spellings = _table().spellings
    if found := spellings.get(_fold(code)):
        return found
    match = TAG.fullmatch(code)
    base = spellings.get(match[1].lower()) if match else None
    if match is None or base is None:
        return None
    if match[2]:
        return spellings.get(f"{base}-{match[2]}".lower())
    return spellings.get(f"{base}-{match[3]}".lower(), base)


class Ambiguous(IsoglossError):
    """A code that stands for several languages."""


def _error(code: str) -> IsoglossError:
    """Say why a code has no language, and which code is meant."""
    table, key = _table(), _fold(code)
    lang, _, rest = key.partition("-")
    if lang in table.ambiguous:
        name, choices = table.ambiguous[lang]
        listed = [_shown(choice) for choice in choices.split()]
        more = f" and {len(listed) - 6} more" if len(listed) > 6 else ""
        what = f"ambiguous language '{code}': {name}"
        return Ambiguous(what, f"name one: {', '.join(listed[:6])}{more}")
    what = f"unknown language '{code}'"
    if key in table.countries:
        return IsoglossError(what, f"did you mean {_shown(table.countries[key])}?")
    if rest and lang in table.spellings:
        known = _row(table.spellings[lang])
        codes = [known.code, *(f"{known.code}-{script}" for script in known.scripts[1:])]
        if (match := TAG.fullmatch(code)) and match[2]:
            what += f": {known.name} has no entry in the script {match[2].title()}"
        return IsoglossError(what, f"known for {known.name}: {', '.join(codes)}")
    return IsoglossError(what, _guess(code))


def _guess(code: str) -> str:
    """Name the language whose English name is most like an unknown code."""
    names = {lang.name: lang.code for lang in languages()}
    near = nearest(code, names) if len(code) > 3 else None
    if near is None:
        return "isogloss list languages shows all codes"
    return f"did you mean {_shown(names[near])}?"


def _shown(code: str) -> str:
    """Write a code with its name beside it."""
    return f"'{code}' ({_row(code).name})"
