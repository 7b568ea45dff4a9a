"""Look at files of labelled data, and write a study for them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.advise.draft import Draft
from isogloss.core.errors import IsoglossError
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.language.registry import find_language
from isogloss.models.family.backbone import Backbone, backbone
from isogloss.models.family.size import working
from isogloss.reader import folder, own
from isogloss.reader.guess import Guess, guess, labels, langs

SOME = 200
"""Examples whose tokens are counted."""
Files = str | dict[str, str]
"""A pattern, or language -> path."""


def study_text(
    train: Path | Sequence[Path],
    *,
    source: str | Sequence[str],
    targets: Sequence[str],
    dev: Path | None = None,
    test: Path | None = None,
    model: str | None = None,
    translator: str | None = None,
    base: Path | None = None,
) -> str:
    """Write a commented study for labelled data.

    Args:
        train: Labelled data in the source languages: JSON lines, CSV, TSV, CoNLL, SQuAD.
            A file for each source, or one path with {lang} for the language, or one
            file with a column that tells it.
        source: Its language, or languages.
        targets: Languages to carry the task to.
        dev: Labelled data of the sources to choose a learning rate by.
        test: Data to score, with {lang} in the path for the language.
        model: Backbone; without one a small built-in model.
        translator: A translation model, for the references that translate.
        base: Folder the study will lie in; the working folder by default.

    Raises:
        IsoglossError: broken data, or data of which no task can be made.
    """
    given = [train] if isinstance(train, Path) else list(train)
    codes = [source] if isinstance(source, str) else source
    sources = tuple(dict.fromkeys(find_language(code).code for code in codes))
    wanted = tuple(dict.fromkeys(find_language(lang).code for lang in targets))
    paths = _trained(given, sources)
    seen = _together([guess(path) for path in dict.fromkeys(paths.values())], paths)
    told = _told(paths, seen)
    files: dict[str, Files] = {"train": str(given[0]) if told else _texts(paths)}
    files |= _dev(dev, paths, told) | _test(test, paths, (*sources, *wanted), told)
    task, labels = _task(_name(*next(iter(paths.items()))), seen, files)
    chosen = model or ("mini/xlmr" if plugin.kind(seen.kind).hub else "mini/mt5")
    known = _backbone(chosen)
    examples = task.load(sources[0], "train", None)
    return Draft(
        guess=seen,
        name=task.name,
        sources=sources,
        targets=wanted,
        files={split: _relative(held, base or Path()) for split, held in files.items()},
        found=tuple(s for s, path in (("dev", dev), ("test", test)) if s in files and not path),
        model=chosen,
        size=working(known) if known else None,
        tokens=_tokens(known, examples) or 1.5 * seen.words + 4,
        translator=translator,
        labels=labels,
        notes=task.notes,
        samples=_samples(examples),
    ).text()


def _trained(given: Sequence[Path], sources: Sequence[str]) -> dict[str, Path]:
    """Find the training file of each source."""
    if len(given) == len(sources) and not any("{lang}" in str(path) for path in given):
        return dict(zip(sources, given, strict=True))
    if len(given) > 1:
        raise IsoglossError(
            f"{len(given)} files for {len(sources)} source languages",
            "give one file for each language of --from, in its order, or one path with {lang}",
        )
    pattern = str(given[0])
    if "{lang}" in pattern:
        return _filled(pattern, sources, "train")
    free = _lang_free(pattern, sources[0])
    if "{lang}" in free:
        return _filled(free, sources, "train")
    return dict.fromkeys(sources, given[0])


def _told(paths: Mapping[str, Path], seen: Guess) -> bool:
    """Say whether one file holds all sources, and a column tells which line is in which."""
    path = next(iter(paths.values()))
    if len(set(paths.values())) > 1 or (len(paths) == 1 and "lang" not in seen.columns):
        return False
    there = langs(path)
    for lang in paths:
        if lang not in there:
            known = f"a column tells {', '.join(there)}" if there else "no column tells another"
            raise IsoglossError(
                f"{path}: no line in '{lang}' ({known})",
                "give a file for each language of --from, in its order, or one path with {lang}",
            )
    return True


def _filled(pattern: str, langs: Iterable[str], split: str) -> dict[str, Path]:
    """Find the file of each language."""
    found: dict[str, Path] = {}
    for lang in langs:
        path = folder.fill(pattern, Path(), lang=lang)
        if path is None:
            there = ", ".join(names["lang"] for _, names in folder.matches(pattern, Path()))
            raise IsoglossError(
                f"no {split} file in '{lang}' fits '{pattern}'", f"there is {there or 'none'}"
            )
        found[lang] = path
    return found


def _together(seen: Sequence[Guess], paths: Mapping[str, Path]) -> Guess:
    """Join what the files hold; it has to be the same."""
    first = seen[0]
    for other, path in zip(seen, dict.fromkeys(paths.values()), strict=True):
        if (other.kind, other.columns) != (first.kind, first.columns):
            one, two = (f"{g.kind} with {_spelled(g.columns)}" for g in (first, other))
            raise IsoglossError(
                f"the sources differ: {next(iter(paths.values()))} looks like {one}, "
                f"{path} like {two}",
                "give their files the same columns, or write the study by hand: docs/data.md",
            )
    items = sum(one.items for one in seen)
    words = sum(one.items * one.words for one in seen) / items
    return replace(first, items=items, words=words)


def _spelled(columns: Mapping[str, Any]) -> str:
    return ", ".join(f"{field} in {column}" for field, column in columns.items()) or "no columns"


def _dev(given: Path | None, paths: Mapping[str, Path], told: bool) -> dict[str, Files]:
    """Find data to choose by, in the source languages."""
    if given is None:
        beside = {lang: _beside(path.as_posix(), "dev") for lang, path in paths.items()}
        found = {lang: Path(path) for lang, path in beside.items() if path}
        if not found:
            return {}
        return {"dev": str(next(iter(found.values()))) if told else _texts(found)}
    pattern = str(given)
    if "{lang}" in pattern:
        return {"dev": _texts(_filled(pattern, paths, "dev"))}
    if not given.is_file():
        raise IsoglossError(f"no dev file fits '{pattern}'", "write {lang} for the language")
    if told:
        return {"dev": pattern}
    return {"dev": {_lang_of(pattern, [*paths], "dev"): pattern}}


def _test(
    given: Path | None, paths: Mapping[str, Path], langs: Sequence[str], told: bool
) -> dict[str, Files]:
    """Find data to score."""
    first, path = next(iter(paths.items()))
    same = _beside(path.as_posix(), "test")
    if given is None:
        free = _beside(_lang_free(path.as_posix(), first), "test")
        if not free or "{lang}" not in free:
            return {"test": same if told else {first: same}} if same else {}
        return {"test": _known(free, langs)}
    pattern = str(given)
    if not folder.matches(pattern, Path()):
        what = f"no test file fits '{pattern}'"
        raise IsoglossError(what, "write {lang} where paths name the language")
    if "{lang}" in pattern:
        return {"test": _known(pattern, langs)}
    if told:
        return {"test": pattern}
    own = {first: same} if same else {}
    return {"test": own | {_lang_of(pattern, langs, "test"): pattern}}


def _known(pattern: str, langs: Sequence[str]) -> Files:
    """Keep a pattern, or list its files where some are in languages that nobody knows."""
    codes = [names["lang"] for _, names in folder.matches(pattern, Path())]
    if all(any(folder.is_code(code, lang) for lang in (code, *langs)) for code in codes):
        return pattern
    found = {lang: folder.fill(pattern, Path(), lang=lang) for lang in langs}
    return {lang: str(path) for lang, path in found.items() if path}


def _lang_of(path: str, langs: Sequence[str], split: str) -> str:
    """Tell which language a single file is in, by its path."""
    if len(langs) == 1:
        return langs[0]
    named = [(len(_lang_free(path, lang).rpartition("{lang}")[0]), lang) for lang in langs]
    place, found = max(named)
    if place or _lang_free(path, found) != path:
        return found
    raise IsoglossError(
        f"which language is the {split} file '{path}' in: {', '.join(langs)}?",
        "write {lang} in its path for the language, or name the file by one",
    )


def _lang_free(path: str, lang: str) -> str:
    """Put {lang} where a path names the language."""
    codes = "|".join(sorted(map(re.escape, folder.spellings(lang)), key=len, reverse=True))
    free = re.sub(rf"(?<![^/._-])({codes})(?![^/._-])", "{lang}", path)
    if free != path:
        return free
    pieces = re.split(r"([/._-])", path)
    return "".join("{lang}" if folder.is_code(one, lang) else one for one in pieces)


def _beside(train: str, split: str) -> str | None:
    """Find a split's file beside the training file: the same path with another name in it."""
    for name in folder.SPLIT_NAMES[split]:
        found = re.sub(r"train(ing)?(?=[^/]*$)", name, train)
        if found != train and folder.matches(found, Path()):
            return found
    return None


