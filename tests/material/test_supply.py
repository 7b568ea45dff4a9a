"""Text, bitext, dictionaries and a translator from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from isogloss.core.errors import Errors, IsoglossError
from isogloss.material import translate
from isogloss.material.supply import supply

TABLE = {
    "text": "mono/{lang}.txt",
    "parallel": "{source}-{target}.tsv",
    "dictionary": "dict/{source}_{target}.tsv",
    "translator": "some/model",
}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name, content in {
        "mono/swh_Latn.txt": "moja\n\n mbili \n",
        "en-sw.tsv": "one\tmoja\ntwo\tmbili\n",
        "dict/en_sw.tsv": "a little\tkidogo\na little\tchache\nwater\tmaji\nwater\tmaji\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def shout(texts: Sequence[str], source: str, target: str) -> list[str]:
    return [f"{text}-{target}" for text in texts]


def test_what_is_given(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    monkeypatch.setattr(translate, "translator", lambda name: named.append(name) or shout)  # type: ignore[func-returns-value]
    monkeypatch.setattr(translate, "revision", lambda name: "r1")
    found = supply(TABLE, base)
    assert found.gives["text"]("sw") == ["moja", "mbili"]
    assert found.gives["parallel"]("en", "sw") == [("one", "moja"), ("two", "mbili")]
    assert found.gives["parallel"]("sw", "en") == [("moja", "one"), ("mbili", "two")]
    words = found.gives["dictionary"]
    assert words("en", "sw") == {"a little": ["kidogo", "chache"], "water": ["maji"]}
    assert words("sw", "en")["maji"] == ["water"]
    assert found.gives["translator"](["a"], "en", "sw") == ["a-sw"]
    assert (found.digests["translator"](), named) == ("some/model 2 r1", ["some/model"])


def test_what_is_not_given_stays_empty(base: Path) -> None:
    found = supply({"text": TABLE["text"]}, base)
    assert [*found.gives] == [*found.digests] == ["text"]


def test_every_error_of_the_table_at_once(base: Path) -> None:
    table = {
        "txt": "a",
        "text": "mono/all.txt",
        "parallel": "no/{source}-{target}.tsv",
        "translator": 3,
    }
    with pytest.raises(Errors) as caught:
        supply(table, base)
    said = str(caught.value)
    assert "[supply]: 4 errors" in said
    assert "did you mean 'text'?" in said
    assert 'write text = "mono/{lang}.txt"' in said
    assert "no file fits parallel" in said


def test_a_language_without_a_file_and_a_broken_line(base: Path) -> None:
    found = supply(TABLE, base)
    with pytest.raises(
        IsoglossError, match=r"no text in 'fi' fits .*\n.*files there: swh_Latn\.txt"
    ):
        found.gives["text"]("fi")
    with pytest.raises(IsoglossError, match="no file of 'en' and 'fi'"):
        found.gives["parallel"]("en", "fi")
    (base / "en-sw.tsv").write_text("one\tmoja\ntwo\n", encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"en-sw\.tsv:2: two texts with a tab"):
        found.gives["parallel"]("en", "sw")
