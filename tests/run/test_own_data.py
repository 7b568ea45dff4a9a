"""What a plan says of a study's own data, before anything is trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss import plugin
from isogloss.cli import main

WORDS = ((1, "Ann", "ann", "PROPN"), (2, "ran", "run", "VERB"))
Plan = Callable[..., tuple[int, str]]


@pytest.fixture
def plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Plan:
    """Write files and a study, and plan it."""
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})

    def planned(kind: str, suffix: str, **files: Any) -> tuple[int, str]:
        for name, content in files.items():
            if not isinstance(content, str):
                content = "".join(json.dumps(row) + "\n" for row in content)
            path = tmp_path / f"{name.replace('_', '.')}.{suffix}"
            path.write_text(content, encoding="utf-8")
        study = tmp_path / "s.toml"
        study.write_text(
            'models = ["mini/xlmr"]\nsources = [["en"]]\n'
            f'[task.mine]\nkind = "{kind}"\nfiles = "{{lang}}.{{split}}.{suffix}"\n'
        )
        try:
            main(["plan", str(study), "--out", str(tmp_path / "out")])
        except SystemExit as stop:
            return int(str(stop.code)), capsys.readouterr().err
        return 0, capsys.readouterr().out

    return planned


def rows(*labels: Any) -> list[dict[str, Any]]:
    return [{"text": f"t {n}", "target": label} for n, label in enumerate(labels)]


def test_labels_and_columns_are_told(plan: Plan) -> None:
    code, said = plan("classify", "jsonl", en_train=rows("a", "a ", "b"), sw_test=rows("b"))
    assert (code, "mine: 2 labels in training data: a 2, b 1\n" in said) == (0, True)
    lines = [f"{n}\t{word}\t{lemma}\t{tag}" + "\t_" * 6 for n, word, lemma, tag in WORDS]
    tags = "\n".join(["# newpar", "# sent_id = 1", *lines, ""])
    code, said = plan("tag", "conllu", en_train=tags, sw_test=tags)
    assert "mine: words in column 2, tags in column 4: " in said
    assert "mine: 2 labels in training data: PROPN 1, VERB 1\n" in said


def test_what_scoring_would_refuse_is_refused_before(plan: Plan) -> None:
    code, said = plan(
        "classify", "jsonl", en_train=rows("a", "b"), sw_test=rows("c"), eu_test=rows("a", None)
    )
    assert code == 2
    assert "sw.test.jsonl:1: label 'c' is not in the label set" in said
    assert "eu.test.jsonl:2: no label, and 1 of 2 lines have none" in said


def test_a_source_without_labels_is_refused(plan: Plan) -> None:
    unlabelled = [{"text": "a"}, {"text": "b"}]
    code, said = plan("classify", "jsonl", en_train=unlabelled, sw_train=rows("a", "b"))
    assert code == 2
    assert "the training data of mine in 'en' have no labels" in said


def test_lemmas_and_single_labels_are_refused(plan: Plan) -> None:
    code, said = plan("tag", "conll", en_train="".join(f"w{n} l{n}\n" for n in range(300)))
    assert (code, "they are no tags" in said) == (2, True)
    code, said = plan("classify", "jsonl", en_train=rows("a", "a", "a "))
    assert (code, "1 label in all training data, 'a'; a task needs two" in said) == (2, True)