def _texts(paths: Mapping[str, Path]) -> dict[str, str]:
    return {lang: str(path) for lang, path in paths.items()}


def _relative(found: Files, base: Path) -> Files:
    if isinstance(found, str):
        return Path(os.path.relpath(found, base)).as_posix()
    return {lang: Path(os.path.relpath(path, base)).as_posix() for lang, path in found.items()}


def _lists(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field: list(column) if isinstance(column, tuple) else column
        for field, column in columns.items()
    }


def _name(lang: str, train: Path) -> str:
    """Name the task after its file or folders, without language and split."""
    folders = train.resolve().parents
    for candidate in (train.stem, folders[0].name, folders[1].name if folders[1:] else ""):
        pieces = [piece for piece in re.split(r"[\W_]+", candidate.lower()) if piece]
        name = "_".join(
            piece
            for piece in pieces
            if not folder.split_of(piece) and not folder.is_code(piece, lang)
        )
        generic = ("data", "dataset", "tmp", "")
        code = re.fullmatch(r"[a-z]{2,3}(_[a-z]{4})?", name)
        if name not in generic and not code and name not in plugin.names("task"):
            return name
    return "mine"


def _backbone(model: str) -> Backbone | None:
    """Find a model; None where it is out of reach."""
    local = model.startswith(("mini/", ".", "/", "~")) or Path(model).is_dir()
    try:
        return backbone(model, away=True)
    except IsoglossError:
        if local:
            raise
        return None


