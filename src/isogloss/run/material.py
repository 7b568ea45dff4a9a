"""Fingerprints of what runs read of languages, known before anything is trained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.material import SPLITS, TARGET, Reading
from isogloss.core.method import STAGES, TRAIN_STAGES, Method
from isogloss.core.run import Run, place
from isogloss.core.task import Task
from isogloss.models.family.backbone import backbone

Digest = Callable[[str, tuple[str, ...]], str]
"""(material, languages) -> fingerprint; empty for what is not known or not there."""


def digests(task: Task, data: Path | None, known: dict[Any, str]) -> Digest:
    """Give the fingerprints of a task's material, each looked at once.

    Args:
        task: with the study's supply put in.
        data: folder of real data.
        known: keeps them, of all tasks.
    """

    def digest(material: str, langs: tuple[str, ...]) -> str:
        key = (task.name, *place(material, langs))
        if key not in known:
            try:
                known[key] = _look(task, data, material, tuple(sorted(langs)))
            except (IsoglossError, OSError):  # it is not there, which who reads it is told
                known[key] = ""
        return known[key]

    return digest


def _look(task: Task, data: Path | None, material: str, langs: tuple[str, ...]) -> str:
    supply, need = task.supply, plugin.readable().get(material, "")
    if need and material not in supply.gives:
        material = plugin.material(need).instead or material
    for split, name in SPLITS.items():
        if name == material:
            return task.digest(langs[0], split, data) if task.digest else ""
    if material == "answers":
        return ""  # the settings are in the run itself
    if material == "backbone":
        return backbone(langs[0], away=True).revision
    if material in supply.digests:
        found = supply.digests[material](*langs)
    elif material in supply.gives and langs:
        found = _hash(_plain(supply.gives[material](*langs)))
    else:
        return ""
    return "+".join(filter(None, (found, plugin.digest("material", need))))


def _plain(found: Any) -> Any:
    """Give text, pairs or a dictionary as lists."""
    return sorted(found.items()) if hasattr(found, "items") else list(found)


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=list)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def table(run: Run, digest: Digest) -> tuple[tuple[str, str, str], ...]:
    """Fingerprint what a run and its parts read of languages that are known."""
    read = {place(r.material, r.langs): r for part in (run, *run.parts) for r in part.readings}
    known = sorted(key for key, reading in read.items() if TARGET not in reading.langs)
    return tuple((*key, digest(read[key].material, read[key].langs)) for key in known)


def changed(run: Run, digest: Digest) -> list[str]:
    """Name what a run has read and would read otherwise now."""
    now = {(material, langs): found for material, langs, found in table(run, digest)}
    was = run.digests
    return [spell(*key) for key in was if was[key] and now.get(key, was[key]) != was[key]]


def adapt_digest(run: Run, lang: str, digest: Digest, stage: str = "adapt") -> str:
    """Fingerprint what is read for a language after the training; empty for nothing.

    With the training's key, the recipe and the language it tells adapted weights apart.

    Args:
        stage: the last stage whose readings count: weights, adapt or predict.
    """
    stages = STAGES[len(TRAIN_STAGES) : STAGES.index(stage) + 1]
    late = run.parsed.acting(stages)
    parts = [part.weights_key for method in late.methods for part in method.parts(run)]
    read = _read(run, (r for r in run.readings if r.stage in stages), lang, digest)
    return _hash([read, parts])[:12] if read or parts else ""


def asked_digest(run: Run, lang: str, digest: Digest) -> str:
    """Fingerprint what is read of the language that is asked alone; empty for nothing.

    Scores of the language hold as long as it stays the same.
    """
    read = _read(run, (r for r in run.readings if TARGET in r.langs), lang, digest)
    return _hash(read)[:12] if read else ""


def stale(run: Run, kept: Mapping[tuple[str, str], str], digest: Digest) -> list[str]:
    """Name the languages whose scores were made with other material than there is now.

    Args:
        kept: (language, split) -> what ``asked_digest`` was.
    """
    langs = dict.fromkeys(lang for lang, _ in kept)
    now = {lang: asked_digest(run, lang, digest) for lang in langs}
    return list(dict.fromkeys(lang for (lang, _), was in kept.items() if was != now[lang]))


def refuse_stale(
    run: Run, kept: Mapping[tuple[str, str], str], digest: Digest, folder: Path
) -> None:
    """Refuse to go on where scores were made with other material than there is now.

    Raises:
        IsoglossError: names the languages.
    """
    if langs := stale(run, kept, digest):
        read = {spell(r.material, "") for r in run.readings if TARGET in r.langs}
        raise IsoglossError(
            f"{folder} has scores in {', '.join(langs)} that were made with other "
            f"{' and '.join(sorted(read))} of the language than there are now",
            f"bring these back, or delete {folder} to score it again: its training stays",
        )


def asks(run: Run) -> bool:
    """Tell whether anything is read of the language that is asked."""
    return any(TARGET in reading.langs for reading in run.readings)


def allowed(run: Run, method: Method, stage: str, lang: str = "") -> set[tuple[str, str]]:
    """List what a method's hook may read: what was announced for it or for a stage before.

    Args:
        lang: the language that is asked, at the stages that know it.
    """
    stages = STAGES[: STAGES.index(stage) + 1]
    read = (_of(r, lang) for r in method.reads(run) if r.stage in stages)
    return {("examples", source) for source in run.sources} | {
        place(r.material, r.langs) for r in read if TARGET not in r.langs
    }


def spell(material: str, langs: str) -> str:
    """Say what is read, for people."""
    if material == "backbone":
        return f"the backbone {langs}"
    words = {"examples": "training examples"}.get(material, material.replace("_", " "))
    return f"{words} in {' and '.join(langs.split(','))}" if langs else words


def _of(reading: Reading, lang: str) -> Reading:
    """Put the language that is asked into a reading."""
    langs = tuple(lang or TARGET if each == TARGET else each for each in reading.langs)
    return reading._replace(langs=langs)


def _read(
    run: Run, readings: Iterable[Reading], lang: str, digest: Digest
) -> list[tuple[str, str, str]]:
    """Fingerprint readings, less what the training has read."""
    trained = {place(r.material, r.langs) for r in run.readings if r.stage in TRAIN_STAGES}
    found = {place(r.material, r.langs): r for r in (_of(r, lang) for r in readings)}
    left = sorted(found.keys() - trained)
    return [(*key, digest(found[key].material, found[key].langs)) for key in left]
