"""Read a folder of texts in several languages, whatever its files hold.

A file belongs to the language that the folder around it, or its own name, is the code of:
``sw.txt``, ``sw.train.jsonl``, ``train.sw.conllu``, ``sw/train.jsonl``; or as Universal
Dependencies spells it, ``sw_xyz-ud-train.conllu``. Of a language's splits the training data is
read where there is one, else all. Text files are read a line a text; tables by their input
columns; words in columns a sentence a text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError, nearest
from isogloss.kind.column import TEXTS
from isogloss.language.registry import canonical
from isogloss.reader import conll, header, table, text
from isogloss.reader.folder import split_of
from isogloss.reader.guess import guess
from isogloss.reader.source import read

SUFFIXES = (*table.READERS, *conll.SUFFIXES, ".json")
TREEBANK = re.compile(r"([a-z]{2,3})_\w+-ud-(\w+)")
TAGGED = re.compile(r"\S+ [A-Z]+(-\S+)?\s*")
"""A line of a word and its tag, with a space between."""
ANSWERS = ("target", "start")
"""Fields that are no input."""


def corpus(folder: Path) -> dict[str, list[str]]:
    """Read the texts of a folder, by language.

    Raises:
        IsoglossError: no such folder, nothing in it is named by a language, one
            language under two codes, or a broken file.
    """
    if not folder.is_dir():
        near = nearest(folder.name, [p.name for p in folder.absolute().parent.glob("*/")])
        hint = f"did you mean '{near}'?" if near else "give a folder with a file for each language"
        raise IsoglossError(f"no folder '{folder}'", hint)
    found: dict[str, dict[str, list[tuple[str | None, Path]]]] = {}
    for path in sorted((*folder.glob("*.*"), *folder.glob("*/*.*"))):
        code = _code(path, folder)
        if code is not None and path.suffix in SUFFIXES:
            lang = canonical(code)
            found.setdefault(lang, {}).setdefault(code, []).append((_split(path), path))
    if not found:
        raise IsoglossError(
            f"no file in '{folder}' is named by a language",
            "name them {lang}.txt or {lang}/train.txt",
        )
    for lang, codes in found.items():
        if len(codes) > 1:
            first, second = (files[0][1] for files in [*codes.values()][:2])
            raise IsoglossError(
                f"'{first}' and '{second}' are both in '{lang}'",
                "put them together, or take one out",
            )
    return {
        lang: [one for path in _chosen(next(iter(codes.values()))) for one in texts(path)]
        for lang, codes in sorted(found.items())
    }


def texts(path: Path) -> list[str]:
    """Read the texts of one file, by its suffix.

    Raises:
        IsoglossError: the file is broken or empty, or has no column of text.
    """
    if path.suffix == ".txt" and not _columns(path):
        return text.lines(path)
    if path.suffix in conll.SUFFIXES:
        return [" ".join(one.words) for one in conll.read(path, conll.layout(path))]
    try:
        found = guess(path)
    except IsoglossError:
        if path.suffix not in table.READERS:
            raise
        return _plain(path)
    items = read(path, found.kind, tuple(sorted(found.columns.items())))
    return [
        " ".join(_text(value) for name, value in item.values.items() if name not in ANSWERS)
        for item in items
    ]


def _code(path: Path, folder: Path) -> str | None:
    """Find the language's code in the name of a file's folder, or in its own."""
    stem = path.name.removesuffix(path.suffix)
    treebank = TREEBANK.fullmatch(stem)
    names = [path.parent.name] if path.parent != folder else []
    names += [stem, *stem.split(".")[::-1], *([treebank[1]] if treebank else [])]
    return next((name for name in names if not split_of(name) and _known(name)), None)


def _known(code: str) -> bool:
    try:
        return bool(canonical(code))
    except IsoglossError:
        return False


def _split(path: Path) -> str | None:
    pieces = re.split(r"\.|-ud-", path.name)
    return next((split for piece in pieces if (split := split_of(piece))), None)


def _chosen(files: list[tuple[str | None, Path]]) -> list[Path]:
    train = [path for split, path in files if split == "train"]
    return train or [path for _, path in files]


def _columns(path: Path) -> bool:
    """Tell whether a text file has words and tags in columns rather than lines of text."""
    lines = [line for line in text.lines(path) if not line.startswith("#")]
    if not lines or all("\t" in line for line in lines):
        return bool(lines)
    return all(map(TAGGED.fullmatch, lines)) and "\n\n" in text.read(path).strip()


def _plain(path: Path) -> list[str]:
    """Read a table without a target: its text column by name, else the longest one."""
    found = table.read(path)
    header.check(found)
    lowered = {name.lower(): name for name in found.columns}
    named = [lowered[name] for name in TEXTS if name in lowered]
    longest = sorted(
        found.columns, key=lambda name: -sum(len(_text(r.values.get(name))) for r in found.records)
    )
    name = (named or longest)[0]
    return [_text(record.values.get(name)) for record in found.records]


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(_text(one) for one in value)
    return value if isinstance(value, str) else ""
