"""What the operating system says becomes an error with the path and a way out."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from isogloss.cli import cli, main
from isogloss.core.disk import digest, reaching, read_object, unreached
from isogloss.core.errors import IsoglossError


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EROFS, "read-only: give another folder"),
        (errno.ENOSPC, "make room"),
        (errno.EACCES, "you may not"),
        (errno.ENOENT, "deleted meanwhile"),
        (errno.EMFILE, "look at the path"),
    ],
)
def test_every_refusal_names_path_and_way_out(
    number: int, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = OSError(number, os.strerror(number), "/mnt/out/rows.jsonl")
    assert "/mnt/out/rows.jsonl" in unreached(error).what
    assert hint in unreached(error).hint
    with (
        pytest.raises(IsoglossError, match="can't write to /mnt/out: "),
        reaching(Path("/mnt/out"), "write to"),
    ):
        raise error

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", refuse)
    with pytest.raises(SystemExit) as stop:
        main(["list"])
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert "isogloss: can't reach /mnt/out/rows.jsonl: " in said
    assert hint in said


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", "[" * 100_000, "\xff", '{"a": "1"}'])
def test_a_broken_file_of_json_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(IsoglossError) as error:
        read_object(path, "do this", {"a": int})
    assert str(path) in error.value.what
    assert error.value.hint == "do this"


def test_a_digest_follows_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one")
    first = digest(path)
    assert digest(path) == first
    path.write_bytes(b"another")
    assert digest(path) != first
    with pytest.raises(IsoglossError, match="can't read"):
        digest(tmp_path / "none")
