"""Choose one treebank per language from folders of treebanks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.task import SPLITS
from isogloss.reader import text

Files = dict[str, dict[str, Path]]
"""Language -> split -> file."""
_RELEASED = re.compile(r"([a-z]+)_([a-z0-9]+)-ud-(train|dev|test)")
_FOLDER = re.compile(r"([a-z]+)_([a-z0-9]+)")


def name_of(path: Path) -> tuple[str, str, str] | None:
    """Read language, treebank and split from `xx_yyy-ud-split.*` or `xx_yyy/split.*`."""
    released = _RELEASED.fullmatch(path.stem)
    if released:
        return released[1], released[2], released[3]
    folder = _FOLDER.fullmatch(path.parent.name)
    if folder and path.stem in SPLITS:
        return folder[1], folder[2], path.stem
    return None


def choose(paths: Iterable[Path], usual: Mapping[str, str], langs: Mapping[str, str]) -> Files:
    """Pick one treebank per language: never a mix, since guidelines and text differ.

    The usual one where it has a test file; else the one with most splits, the
    first by name. Of two files for the same split the first counts.

    Args:
        paths: Files, the preferred ones first.
        usual: Language -> name of the treebank that is taken by preference.
        langs: Prefix of a file name (or `xx_yyy`) -> language, where they differ.
    """
    found: dict[str, dict[str, dict[str, Path]]] = defaultdict(lambda: defaultdict(dict))
    for path in paths:
        named = name_of(path)
        if named:
            prefix, treebank, split = named
            lang = langs.get(f"{prefix}_{treebank}", langs.get(prefix, prefix))
            found[lang][treebank].setdefault(split, path)
    return {
        lang: _best(treebanks, usual.get(lang, "")) for lang, treebanks in sorted(found.items())
    }


def _best(treebanks: Mapping[str, dict[str, Path]], usual: str) -> dict[str, Path]:
    if usual in treebanks and "test" in treebanks[usual]:
        return treebanks[usual]
    order = sorted(treebanks, key=lambda name: (-len(treebanks[name]), name))
    return treebanks[order[0]]


def splits(files: Files) -> dict[str, tuple[str, ...]]:
    """List the splits of each language."""
    return {lang: tuple(s for s in SPLITS if s in found) for lang, found in files.items()}


def file_of(files: Files, lang: str, split: str, task: str) -> Path | None:
    """Give the file of a split, None where the language lacks it.

    Raises:
        IsoglossError: there is no file at all, or none of the language.
    """
    if not files:
        raise IsoglossError(
            f"no file of {task} in its folder", "see docs/data.md for the names files must have"
        )
    if lang not in files:
        raise unknown(f"language of {task} here:", lang, files)
    return files[lang].get(split)


def digest(files: Files, lang: str, split: str, task: str) -> str:
    """Fingerprint the file of a split; empty where the language has none."""
    path = file_of(files, lang, split, task)
    return text.digest([path] if path else [])
