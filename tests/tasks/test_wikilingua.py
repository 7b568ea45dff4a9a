"""WikiLingua in the files of GEM."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import canonical
from isogloss.tasks.wikilingua import TASK, load
from isogloss.testing import check_task


def item(name: str, source: str, lang: str = "tr") -> dict[str, str]:
    languages = {"source_language": "tr", "target_language": lang}
    return {"gem_id": name, "source": source, "target": "Su iç."} | languages


def write(folder: Path, name: str, *items: dict[str, str]) -> Path:
    path = folder / "wikilingua" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in items), encoding="utf-8")
    return path


def test_each_item_once_and_within_a_language(tmp_path: Path) -> None:
    sampled = item("sampled-1", "Bir.")
    items = [item("1", "Bir."), item("2", "İki."), item("3", "Üç.", lang="en"), sampled]
    write(tmp_path, "tr/validation.jsonl", *items)
    found = load("tr", "dev", tmp_path)
    assert [(e.id, e.lang, e.inputs["text"], e.target) for e in found] == [
        ("1", "tr", "Bir.", "Su iç."),
        ("2", "tr", "İki.", "Su iç."),
    ]
    assert load("tr", "test", tmp_path) == []
    assert TASK.available is not None
    assert TASK.available(tmp_path) == {"tr": ("dev",)}


def test_dev_and_test_are_cropped(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write(tmp_path, f"tr/{split}.jsonl", *(item(f"{n}", f"{n}") for n in range(2010)))
    assert len(load("tr", "train", tmp_path)) == 2010
    assert [e.id for e in load("tr", "test", tmp_path)] == [f"{n}" for n in range(2000)]


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match="no folder 'wikilingua'"):
        load("tr", "test", tmp_path)
    write(tmp_path, "tr/test.jsonl", {"gem_id": "1", "source": "Bir.", "summary": "Su."})
    with pytest.raises(IsoglossError, match=r"test\.jsonl:1: no column 'target'"):
        load("tr", "test", tmp_path)
    with pytest.raises(IsoglossError, match="unknown language of wikilingua: 'sw'"):
        load("sw", "test", None)


def test_it_keeps_to_the_rules(tmp_path: Path) -> None:
    for split in ("train", "validation", "test"):
        write(tmp_path, f"tr/{split}.jsonl", item("1", split), item("2", f"{split} 2"))
    check_task("wikilingua", tmp_path)


def test_eighteen_languages() -> None:
    assert len(TASK.langs) == 18
    assert [canonical(lang) for lang in TASK.langs] == list(TASK.langs)
