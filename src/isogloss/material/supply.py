"""Find a task's extra material where a study's ``[supply]`` table says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.material import Material, Opened
from isogloss.core.task import Supply
from isogloss.reader import folder, text


def supply(table: Mapping[str, Any], base: Path) -> Supply:
    """Build a supply from a study's ``[supply]`` table.

    Args:
        table: under the key of each material what that material takes: a pattern of
            files, or the name of a translator. Nothing is loaded before it is used.
        base: Folder of the study, which paths are relative to.

    Raises:
        IsoglossError: everything that is wrong with the table.
    """
    known = {material.key: material for material in plugin.materials() if material.example}
    errors = list(_errors(table, base, known))
    if errors:
        raise Errors(errors, "[supply]")
    opened = {key: _open(known[key], value, base) for key, value in table.items()}
    return Supply(
        {key: each.give for key, each in opened.items()},
        digests={key: each.digest for key, each in opened.items()},
        definition={"table": dict(table), "base": str(base.resolve())},
    )


def _errors(
    table: Mapping[str, Any], base: Path, known: Mapping[str, Material]
) -> Iterator[IsoglossError]:
    for key, value in table.items():
        if key not in known:
            yield unknown("key of [supply]:", key, known)
        elif not isinstance(value, str) or not value:
            hint = f'write {key} = "{known[key].example}"'
            yield IsoglossError(f"[supply] {key} must be text", hint)
        elif known[key].read:
            hint = f'write {key} = "{known[key].example}"'
            if {*folder.placeholders(value)} != {*(known[key].langs or ())}:
                yield IsoglossError(f"[supply] {key} = '{value}' can't be filled in", hint)
            elif not folder.matches(value, base):
                hint = f"paths are relative to the study, in {base.resolve()}"
                yield IsoglossError(f"[supply] no file fits {key} = '{value}'", hint)


def _open(material: Material, value: str, base: Path) -> Opened:
    if material.open:
        return material.open(value, base)
    return Opened(partial(_read, material, value, base), partial(_digest, material, value, base))


def _read(material: Material, pattern: str, base: Path, *langs: str) -> Any:
    """Read the file of some languages, in whichever order it names them."""
    assert material.read is not None
    for path, turned in _files(material, pattern, base, langs):
        return material.read(path, turned) if len(langs) > 1 else material.read(path)
    there = ", ".join(path.name for path, _ in folder.matches(pattern, base)[:8])
    said = " and ".join(f"'{lang}'" for lang in langs)
    what = f"file of {said}" if len(langs) > 1 else f"{material.key} in {said}"
    raise IsoglossError(f"no {what} fits '{pattern}'", f"files there: {there or 'none'}")


def _digest(material: Material, pattern: str, base: Path, *langs: str) -> str:
    """Fingerprint the file of some languages; empty where there is none."""
    return text.digest([path for path, _ in _files(material, pattern, base, langs)][:1])


def _files(
    material: Material, pattern: str, base: Path, langs: Sequence[str]
) -> Iterator[tuple[Path, bool]]:
    """List the files of some languages, and whether they name them the other way round."""
    for turned in (False, True) if len(langs) > 1 else (False,):
        order = langs[::-1] if turned else langs
        path = folder.fill(pattern, base, **dict(zip(material.langs or (), order, strict=True)))
        if path is not None:
            yield path, turned
