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
    asked = ("rank", "--task", "ner", "--candidates", " eng , hau", "--choose", 1, "--json")
    same.append(((*asked, "--target", f"{swahili}, zul"), (*asked, "--target", "sw,zu")))
    for asked, plain in same:
        assert printed(capsys, *asked) == printed(capsys, *plain)
    shown = [printed(capsys, "show", lang).split("\n", 1)[1] for lang in (swahili, "sw")]
    assert shown[0] == shown[1]
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, lang in zip(folders, (swahili, "sw"), strict=True):
        printed(capsys, "similarity", "--langs", f"{lang}, deu", "--out", folder)
    one, two = ((folder / "similarity.json").read_text("utf-8") for folder in folders)
    assert one == two


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--target", "sw, zu"), "--target names 2 languages"),
        (("--target", " , "), "--target names no language"),
        (("--target", "sw", "--candidates", ","), "--candidates names no language"),
        (("--target", "sw, swahilli", "--choose", "1"), "unknown language 'swahilli'"),
    ],
)
def test_targets_that_cannot_be_ranked(
    asked: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["rank", "--task", "ner", *asked])
    assert said in capsys.readouterr().err
