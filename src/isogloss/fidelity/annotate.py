"""Draw the texts that native speakers judge, without telling whose they are.

A sheet holds codes and texts alone; its key, a file apart, holds the system,
the identifier's verdict and how many texts each drawn one stands for.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.formula import guard
from isogloss.fidelity import Judge, Verdict
from isogloss.language.registry import canonical
from isogloss.reader.stream import Broken, Patience, cell, need, stream, whole
from isogloss.reader.table import Record
from isogloss.store import find

FORMAT = 1
COLUMNS = ("code", "input", "text", "language", "instead", "quality", "note")
"""Columns of a sheet; the last four are the annotator's."""
ANSWERS = ("right", "wrong", "mixed", "unsure")
"""Answers to `is the text in the language?`"""
CLASSES = {"right": "right", "sibling": "right", "short": "unjudged", "unjudged": "unjudged"}
"""Verdict -> class; all others are wrong."""


@dataclass(frozen=True)
class Text:
    """One system's answer to one item."""

    system: str
    item: str
    """What it answers; systems are compared where they answer the same item."""
    text: str
    input: str = ""


@dataclass(frozen=True)
class Line:
    """A drawn text, as the key keeps it."""

    code: str
    system: str
    item: str
    verdict: str
    found: str
    """The language that the identifier says."""
    weight: float
    """How many of the system's texts it stands for."""


@dataclass(frozen=True)
class Sheet:
    """The drawn texts in the order in which they are shown, and their key."""

    name: str
    lang: str
    seed: int
    signature: str
    population: dict[str, dict[str, int]]
    """System -> verdict -> number of texts it was drawn from."""
    lines: tuple[Line, ...]
    texts: tuple[Text, ...]
    """In the order of the lines."""

    def key(self) -> dict[str, Any]:
        """Give what annotators must not see, as plain values."""
        value = {k: v for k, v in vars(self).items() if k not in ("lines", "texts")}
        return {"format": FORMAT, **value, "lines": [asdict(line) for line in self.lines]}


def from_file(
    path: Path, lang: str, *, text: str = "text", input: str = "", item: str = "", system: str = ""
) -> list[Text]:
    """Read the texts of one language from a table.

    Rows of other languages are left out where the table has a column `lang`.

    Args:
        path: JSON lines, CSV, TSV or Parquet.
        lang: the expected language.
        text, input, item, system: columns; without `item` the column `id`, the
            input or the line number says what is answered, and without `system`
            the file's name says who answers.

    Raises:
        IsoglossError: no such column, or too many broken lines.
    """
    code, patience, found = canonical(lang), Patience(path), []
    asked = {text: "--text-column", input: "--input-column"}
    asked |= {item: "--item-column", system: "--system-column"}
    asked.pop("", None)
    for record in stream(path):
        if isinstance(record, Broken):
            patience.note(record)
            continue
        record = patience.mend(record)
        if not patience.good:
            need(path, record, asked)
        try:
            if _in(record, code):
                told = cell(record, input) if input else ""
                known = record.values.get(item or "id", told or record.line)
                who = str(record.values.get(system, "")) if system else path.stem
                found.append(Text(who, str(known), cell(record, text), told))
        except IsoglossError as error:
            patience.note(Broken(record.line, error.what), error.hint)
            continue
        patience.good += 1
    patience.end()
    return found


def _in(record: Record, code: str) -> bool:
    """Tell whether a line is in a language, as far as it names one."""
    lang = record.values.get("lang")
    return not lang or canonical(str(lang)) == code


def from_run(out: Path, run: str, lang: str, split: str = "test") -> list[Text]:
    """Read the outputs of a run in one language.

    The store keeps the first 500 characters of a text to show.

    Raises:
        IsoglossError: no such run, or no outputs in the language.
    """
    store, key = find(run, out)
    code = canonical(lang)
    shown = store.shown(key, code, split)
    if not shown:
        known = ", ".join(one for one, part in sorted(store.done()[key]) if part == split)
        what = f"run {key} has no outputs for '{code}' ({split})"
        raise IsoglossError(what, f"it has some for: {known or 'no language'}")
    return [Text(key, one.prediction.id, whole(one.output), whole(one.input)) for one in shown]


