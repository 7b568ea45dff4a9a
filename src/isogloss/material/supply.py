"""Find a task's extra material: text, bitext, dictionaries, a translator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.task import Supply
from isogloss.reader import folder, text

Translate = Callable[[Sequence[str], str, str], Sequence[str]]
TRANSLATION = "2"
"""Bump when a translation by the same model could change: how texts are split and joined."""
NAMES = {
    "text": ("lang",),
    "parallel": ("source", "target"),
    "dictionary": ("source", "target"),
}
EXAMPLE = {
    "text": "mono/{lang}.txt",
    "parallel": "bitext/{source}-{target}.tsv",
    "dictionary": "dictionary/{source}-{target}.tsv",
}


def supply(
    table: Mapping[str, Any],
    base: Path,
    translator: Callable[[str], Translate] | None = None,
    revision: Callable[[str], str] | None = None,
) -> Supply:
    """Build a supply from a study's ``[supply]`` table.

    Args:
        table: Patterns under ``text`` (a sentence a line), ``parallel`` (two
            columns, TSV) and ``dictionary`` (word and translation, TSV), and the
            name of a ``translator``: a translation model on the hub or in a folder.
        base: Folder of the study, which the patterns are relative to.
        translator: Makes a translator from its name; must not load it before use.
        revision: Gives the revision of a translator from its name.

    Raises:
        IsoglossError: everything that is wrong with the table.
    """
    errors = list(_errors(table, base))
    if errors:
        raise Errors(errors, "[supply]")
    texts, pairs, words = (table.get(key) for key in NAMES)
    name = table.get("translator", "")
    place = str(base / name) if (base / name).is_dir() else name
    digests: dict[str, Callable[..., str]] = {
        key: partial(_digest, table[key], base, NAMES[key]) for key in NAMES if key in table
    }
    if name and revision:
        digests["translator"] = partial(_pinned, name, place, revision)
    return Supply(
        text=partial(_text, texts, base) if texts else None,
        parallel=partial(_pairs, pairs, base) if pairs else None,
        dictionary=partial(_words, words, base) if words else None,
        translate=translator(place) if name and translator else None,
        translator=f"{name} {TRANSLATION}" if name else "",
        digests=digests,
        definition={"table": dict(table), "base": str(base.resolve())},
    )


def _errors(table: Mapping[str, Any], base: Path) -> list[IsoglossError]:
    found = []
    for key, value in table.items():
        if key not in (*NAMES, "translator"):
            found.append(unknown("key of [supply]:", key, [*NAMES, "translator"]))
        elif not isinstance(value, str):
            found.append(IsoglossError(f"[supply] {key} must be text", f'write {key} = "..."'))
        elif key in NAMES:
            names = folder.placeholders(value)
            if set(names) != set(NAMES[key]):
                hint = f'write {key} = "{EXAMPLE[key]}"'
                found.append(IsoglossError(f"[supply] {key} = '{value}' can't be filled in", hint))
            elif not folder.matches(value, base):
                hint = f"paths are relative to the study, in {base.resolve()}"
                found.append(IsoglossError(f"[supply] no file fits {key} = '{value}'", hint))
    return found


def _pinned(name: str, place: str, revision: Callable[[str], str]) -> str:
    return f"{name} {TRANSLATION} {revision(place)}"


def _digest(pattern: str, base: Path, names: Sequence[str], *langs: str) -> str:
    """Fingerprint the file of some languages; empty where there is none."""
    orders = [dict(zip(names, order, strict=True)) for order in (langs, langs[::-1])]
    paths = (folder.fill(pattern, base, **order) for order in orders)
    return text.digest([path] if (path := next(filter(None, paths), None)) else [])


def _text(pattern: str, base: Path, lang: str) -> list[str]:
    path = folder.fill(pattern, base, lang=lang)
    if path is None:
        raise _absent(pattern, base, f"text in '{lang}'")
    return [line.strip() for line in text.lines(path)]


def _pairs(pattern: str, base: Path, source: str, target: str) -> list[tuple[str, str]]:
    path, turned = _either(pattern, base, source, target)
    found = []
    for number, line in enumerate(text.read(path).split("\n"), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise IsoglossError(
                f"{path}:{number}: two texts with a tab between them are expected",
                "write both texts on one line, the source first, or take the line out",
            )
        found.append((cells[1], cells[0]) if turned else (cells[0], cells[1]))
    return found


def _words(pattern: str, base: Path, source: str, target: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word, translation in _pairs(pattern, base, source, target):
        known = found.setdefault(word, [])
        if translation not in known:
            known.append(translation)
    return found


def _either(pattern: str, base: Path, source: str, target: str) -> tuple[Path, bool]:
    """Find a file of two languages, in whichever order it names them."""
    path = folder.fill(pattern, base, source=source, target=target)
    if path is not None:
        return path, False
    path = folder.fill(pattern, base, source=target, target=source)
    if path is None:
        raise _absent(pattern, base, f"file of '{source}' and '{target}'")
    return path, True


def _absent(pattern: str, base: Path, what: str) -> IsoglossError:
    there = ", ".join(path.name for path, _ in folder.matches(pattern, base)[:8])
    return IsoglossError(f"no {what} fits '{pattern}'", f"files there: {there or 'none'}")