def _tokens(model: Backbone | None, examples: Sequence[Example]) -> float | None:
    """Count the tokens of an example on average, as the model splits some of them."""
    path = model.path / "tokenizer.json" if model and model.path else None
    if path is None or not path.is_file():
        return None
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # of many kinds; loading the model tells which
        return None
    some = examples[:: max(1, len(examples) // SOME)]
    texts = [
        " ".join(one if isinstance(one, str) else " ".join(one) for one in example.inputs.values())
        for example in some
    ]
    return sum(len(encoded.ids) for encoded in tokenizer.encode_batch(texts)) / len(texts)


def _task(name: str, seen: Guess, files: Mapping[str, Files]) -> tuple[Task, tuple[str, ...]]:
    """Make the task, and its labels where other files have more of them than training data."""
    table = {"kind": seen.kind, "columns": _lists(seen.columns), "files": files}
    task = own.task(name, table, Path())
    more = _labels(seen, files) - set(task.labels) if task.labels else set()
    if not more:
        return task, ()
    table["labels"] = sorted({*task.labels, *more})
    return own.task(name, table, Path()), tuple(table["labels"])


def _labels(seen: Guess, files: Mapping[str, Files]) -> set[str]:
    """Collect the labels of all files that are not for training."""
    found: set[str] = set()
    for split, held in files.items():
        if split != "train":
            paths = held.values() if isinstance(held, dict) else [held]
            for path in (path for one in paths for path, _ in folder.matches(one, Path())):
                found |= labels(path, seen)
    return found


def _samples(examples: Sequence[Example]) -> tuple[Example, ...]:
    """Take the first example, and the first of another target."""
    first = examples[0]
    other = next((one for one in examples[1:] if one.target != first.target), None)
    return (first, other or examples[1]) if len(examples) > 1 else (first,)
