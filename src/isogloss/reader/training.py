"""What the training files of a user's own task hold, and whether it can be right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.reader import conll, table
from isogloss.reader.source import Source


def counted(source: Source, there: Mapping[str, Sequence[str]]) -> Counter[str]:
    """Read all training files, and count their labels where the kind has some.

    Files without labels may be there too, as texts of languages to carry the task to.

    Raises:
        IsoglossError: broken data, or training files of which none has labels.
    """
    found: Counter[str] = Counter()
    trained = [lang for lang, splits in there.items() if "train" in splits]
    labelled, labels = 0, plugin.kind(source.kind).labels
    for lang in trained:
        targets = [example.target for example in source.load(lang, "train")]
        labelled += targets[:1] not in ([], [None])
        if labels is not None:
            found.update(label for t in targets if t is not None for label in labels(t))
    if trained and not labelled:
        raise unlabelled(source, trained[0])
    return found


def unlabelled(source: Source, lang: str) -> IsoglossError:
    """Build the error for training data of a language that have no labels."""
    place = next(p for p in source.places if p.split == "train" and p.lang in (lang, None))
    names = dict(source.columns)
    column = names.get("target", "target")
    hint = f"fill in the column '{column}'"
    if place.path.suffix in table.READERS:
        try:
            table.read(place.path, names.get("header", True)).need([column])
        except IsoglossError as error:
            return error
    elif plugin.kind(source.kind).formats:
        hint = "name the column of the tags, such as the last: columns = { words = 1, target = -1 }"
    return IsoglossError(f"{place.path}: training data without labels", hint)


def read_from(source: Source) -> list[Any]:
    """List how the columns of CoNLL-like training files are read, for the task's version."""
    trained = {place.path for place in source.places if place.split == "train"}
    found = {astuple(one) for path, one in source.layouts().items() if path in trained}
    return sorted(found, key=repr)


def labels(source: Source, counts: Counter[str]) -> tuple[str, ...]:
    """Give the labels of all training files, if they can be labels."""
    paths = [place.path for place in source.places if place.split == "train"]
    if not paths:
        raise IsoglossError(
            f"{source.name} has no train file to collect the labels from",
            'list them: labels = ["...", "..."]',
        )
    names = dict(source.columns)
    column = names.get("target", "target")
    where = ", ".join(map(str, paths[:3])) + (" …" if len(paths) > 3 else "")
    hint = f"look at the column '{column}', or list them: labels = [...]"
    if len(counts) < 2:
        only = "".join(f", '{one}'" for one in counts)
        what = f"{where}: {len(counts)} label in all training data{only}; a task needs two"
        raise IsoglossError(what, hint)
    entities = all(conll.ENTITY.fullmatch(one) for one in counts)
    if counts.total() >= conll.ENOUGH and len(counts) > counts.total() / 2 and not entities:
        some = ", ".join(f"'{one}'" for one, _ in counts.most_common(3))
        what = f"{where}: {len(counts)} labels in {counts.total()} places, such as {some}"
        raise IsoglossError(f"{what}: labels repeat, these don't", hint)
    return tuple(sorted(counts))


def notes(source: Source, counts: Counter[str]) -> list[str]:
    """Say what was taken for labels, as a plan tells it."""
    return [*_columns_noted(source), *_labels_noted(source, counts)]


def _columns_noted(source: Source) -> Iterator[str]:
    """Say which columns of CoNLL-like files were taken."""
    found: dict[tuple[int, int | None], list[Path]] = {}
    for path, layout in source.layouts().items():
        found.setdefault((layout.word, layout.tag), []).append(path)
    for (word, tag), paths in found.items():
        tags = "no tags" if tag is None else f"tags in {conll.spell(tag)}"
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield f"words in {conll.spell(word)}, {tags}: {paths[0]}{more}"


def _labels_noted(source: Source, counts: Counter[str]) -> Iterator[str]:
    """Say which labels there are, and which are alike."""
    if counts:
        yield f"{len(counts)} labels in training data: {spelled(counts)}"
    alike: dict[str, list[str]] = {}
    for one in counts:
        alike.setdefault(one.casefold(), []).append(f"'{one}'")
    for names in alike.values():
        if len(names) > 1:
            yield f"labels that differ in case only: {', '.join(names)}"
    lost = [f"'{one}'" for one in source.labels if counts and one not in counts]
    if lost:
        more = f", and {len(lost) - 10} more" if len(lost) > 10 else ""
        yield f"labels that the training data lack: {', '.join(lost[:10])}{more}"


def spelled(counts: Counter[str], most: int = 10) -> str:
    """List labels with their counts, the most frequent first."""
    listed = ", ".join(f"{one} {n:,}" for one, n in counts.most_common(most))
    return listed + (f", and {len(counts) - most} more" if len(counts) > most else "")
