"""What a field of an example holds, as data, and how what is no text is held."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.core.kind import Kind

ANY = ("*",)
"""What a method says of its ``inputs`` that never looks at them."""
TEXT = "text"
"""What a field holds where its kind says nothing."""


def _by_heads(*_: Any) -> Any:
    raise NotImplementedError("heads cut texts and lay them out by themselves")


@dataclass(frozen=True)
class Input:
    """How one sort of input is read; a file ``input/NAME.py`` holds one as ``INPUT``."""

    auto: str
    """transformers' Auto class of what turns it into arrays."""
    files: tuple[str, ...]
    """A backbone's folder has one of these, if it reads such inputs."""
    cost: Callable[[Any, Media], int] = _by_heads
    """(processor, value) -> its length in a batch: patches, frames."""
    encode: Callable[[Any, Media, int], Any] = _by_heads
    """(processor, value, most) -> what the processor takes, of a cost of at most ``most``."""
    collate: Callable[[Any, Sequence[Any]], Mapping[str, Any]] = _by_heads
    """(processor, encoded values) -> arrays, padded and masked, by the network's names."""
    unit: str = "tokens"
    """Of the cost, for people."""
    module: str = ""
    """What has to be installed for it."""
    extra: str = ""
    """The package's extra that brings it."""
    name: str = ""
    """The file's name; set by the lookup."""

    @property
    def usable(self) -> bool:
        """Tell whether what it takes is installed."""
        return not self.module or find_spec(self.module) is not None

    def check(self) -> None:
        """Assert that what it takes is installed.

        Raises:
            IsoglossError: it is not.
        """
        if not self.usable:
            raise IsoglossError(
                f"{self.name} inputs need {self.module}, which is not installed",
                f"pip install 'isogloss[{self.extra}]'",
            )


@dataclass(frozen=True, eq=False)
class Media:
    """An input that is no text, read when it is asked for; equal to others of one content."""

    held: Any
    """The path of its file; or the file's bytes; or an array; or an array and its rate."""
    name: str = ""
    """What people are shown."""

    @cached_property
    def content_digest(self) -> str:
        """Hash what it holds: a file's bytes, wherever it lies."""
        if not isinstance(self.held, Path):
            return _digest(self.held)
        try:
            stat = self.held.stat()
        except OSError as error:
            raise _gone(self.held, error) from None
        return _hashed(self.held, stat.st_mtime_ns, stat.st_size)

    def content(self) -> Any:
        """Give the file's bytes, or the array.

        Raises:
            IsoglossError: the file is gone, or another than that an identity was made of.
        """
        if not isinstance(self.held, Path):
            return self.held
        content = _read(self.held)
        known = vars(self).get("content_digest")
        if known is not None and known != _digest(content):
            raise IsoglossError(
                f"{self.held} has changed since it was first read", "start the program again"
            )
        return content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Media) and self.content_digest == other.content_digest

    def __hash__(self) -> int:
        return hash(self.content_digest)

    def __str__(self) -> str:
        return self.name or self.content_digest[:12]


def media(value: Any, folder: Path, where: str) -> Media:
    """Take what stands in a field that holds no text.

    Args:
        value: a path relative to the folder; a `data:` URI in base64; a file's bytes; an
            array; or an array and its rate.
        folder: of the file that the value stands in.
        where: file and line, for errors.

    Raises:
        IsoglossError: none of these, or there is no such file.
    """
    if isinstance(value, Media):
        return value
    if isinstance(value, str) and value.startswith("data:"):
        try:
            return Media(b64decode(value.partition("base64,")[2] or "?", validate=True))
        except binascii.Error:
            what = f"{where}: a data: URI that is not in base64"
            raise IsoglossError(what, "write data:TYPE;base64,...") from None
    if isinstance(value, str | Path):
        path = folder / value
        if not path.is_file():
            what = f"{where}: no file '{value}'"
            raise IsoglossError(what, f"paths are relative to {folder.resolve()}")
        return Media(path, str(value))
    if isinstance(value, bytes | tuple) or hasattr(value, "dtype"):
        return Media(value)
    got = "nothing" if value is None else type(value).__name__
    what = f"{where}: the path of a file is expected, got {got}"
    raise IsoglossError(what, "name a file beside this one")


def held(kind: Kind, values: Mapping[str, Any], folder: Path, where: str) -> dict[str, Any]:
    """Give what a line names beside text: files of pictures or sounds.

    Args:
        kind: says which fields hold what.
        values: of the line, by field; those that hold text are left out.
        folder: of the file that the line stands in.
        where: file and line, for errors.
    """
    fields = {field: values[field] for field in kind.inputs if values.get(field) is not None}
    if kind.options in kind.inputs and isinstance(values.get("target"), str):
        fields["target"] = values["target"]  # itself one of the options
    return {
        field: [media(one, folder, where) for one in given]
        if isinstance(given, list | tuple)
        else media(given, folder, where)
        for field, given in fields.items()
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _gone(path, error) from None


def _gone(path: Path, error: OSError) -> IsoglossError:
    return IsoglossError(f"{path}: {error.strerror or error}", "bring it back, or take it out")


@lru_cache(maxsize=2**16)
def _hashed(path: Path, changed: int, size: int) -> str:
    """Hash a file once, until it changes."""
    return _digest(_read(path))


def _digest(held: Any) -> str:
    return hashlib.sha256(held).hexdigest() if isinstance(held, bytes) else content_hash(held)
