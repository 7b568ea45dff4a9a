"""Every option that takes a language takes any of its codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss.cli import main

SWAHILI = "Mto uliongezeka kwa mita tatu baada ya siku mbili za mvua kubwa sana."


def printed(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    main([str(arg) for arg in args])
    return capsys.readouterr().out


@pytest.mark.parametrize("swahili", ["swa", "swh_Latn"])
def test_any_spelling_gives_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, swahili: str
) -> None:
    texts = tmp_path / "a.jsonl"
    texts.write_text(json.dumps({"text": SWAHILI, "lang": swahili}))
    usual = tmp_path / "b.jsonl"
    usual.write_text(json.dumps({"text": SWAHILI, "lang": "sw"}))
    same = [
        (("fidelity", texts, "--lang", swahili), ("fidelity", texts, "--lang", "sw")),
        (("fidelity", texts), ("fidelity", usual)),
        (
            ("rank", "--target", swahili, "--task", "ner", "--candidates", "eng,hau", "--json"),
            ("rank", "--target", "sw", "--task", "ner", "--candidates", "en,ha", "--json"),
        ),
    ]
    for asked, plain in same:
        assert printed(capsys, *asked) == printed(capsys, *plain)
    shown = [printed(capsys, "show", lang).split("\n", 1)[1] for lang in (swahili, "sw")]
    assert shown[0] == shown[1]
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, lang in zip(folders, (swahili, "sw"), strict=True):
        printed(capsys, "similarity", "--langs", f"{lang}, deu", "--out", folder)
    one, two = ((folder / "similarity.json").read_text("utf-8") for folder in folders)
    assert one == two
