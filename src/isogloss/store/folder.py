"""A run's folder: predictions and rows, where the rows are the commit.

``rows.jsonl`` holds one line per finished language: its rows, and the byte
ranges of its predictions and item statistics in ``predictions.jsonl``. A line
without an end, or a prediction that no line names, was never committed.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import traceback
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

from isogloss.core.disk import reaching, read_object, unreached
from isogloss.core.errors import IsoglossError
from isogloss.core.kind import as_text
from isogloss.core.run import Run, from_json, to_json
from isogloss.core.types import Example, Prediction, Row
from isogloss.store import broken
from isogloss.store.broken import Broken
from isogloss.store.disk import replace_file
from isogloss.store.lease import Lease
from isogloss.store.show import Show, shown

FORMAT = 2
"""Version of the folder's layout; raise it with a migration or a refusal."""


class Commit(NamedTuple):
    """One line of ``rows.jsonl``."""

    lang: str
    split: str
    step: int
    span: tuple[int, int]
    """Bytes of the predictions."""
    stats: tuple[int, int]
    """Bytes of the item statistics behind them, one line a metric."""
    items: str
    """Digest of the items' ids: scores of the same items can be paired."""
    rows: list[dict[str, Any]]
    seconds: float = 0.0
    """Since the commit before it; the first one's count from the opening of the folder."""
    sum: int | None = None
    """CRC-32 of the predictions and statistics; None in folders of earlier versions."""
    material: str = ""
    """Digest of what was read of the language alone, as its rows say."""


class RunFolder:
    """Write one run's results, as the only writer; a context manager."""

    def __init__(self, path: Path, run: Run, task: Mapping[str, Any] | None = None) -> None:
        """Take the folder's path, its run, and the definition of the run's task."""
        self.path = path
        self.run = run
        self._task = dict(task or {})
        self._lease = Lease(path)
        self._failed = False
        self._since = 0.0
        self._done: set[tuple[str, str, int]] = set()
        self._rows: BinaryIO
        self._predictions: BinaryIO

    def done(self, step: int = 0) -> set[tuple[str, str]]:
        """List what is committed: (language, split).

        Args:
            step: the snapshot scored; 0 is the finished model.
        """
        return {(lang, split) for lang, split, at in self._done if at == step}

    def commit(
        self,
        lang: str,
        split: str,
        predictions: Sequence[Prediction],
        rows: Sequence[Row],
        *,
        examples: Sequence[Example] = (),
        stats: Mapping[str, Any] | None = None,
        step: int = 0,
        show: Show = as_text,
    ) -> None:
        """Keep a language's predictions and rows, all or nothing.

        Args:
            examples: the items predicted, in the same order; their texts are kept
                for the report's example outputs.
            stats: metric name -> array (items, k) of item statistics, kept for
                paired tests.
            step: the snapshot scored; 0 is the finished model.
            show: how targets and answers are written for people; a kind knows.

        Raises:
            IsoglossError: the disk is full, the language is committed already, or
                another process has taken over.
        """
        if (lang, split, step) in self._done:
            raise IsoglossError(
                f"{lang} {split} is committed already in {self.path}", "ask done() before"
            )
        self._lease.check()
        items = b"".join(
            _line(_stored(prediction, examples[i] if examples else None, show))
            for i, prediction in enumerate(predictions)
        )
        tail = b"".join(
            _line({"metric": name, "stats": _listed(array)})
            for name, array in (stats or {}).items()
        )
        start = self._append(self._predictions, items + tail)
        middle = start + len(items)
        line = {
            "lang": lang,
            "split": split,
            "step": step,
            "span": [start, middle],
            "stats": [middle, middle + len(tail)],
            "items": _digest(prediction.id for prediction in predictions),
            "sum": zlib.crc32(items + tail),
            "seconds": round(time.monotonic() - self._since, 3),
            "rows": [asdict(row) for row in rows],
        }
        self._append(self._rows, _line(line))
        self._since = time.monotonic()
        self._done.add((lang, split, step))

    def fail(self, error: BaseException) -> None:
        """Keep an error beside the results; a later clean end removes it."""
        self._failed = True
        value = {
            "type": type(error).__name__,
            "error": str(error),
            "traceback": "".join(traceback.format_exception(error)),
            "created": now(),
        }
        replace_file(self.path / "error.json", json.dumps(value, indent=1).encode())

    def __enter__(self) -> RunFolder:
        self._lease.take()
        self._since = time.monotonic()
        try:
            head = self.path / "run.json"
            if head.exists():
                read_run(self.path)
            if not head.exists() or (self._task and not read_task(self.path)):
                value = {
                    "format": FORMAT,
                    "id": self.path.name,
                    "run": to_json(self.run),
                    **({"task": self._task} if self._task else {}),
                    "created": now(),
                }
                replace_file(head, json.dumps(value, ensure_ascii=False, indent=1).encode())
            with reaching(self.path, "write to"):
                self._open()
        except BaseException:
            self._lease.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rows.close()
        self._predictions.close()
        with reaching(self.path / "error.json", "write to"):
            if error is None and not self._failed and self._lease.held():
                (self.path / "error.json").unlink(missing_ok=True)
        self._lease.release()

    def _open(self) -> None:
        """Cut both files back to the last committed language and open them."""
        found, end = scan(self.path)
        self._done = {(commit.lang, commit.split, commit.step) for commit in found}
        last = max((commit.stats[1] for commit in found), default=0)
        for name, size in (("predictions.jsonl", last), ("rows.jsonl", end)):
            path = self.path / name
            if self._lease.taken_over and path.exists():
                # a writer thought dead may wake up: what it still writes goes to the old
                # file, which has no name any more
                with path.open("rb") as old:
                    replace_file(path, old.read(size))
            with path.open("ab") as file:
                file.truncate(size)
        self._predictions = (self.path / "predictions.jsonl").open("ab", buffering=0)
        self._rows = (self.path / "rows.jsonl").open("ab", buffering=0)

    def _append(self, file: BinaryIO, data: bytes) -> int:
        """Append and sync; on failure cut back.

        Returns:
            The byte at which the data starts.
        """
        start = file.seek(0, os.SEEK_END)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                file.truncate(start)
            raise unreached(error, self.path, "write to") from error
        return start


