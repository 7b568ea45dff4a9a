"""Read text files as UTF-8, and say where one is broken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar

from isogloss.core.errors import IsoglossError

T = TypeVar("T")
DEEPEST = 100
"""Lists in lists of a JSON value, at most: Python's own limit moves with what calls it."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class BrokenJSON(ValueError):
    """What can't be read as JSON, and where."""

    def __init__(self, why: str, line: int = 1, column: int = 0) -> None:
        self.line = line
        super().__init__(f"broken JSON{f' at column {column}' if column else ''}: {why}")


def read(path: Path) -> str:
    """Read a file; a byte-order mark is dropped, line ends become newlines.

    Raises:
        IsoglossError: the file is missing, empty, binary or not UTF-8.
    """
    return raw(path).replace("\r\n", "\n")


def raw(path: Path) -> str:
    """Read a file as ``read`` does, and leave its line ends as they are."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        what = f"{path}: {getattr(error, 'strerror', None) or error}"
        raise IsoglossError(what, "check the path") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        now = "UTF-16" if content.startswith(UTF16) else "LATIN1"
        raise IsoglossError(
            f"{path}:{line}: not UTF-8 (byte 0x{content[error.start]:02x})",
            f"save it as UTF-8, for example: iconv -f {now} -t UTF-8 {path.name} > new-{path.name}",
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        what = f"{path}:{line}: a binary file, or text in UTF-16"
        raise IsoglossError(what, "save it as text in UTF-8")
    if not text.strip():
        raise IsoglossError(f"{path}: the file is empty", "put data into it, or remove it")
    return text


def parse(content: str) -> Any:
    """Parse JSON; what would be lost or be read as something else is refused.

    Raises:
        BrokenJSON: no JSON, a key that is there twice, or what Python can't hold.
    """
    try:
        found = json.loads(content, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise BrokenJSON(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise BrokenJSON("nested too deeply") from None
    except BrokenJSON:
        raise
    except ValueError:
        raise BrokenJSON("a number with thousands of digits") from None
    if content.count("[") + content.count("{") > DEEPEST and _is_deep(found):
        raise BrokenJSON("nested too deeply")
    return found


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for held in inner for one in held if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BrokenJSON(f"'{twice}' is there twice")
    return found


def lines(path: Path) -> list[str]:
    """Read the lines of a file that hold text."""
    return [line for line in read(path).split("\n") if line.strip()]


def kept(reader: Callable[..., T]) -> Callable[..., T]:
    """Keep what a reader of files gives until the file changes."""

    @lru_cache(maxsize=64)
    def again(path: Path, changed: int, size: int, *rest: object) -> T:
        return reader(path, *rest)

    @wraps(reader)
    def once(path: Path, *rest: object) -> T:
        try:
            stat = path.stat()
        except OSError:
            return reader(path, *rest)
        return again(path, stat.st_mtime_ns, stat.st_size, *rest)

    return once


@lru_cache(maxsize=2**14)
def _hash(path: Path, changed: int, size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(paths: Iterable[Path]) -> str:
    """Fingerprint files by their content, in order; empty for no file."""
    stats = ((path, path.stat()) for path in paths)
    hashes = [_hash(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:16] if hashes else ""
