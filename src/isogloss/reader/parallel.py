"""Read parallel text: one file a language, line by line the same meaning."""

from __future__ import annotations

import logging
from pathlib import Path

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import canonical
from isogloss.reader import text

log = logging.getLogger("isogloss")


def read(folder: str | Path, most: int | None = None) -> dict[str, list[str]]:
    """Read a folder of line-aligned files, such as FLORES-200 or NTREX.

    A file's language is in its name, between its dots: ``sw.txt``,
    ``swh_Latn.dev``, ``newstest2019-ref.swa.txt``. Files that name none, such as
    a README, are left aside. A line that is blank in one language is left out of all.

    Args:
        folder: the folder.
        most: lines that are read, from the first on.

    Returns:
        BCP-47 -> texts, as many in each language.

    Raises:
        IsoglossError: fewer than two languages, a language with two files, or
            files of unequal length.
    """
    folder = Path(folder)
    files = _files(folder)
    lines = {lang: text.read(path).rstrip("\n").split("\n") for lang, path in files.items()}
    counts = {lang: len(found) for lang, found in lines.items()}
    longest, shortest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[longest] != counts[shortest]:
        raise IsoglossError(
            f"{folder} is not aligned: {files[longest].name} has {counts[longest]} lines, "
            f"{files[shortest].name} has {counts[shortest]}",
            "line n of each file has to be line n of the others; keep blank lines in place",
        )
    rows = [row for row in zip(*lines.values(), strict=True) if all(map(str.strip, row))]
    if len(rows) < counts[longest]:
        log.warning("%s: %d lines are blank in some language", folder, counts[longest] - len(rows))
    return {
        lang: [row[place].strip() for row in rows[:most]] for place, lang in enumerate(lines)
    }  # fmt: skip


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise IsoglossError(f"no folder '{folder}'", "give a folder with one file a language")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        lang = _lang(path) if path.is_file() else None
        if lang is None:
            continue
        if lang in found:
            raise IsoglossError(
                f"{folder} has two files of '{lang}': {found[lang].name} and {path.name}",
                "leave one of them, or put each set into a folder of its own",
            )
        found[lang] = path
    if len(found) < 2:
        there = ", ".join(path.name for path in found.values()) or "none"
        raise IsoglossError(
            f"{folder} is no parallel text: files that name a language: {there}",
            "it takes one file a language, such as en.txt and sw.txt",
        )
    return found


def _lang(path: Path) -> str | None:
    """Find the language in a file's name."""
    for piece in reversed(path.name.split(".")[: -1 if path.suffix else None]):
        try:
            return canonical(piece)
        except IsoglossError:
            continue
    return None
