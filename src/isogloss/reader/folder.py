"""Find files by patterns such as ``data/{lang}/{split}.jsonl``."""

from __future__ import annotations

import glob
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from isogloss.core.errors import IsoglossError, nearest
from isogloss.language.registry import canonical, find_language

SPLIT_NAMES = {
    "train": ("train", "training"),
    "dev": ("dev", "validation", "valid", "val", "development"),
    "test": ("test",),
}
"""How files spell the splits."""


def of(data: Path, name: str) -> Path:
    """Give a benchmark's folder below the folder of real data.

    Raises:
        IsoglossError: it is not there; the nearest name is in the hint.
    """
    if not data.is_dir():
        raise IsoglossError(f"no data folder '{data}'", "give an existing folder: --data DIR")
    if not (data / name).is_dir():
        others = sorted(path.name for path in data.iterdir() if path.is_dir())
        near = nearest(name, others)
        known = f"folders there: {', '.join(others[:12]) or 'none'}"
        hint = f"did you mean '{near}'? {known}" if near else known
        raise IsoglossError(f"no folder '{name}' in '{data}'", hint)
    return data / name


def matches(pattern: str, base: Path) -> list[tuple[Path, dict[str, str]]]:
    """List the files that fit a pattern, with what its names in braces stand for."""
    pieces = re.split(r"\{(\w+)\}", posixpath.normpath(pattern))
    globbed, expression = "", ""
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            globbed += glob.escape(piece)
            expression += re.escape(piece)
        else:
            globbed += "*"
            again = f"(?P<{piece}>" in expression
            expression += f"(?P={piece})" if again else f"(?P<{piece}>[^/]+?)"
    found = []
    for name in sorted(glob.glob(globbed, root_dir=base)):
        fit = re.fullmatch(expression, Path(name).as_posix())
        if fit and (base / name).is_file():
            found.append((base / name, fit.groupdict()))
    return found


def placeholders(pattern: str) -> tuple[str, ...]:
    """List the names in braces of a pattern."""
    return tuple(re.findall(r"\{(\w+)\}", pattern))


def spellings(lang: str) -> tuple[str, ...]:
    """List the codes under which files may know a language, the usual one first."""
    known = find_language(lang)
    codes = (known.code, lang, known.flores, known.iso3, known.iso1)
    return tuple(dict.fromkeys(code for code in codes if code))


def fill(pattern: str, base: Path, **langs: str) -> Path | None:
    """Give the file that a pattern names for languages, however their codes are spelled."""
    candidates: Iterable[str] = [pattern]
    for name, lang in langs.items():
        candidates = [
            text.replace(f"{{{name}}}", code) for text in candidates for code in spellings(lang)
        ]
    usual = (base / text for text in candidates if (base / text).is_file())
    others = (
        path
        for path, names in matches(pattern, base)
        if all(is_code(names.get(name, ""), lang) for name, lang in langs.items())
    )
    return next(usual, None) or next(others, None)


def is_code(code: str, lang: str) -> bool:
    """Say whether a code is one of a language's."""
    try:
        return canonical(code) == canonical(lang)
    except IsoglossError:
        return False


def split_of(name: str) -> str | None:
    """Give the split that a file's spelling means, or None."""
    return next((split for split, names in SPLIT_NAMES.items() if name in names), None)