def draw(texts: Sequence[Text], lang: str, judge: Judge, n: int, seed: int = 0) -> Sheet:
    """Draw about n texts, spread over the verdicts, and shuffle them.

    An item is drawn with the answers of all systems, so that they can be
    compared. Items fall into strata by the verdicts on these answers, and each
    stratum gives as many, as far as it has them; so rare verdicts are seen too,
    and weights make up for it. Empty texts are not shown to anyone.

    Raises:
        IsoglossError: no text that can be shown, or one system answers an item twice.
    """
    code = canonical(lang)
    verdicts = judge([one.text for one in texts], code, [one.input or None for one in texts])
    population: dict[str, dict[str, int]] = {}
    for one, verdict in zip(texts, verdicts, strict=True):
        counts = population.setdefault(one.system, {})
        counts[verdict.kind] = counts.get(verdict.kind, 0) + 1
    items = _items(texts, verdicts)
    strata: dict[str, list[str]] = {}
    for item, answers in items.items():
        kinds = {system: verdicts[i].kind for system, i in sorted(answers.items())}
        if len(population) > 1:
            # with several systems the verdicts combine, and there are many of them
            kinds = {system: CLASSES.get(kind, "wrong") for system, kind in kinds.items()}
        strata.setdefault(str(kinds), []).append(item)
    if not strata:
        raise IsoglossError(f"no texts in '{code}' to show", "check the language and the columns")
    rng = random.Random(f"{seed} {code}")
    lines: list[tuple[Line, Text]] = []
    sizes = {pattern: len(known) for pattern, known in strata.items()}
    shown = sum(len(answers) for answers in items.values())
    quota = _quotas(sizes, n * sum(sizes.values()) // shown)
    for pattern in sorted(strata):
        for item in rng.sample(sorted(strata[pattern]), quota[pattern]):
            weight = len(strata[pattern]) / quota[pattern]
            for system, i in items[item].items():
                verdict = verdicts[i]
                hidden = f"{seed} {code} {system} {item} {rng.random()}"
                # a letter first, or spreadsheets read some as numbers: 00123456, 1234e567
                mark = "t" + hashlib.sha256(hidden.encode()).hexdigest()[:7]
                line = Line(mark, system, item, verdict.kind, verdict.lang, weight)
                lines.append((line, texts[i]))
    rng.shuffle(lines)
    return Sheet(
        hashlib.sha256("".join(line.code for line, _ in lines).encode()).hexdigest()[:8],
        code,
        seed,
        judge.signature(code),
        population,
        tuple(line for line, _ in lines),
        tuple(text for _, text in lines),
    )


def _items(texts: Sequence[Text], verdicts: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    """Give each item's answers that can be shown: system -> place in the texts."""
    found: dict[str, dict[str, int]] = {}
    for i, (one, verdict) in enumerate(zip(texts, verdicts, strict=True)):
        if one.system in found.get(one.item, {}):
            what = f"{one.system} answers item '{one.item}' twice"
            raise IsoglossError(what, "name the columns of the item and of the system")
        if verdict.kind != "empty":
            found.setdefault(one.item, {})[one.system] = i
    return found


def _quotas(sizes: dict[str, int], n: int) -> dict[str, int]:
    """Share n among strata: as equal as their sizes allow, at least one each."""
    found: dict[str, int] = {}
    left = n
    for place, pattern in enumerate(sorted(sizes, key=lambda p: (sizes[p], p))):
        even = -(-left // (len(sizes) - place))
        found[pattern] = max(1, min(sizes[pattern], even))
        left -= found[pattern]
    return found


def write(sheet: Sheet, path: Path) -> Path:
    """Write a sheet as CSV, and its key beside it.

    Args:
        sheet: what is written.
        path: the CSV file; the key's name follows from it.

    Returns:
        The key's path.

    Raises:
        IsoglossError: a key is there already, and its sheets may be with annotators; or
            another name than one in .csv, or a folder where nothing can be written.
    """
    if path.suffix.lower() != ".csv":
        raise IsoglossError(f"{path}: the sheet is a CSV file", "end the name for --to in .csv")
    key = path.with_suffix(".key.json")
    if key.exists():
        raise IsoglossError(f"{key} exists already", "give another name with --to")
    told = json.dumps(sheet.key(), ensure_ascii=False, indent=1) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # the mark in front makes spreadsheets read UTF-8
        with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for line, one in zip(sheet.lines, sheet.texts, strict=True):
                writer.writerow([line.code, guard(one.input), guard(one.text), "", "", "", ""])
        key.write_text(told, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        what = f"can't write {path}: {error.strerror}"
        raise IsoglossError(what, "give another name with --to") from None
    return key
