"""A digest of what a value holds, arrays and numbers to the last bit."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any

from isogloss.core.errors import IsoglossError

PLAIN: tuple[Any, ...] = (bytes, bool, int, float, complex)
SHOWN = {str, bytes, bool, int, float, complex, type(None)}
"""Types whose `repr` shows all that they hold."""


def content_hash(value: Any) -> str:
    """Hash nested plain values, dataclasses, arrays and tensors by what they hold.

    What an array shows of itself (`repr`) leaves out digits and rows; its bytes,
    its type and its shape leave out nothing.

    Raises:
        IsoglossError: something in it has no content that could be told.
    """
    found = hashlib.sha256()
    for piece in _pieces(value):
        found.update(len(piece).to_bytes(8, "big"))
        found.update(piece)
    return found.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    kind = type(value).__qualname__
    if isinstance(value, str):
        yield from (b"str", value.encode("utf-8", "surrogatepass"))
    elif isinstance(value, PLAIN):
        sort = next(sort for sort in PLAIN if isinstance(value, sort))
        yield from (sort.__name__.encode(), repr(sort(value)).encode())
    elif value is None:
        yield b"none"
    elif hasattr(value, "content_digest"):
        yield from (kind.encode(), value.content_digest.encode())
    elif hasattr(value, "dtype") and hasattr(value, "shape"):
        yield from (b"array", str(value.dtype).encode(), repr(tuple(value.shape)).encode())
        yield _bytes(value)
    elif isinstance(value, Mapping):
        pairs = [(repr(key) if type(key) in SHOWN else content_hash(key), key) for key in value]
        yield b"mapping"
        for name, key in sorted(pairs, key=itemgetter(0)):
            yield name.encode("utf-8", "surrogatepass")
            yield from _pieces(value[key])
        yield b"end"
    elif isinstance(value, set | frozenset):
        yield from (b"set", *(digest.encode() for digest in sorted(map(content_hash, value))))
        yield b"end"
    elif isinstance(value, list | tuple):
        yield b"list" if isinstance(value, list) else b"tuple"
        if SHOWN.issuperset(map(type, value)):
            yield repr([*value]).encode("utf-8", "surrogatepass")
        else:
            for each in value:
                yield from _pieces(each)
            yield b"end"
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield kind.encode()
        for field in dataclasses.fields(value):
            yield field.name.encode()
            yield from _pieces(getattr(value, field.name))
        yield b"end"
    else:
        raise IsoglossError(
            f"a {kind} has no content that an identity could be made of",
            "give numbers, texts, lists, tables or arrays",
        )


def _bytes(array: Any) -> bytes:
    """Give the bytes of an array of numpy or a tensor of torch, in their order."""
    if hasattr(array, "detach"):
        # numpy knows no bfloat16; bytes it knows.
        flat = array.detach().cpu().contiguous().reshape(-1)
        array = flat.view(sys.modules["torch"].uint8).numpy()
    elif array.dtype.hasobject:
        raise IsoglossError(
            "an array of objects has no content that an identity could be made of",
            "give one of numbers or of texts",
        )
    found: bytes = array.tobytes()
    return found
