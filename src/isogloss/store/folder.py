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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Run, from_json, to_json
from isogloss.core.types import Example, Prediction, Row
from isogloss.store.disk import replace_file, unwritable
from isogloss.store.lease import Lease
from isogloss.store.show import shown

FORMAT = 1
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
    ) -> None:
        """Keep a language's predictions and rows, all or nothing.

        Args:
            examples: the items predicted, in the same order; their texts are kept
                for the report's example outputs.
            stats: metric name -> array (items, k) of item statistics, kept for
                paired tests.
            step: the snapshot scored; 0 is the finished model.

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
            _line(_stored(prediction, examples[i] if examples else None))
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
                about = {"task": self._task} if self._task else {}
                value = {"format": FORMAT, "run": to_json(self.run), **about, "created": now()}
                replace_file(head, json.dumps(value, ensure_ascii=False, indent=1).encode())
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
                if file.tell() < size:
                    raise IsoglossError(
                        f"{path} is shorter than its commits say",
                        f"it was edited or lost; delete {self.path} to run it again",
                    )
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
            file.truncate(start)
            raise unwritable(self.path, error) from error
        return start


def index(path: Path) -> dict[tuple[str, str], Commit]:
    """Find a run's commits of the finished model by language and split; rows left out."""
    try:
        state = (path / "rows.jsonl").stat()
    except FileNotFoundError:
        return {}
    return _index(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1024)
def _index(path: Path, changed: int, size: int) -> dict[tuple[str, str], Commit]:
    commits = scan(path)[0]
    return {(c.lang, c.split): c._replace(rows=[]) for c in commits if c.step == 0}


def scan(path: Path) -> tuple[list[Commit], int]:
    """Read a run's commits.

    Returns:
        The commits, and the byte after the last of them: what follows was cut
        off while being written.

    Raises:
        IsoglossError: a line in the middle is broken.
    """
    try:
        data = (path / "rows.jsonl").read_bytes()
    except FileNotFoundError:
        return [], 0
    end = data.rfind(b"\n") + 1
    commits = []
    for number, line in enumerate(data[:end].splitlines(), 1):
        try:
            value = json.loads(line)
            commits.append(
                Commit(
                    value["lang"],
                    value["split"],
                    value["step"],
                    tuple(value["span"]),
                    tuple(value["stats"]),
                    value["items"],
                    value["rows"],
                    value.get("seconds", 0.0),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise IsoglossError(
                f"{path / 'rows.jsonl'}, line {number}, can't be read",
                f"delete {path} to run it again",
            ) from error
    return commits, end


def read_run(path: Path) -> Run:
    """Read ``run.json``.

    Raises:
        IsoglossError: another version of isogloss wrote it.
    """
    where = path / "run.json"
    try:
        value = json.loads(where.read_bytes())
        found = value["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise IsoglossError(
            f"{where} is no run of this isogloss", f"delete {path} to run it again"
        ) from error
    if found != FORMAT:
        age = "a newer" if isinstance(found, int) and found > FORMAT else "an older"
        raise IsoglossError(
            f"{where} was written by {age} isogloss (format {found}, this one reads {FORMAT})",
            f"use that version, or delete {path} to run it again",
        )
    try:
        return from_json(value["run"])
    except (KeyError, TypeError) as error:
        raise IsoglossError(
            f"{where} has settings that this isogloss doesn't know: {error}",
            f"use the version that wrote it, or delete {path} to run it again",
        ) from error


def read_task(path: Path) -> dict[str, Any]:
    """Read what ``run.json`` keeps of the run's task; empty where it keeps nothing."""
    try:
        found = json.loads((path / "run.json").read_bytes())["task"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def now() -> str:
    """Give the time as rows spell it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _stored(prediction: Prediction, example: Example | None) -> dict[str, Any]:
    value: dict[str, Any] = {"id": prediction.id, "value": prediction.value}
    if prediction.scores:
        value["scores"] = dict(prediction.scores)
    if prediction.flags:
        value["flags"] = prediction.flags
    return value | shown(example, prediction)


def _digest(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]


def _listed(array: Any) -> list[list[float]]:
    """Turn an array (items, k) to lists, whole numbers without a point."""
    rows = array.tolist() if hasattr(array, "tolist") else array
    return [[int(x) if float(x).is_integer() else x for x in row] for row in rows]
