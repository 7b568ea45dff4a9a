"""Similarities are kept in a file that is read without any network."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.from_model import Likeness

ROWS = ((1.0, 0.25), (0.25, 1.0))
KEPT = Likeness(
    ("en", "sw"), (0, 1, 2, 3), (ROWS,) * 3 + (((1.0, 0.5), (0.5, 1.0)),),
    "cosine", "mean", "mini/xlmr", 12, depth=3, revision="abc", cut=1,
)  # fmt: skip


def test_file(tmp_path: Path) -> None:
    KEPT.save(tmp_path / "a.json")
    assert Likeness.load(tmp_path / "a.json") == KEPT
    assert json.loads((tmp_path / "a.json").read_text())["layers"] == [0, 1, 2, 3]


def test_layer() -> None:
    assert KEPT.chosen() == 2
    assert replace(KEPT, layers=tuple(range(13)), depth=12).chosen() == 8
    assert KEPT.matrix(3)[0] == (1.0, 0.5)
    assert KEPT.pairs(3) == {("en", "sw"): 0.5, ("sw", "en"): 0.5}
    assert replace(KEPT, layers=(3,), values=KEPT.values[3:]).pairs() == KEPT.pairs(3)
    with pytest.raises(IsoglossError, match="no layer 4"):
        KEPT.matrix(4)


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"kind": "likeness"}', "no JSON", '{"kind": "tree"}', "cut"]
)
def test_foreign_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    KEPT.save(path)
    if content == "cut":
        content = path.read_text().replace("[[1.0, 0.25], [0.25, 1.0]]", "[[1.0, 0.25]]", 1)
    path.write_text(content)
    with pytest.raises(IsoglossError, match=r"a\.json holds no similarities"):
        Likeness.load(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match="No such file"):
        Likeness.load(tmp_path / "a.json")


def test_light() -> None:
    code = (
        "import sys, isogloss.relation.from_model, isogloss.reader.parallel\n"
        "import isogloss.models.similarity\n"
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