def index(path: Path) -> dict[tuple[str, str], Commit]:
    """Find a run's commits of the finished model by language and split; rows left out."""
    stamp = broken.stamp(path)
    if path not in _indexes or _indexes[path][0] != stamp:
        scan(path)
    return _indexes[path][1]


_indexes: dict[Path, tuple[broken.Stamp, dict[tuple[str, str], Commit]]] = {}
"""Of each folder that was read: how its files were then, and its index."""


def look(path: Path) -> Run:
    """Look at a run's folder, once as long as it stays as it is, and give its run.

    Raises:
        Broken: it can't be believed, as far as was read.
    """
    stamp = broken.stamp(path)
    if not broken.seen(path, stamp):
        index(path)
    if (fault := broken.known(path, stamp)) is not None:
        raise fault
    return _run(path, stamp)


@lru_cache(maxsize=2**14)
def _run(path: Path, stamp: broken.Stamp) -> Run:
    return read_run(path)


def scan(path: Path) -> tuple[list[Commit], int]:
    """Read a run's commits.

    Returns:
        The commits, and the byte after the last of them: what follows was cut
        off while being written.

    Raises:
        Broken: a line in the middle can't be read, or predictions are lost.
    """
    stamp = broken.stamp(path)
    try:
        with reaching(path / "rows.jsonl"):
            data = (path / "rows.jsonl").read_bytes()
    except IsoglossError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            _indexes[path] = stamp, {}
            return [], 0
        raise Broken(path, error.what) from error
    end = data.rfind(b"\n") + 1
    commits = []
    for number, line in enumerate(data[:end].splitlines(), 1):
        try:
            commits.append(_commit(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            where = path / "rows.jsonl"
            raise Broken(path, f"{where}, line {number}, can't be read") from error
    _check(path, commits)
    broken.sound(path)
    last = {(c.lang, c.split): c._replace(rows=[]) for c in commits if c.step == 0}
    _indexes[path] = stamp, last
    return commits, end


def _commit(value: Any) -> Commit:
    """Take a line of ``rows.jsonl`` apart; another error than a ``Broken`` where it is none."""
    commit = Commit(
        value["lang"],
        value["split"],
        value["step"],
        tuple(value["span"]),
        tuple(value["stats"]),
        value["items"],
        value["rows"],
        value.get("seconds", 0.0),
        value.get("sum"),
    )
    start, middle, again, end = (*commit.span, *commit.stats)
    texts = (commit.lang, commit.split, commit.items)
    numbers = (commit.step, start, middle, again, end)
    if not all(isinstance(text, str) for text in texts) or not all(
        type(number) is int for number in numbers
    ):
        raise TypeError("wrong types")
    if not 0 <= start <= middle == again <= end or not isinstance(commit.rows, list):
        raise ValueError("no span")
    said = commit.rows[0].get("material", "") if commit.rows else ""
    return commit._replace(seconds=float(commit.seconds), material=str(said))


def _check(path: Path, commits: Sequence[Commit]) -> None:
    """Look whether the predictions that commits name are there, without reading them."""
    where = path / "predictions.jsonl"
    last = max((commit.stats[1] for commit in commits), default=0)
    if not last:
        return
    try:
        with where.open("rb") as file:
            if file.seek(0, os.SEEK_END) < last:
                raise Broken(path, f"{where} is shorter than its commits say: it was cut")
            ends = {end for one in commits for end in (one.span[1], one.stats[1]) if end > 0}
            for end in sorted(ends):
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    raise Broken(path, f"{where} is not what was written: no line ends at {end}")
    except OSError as error:
        raise Broken(path, unreached(error, where, "read").what) from error


def part(path: Path, commit: Commit, name: str) -> bytes:
    """Read the predictions (`span`) or the item statistics (`stats`) of a commit.

    Raises:
        Broken: they are not what was written.
    """
    where = path / "predictions.jsonl"
    try:
        with where.open("rb") as file:
            file.seek(commit.span[0])
            data = file.read(commit.stats[1] - commit.span[0])
    except OSError as error:
        raise broken.remember(Broken(path, unreached(error, where, "read").what)) from error
    if commit.sum is not None and zlib.crc32(data) != commit.sum:
        what = f"{where} is not what was written: {commit.lang} {commit.split} has changed"
        raise broken.remember(Broken(path, what))
    start, end = getattr(commit, name)
    return data[start - commit.span[0] : end - commit.span[0]]


def read_run(path: Path) -> Run:
    """Read ``run.json``.

    Raises:
        Broken: another version of isogloss wrote it, it is broken, or another run's.
    """
    where = path / "run.json"
    try:
        value = read_object(where, "")
        found = value["format"]
    except (IsoglossError, KeyError) as error:
        said = error.what if isinstance(error, IsoglossError) else f"{where} has no format"
        raise Broken(path, f"{said}; it is no run of this isogloss") from error
    if found != FORMAT:
        age = "a newer" if isinstance(found, int) and found > FORMAT else "an older"
        raise Broken(
            path,
            f"{where} was written by {age} isogloss (format {found}, this one reads {FORMAT})",
            f"use that version, or delete {path} to run it again",
        )
    if value.get("id", path.name) != path.name:
        raise Broken(path, f"{where} belongs to another run, {value['id']}")
    try:
        return from_json(value["run"])
    except (KeyError, TypeError, AttributeError, IsoglossError) as error:
        raise Broken(
            path,
            f"{where} has settings that this isogloss doesn't know: {error}",
            f"use the version that wrote it, or delete {path} to run it again",
        ) from error


def read_task(path: Path) -> dict[str, Any]:
    """Read what ``run.json`` keeps of the run's task; empty where it keeps nothing."""
    return _task(path, broken.stamp(path))


@lru_cache(maxsize=2**14)
def _task(path: Path, stamp: broken.Stamp) -> dict[str, Any]:
    try:
        found = json.loads((path / "run.json").read_bytes())["task"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def now() -> str:
    """Give the time as rows spell it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _stored(prediction: Prediction, example: Example | None, show: Show) -> dict[str, Any]:
    value: dict[str, Any] = {"id": prediction.id, "value": prediction.value}
    if prediction.scores:
        value["scores"] = dict(prediction.scores)
    if prediction.flags:
        value["flags"] = prediction.flags
    return value | shown(example, prediction, show)


def _digest(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]


def _listed(array: Any) -> list[list[float]]:
    """Turn an array (items, k) to lists, whole numbers without a point."""
    rows = array.tolist() if hasattr(array, "tolist") else array
    return [[int(x) if float(x).is_integer() else x for x in row] for row in rows]
