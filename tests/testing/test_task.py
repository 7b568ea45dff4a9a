"""The conformance of tasks catches what it is there for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss import plugin
from isogloss.cli import main
from isogloss.core.task import Task
from isogloss.core.types import Answer, Example
from isogloss.testing import check_task, toy


@pytest.fixture(autouse=True)
def _own_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})


def check(task: Task) -> None:
    plugin._added["task"].pop(task.name, None)
    plugin.offer(task)
    check_task(task.name)


@pytest.mark.parametrize("kind", plugin.names("kind"))
def test_the_toy_tasks_pass(kind: str) -> None:
    check(toy.task(kind))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"version": ""}, "no version"),
        ({"kind": "classes"}, "kind is among"),
        ({"langs": ("en", "swa", "de")}, "write sw, not swa"),
        ({"langs": ("en", "en")}, "lists a language twice"),
        ({"default_targets": ("fr",)}, "default_targets are not in langs"),
        ({"licence": ""}, "no licence"),
        ({"labels": ()}, "labels"),
        ({"metrics": ("chrf",)}, "chrf is not for classify"),
        ({"metrics": ()}, "no metric"),
        ({"supply": replace(toy.task("classify").supply, digests={})}, "its name and version"),
        ({"fields": ("text", "pair")}, "no pair"),
    ],
)
def test_bad_declarations(change: dict[str, Any], error: str) -> None:
    with pytest.raises(AssertionError, match=error):
        check(replace(toy.task("classify"), **change))


def changed(kind: str, **change: Any) -> Task:
    """Change the first test example of every language."""

    def load(lang: str, split: str, data: Path | None) -> list[Example]:
        examples = toy.load(kind, lang, split)
        return [replace(examples[0], **change), *examples[1:]] if split == "test" else examples

    return replace(toy.task(kind), load=load)


@pytest.mark.parametrize(
    ("kind", "change", "error"),
    [
        ("classify", {"id": "classify-1312"}, "stand for several"),
        ("classify", {"lang": "fr"}, "its lang is fr"),
        ("classify", {"target": "new"}, "'new' is no label"),
        ("tag", {"target": ("O",)}, "don't fit"),
        ("tag", {"target": ("O", "O", "O", "B-X")}, "no labels"),
        ("span", {"target": (Answer("xy", 0),)}, "is not at 0"),
        ("span", {"target": ()}, "no answer"),
        ("choose", {"target": 9}, "no option 9"),
        ("choose", {"inputs": {"text": "1", "options": ("a", "a")}}, "and different"),
        ("generate", {"target": ""}, "no text"),
    ],
)
def test_bad_examples(kind: str, change: dict[str, Any], error: str) -> None:
    with pytest.raises(AssertionError, match=error):
        check(changed(kind, **change))


def test_a_declared_overlap_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    def load(lang: str, split: str, data: Path | None) -> list[Example]:
        examples = toy.load("classify", lang, split)
        return (
            [*examples, *toy.load("classify", lang, "test")[:2]] if split == "train" else examples
        )

    task = replace(toy.task("classify"), load=load, name="leaky")
    with pytest.raises(AssertionError, match=r"25.0% .* stand in train"):
        check(replace(task, overlap=0.24))
    check(replace(task, overlap=0.25))
    assert check_task("leaky") == [
        f"leaky {lang}: 25.0% of the test items stand in train" for lang in toy.LANGS
    ]
    main(["show", "leaky"])
    assert "25.0% of test items stand in train or dev" in capsys.readouterr().out


def test_leaks() -> None:
    task = toy.task("classify")
    same = replace(task, load=lambda lang, split, data: toy.load("classify", lang, "train"))
    with pytest.raises(AssertionError, match=r"100.0% of the test items .* overlap = 1"):
        check(same)
    text = {"text": lambda lang: [toy.load("generate", lang, "test")[0].target]}
    texts = replace(task.supply, gives=text)
    with pytest.raises(AssertionError, match="unlabelled text in 'en' holds"):
        check(replace(toy.task("generate"), supply=texts))
