"""Read text files as UTF-8, and say where one is broken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

from isogloss.core.errors import IsoglossError

T = TypeVar("T")
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read(path: Path) -> str:
    """Read a file; a byte-order mark is dropped, line ends become newlines.

    Raises:
        IsoglossError: the file is missing, empty or not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = f"{path}: {error.strerror or error}"
        raise IsoglossError(what, "check the path") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        now = "UTF-16" if raw.startswith(UTF16) else "LATIN1"
        raise IsoglossError(
            f"{path}:{line}: not UTF-8 (byte 0x{raw[error.start]:02x})",
            f"save it as UTF-8, for example: iconv -f {now} -t UTF-8 {path.name} > new-{path.name}",
        ) from None
    if not text.strip():
        raise IsoglossError(f"{path}: the file is empty", "put data into it, or remove it")
    return text.replace("\r\n", "\n")


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


@kept
def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(paths: Iterable[Path]) -> str:
    """Fingerprint files by their content, in order; empty for no file."""
    hashes = [_hash(path) for path in paths]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:16] if hashes else ""
