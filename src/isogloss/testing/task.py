"""Conformance of tasks: their examples are what their kind promises."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from pathlib import Path

from isogloss import plugin
from isogloss.core.content import content_hash
from isogloss.core.task import SPLITS, Task
from isogloss.core.types import Example
from isogloss.language.registry import canonical
from isogloss.testing.source import documented, light

LEAK = 0.05
"""Largest share of a test split that may stand word for word in another one without the
task's saying so in ``overlap``; real corpora repeat short sentences."""


def check_task(name: str, data: Path | None = None) -> list[str]:
    """Assert that a task keeps to the rules.

    Its declarations are complete; ids are unique; labels, spans and options are
    right; the splits overlap no more than it says; unlabelled text holds no test item.

    Args:
        name: the task's name.
        data: folder of real data; without it, a task that reads files or the hub
            is checked by its declarations alone.

    Returns:
        What is no fault and has to be known: the splits that overlap.
    """
    task = plugin.task(name)
    known: list[str] = []
    declares(task)
    if data is None and task.available is not None:
        return known
    there = task.available(data) if task.available else dict.fromkeys(task.langs, SPLITS)
    assert there, f"{name} has no language in {data}"
    assert any("train" in splits for splits in there.values()), f"{name} has nothing to train on"
    for lang, splits in there.items():
        loaded = {split: task.load(lang, split, data) for split in SPLITS}
        missing = [split for split in splits if not loaded[split]]
        assert not missing, f"{name}: {lang} promises {missing} and has none"
        for split, examples in loaded.items():
            check_examples(task, examples, lang, f"{name} {lang} {split}")
        known += _overlaps(task, loaded, f"{name} {lang}")
    _text_apart(task, next(lang for lang, splits in there.items() if "test" in splits), data)
    return known


def declares(task: Task) -> None:
    """Assert that a task's declarations are complete and agree with each other."""
    name, module = task.name, inspect.getmodule(task.load)
    assert module is not None
    light(module)
    documented(module, name)
    assert task.version, f"{name} has no version"
    kinds = plugin.names("kind")
    assert task.kind in kinds, f"{name}: kind is among {', '.join(kinds)}"
    assert task.langs, f"{name} has no languages"
    assert len(set(task.langs)) == len(task.langs), f"{name} lists a language twice"
    for lang in (*task.langs, *task.default_targets):
        assert canonical(lang) == lang, f"{name}: write {canonical(lang)}, not {lang}"
    assert set(task.default_targets) <= set(task.langs), f"{name}: default_targets are not in langs"
    for what in ("source", "licence", "cite"):
        assert getattr(task, what), f"{name} has no {what}"
    assert bool(task.labels) == bool(plugin.kind(task.kind).labels), f"{name}: labels"
    assert len(set(task.labels)) == len(task.labels), f"{name} lists a label twice"
    assert task.metrics, f"{name} has no metric"
    assert 0 <= task.overlap <= 1, f"{name}: overlap is a share, from 0 to 1"
    for metric in map(plugin.metric, task.metrics):
        assert task.kind in metric.kinds, f"{name}: {metric.name} is not for {task.kind}"
    headline = plugin.metric(task.metrics[0])
    assert headline.needs_gold, f"{name}: the first metric has to judge by the references"
    supply, asked = task.supply, {each.key: each.langs for each in plugin.materials()}
    strange = supply.gives.keys() - asked.keys()
    assert not strange, f"{name}: nobody asks for {strange}; known: {', '.join(asked)}"
    unnamed = [key for key in supply.gives if not asked[key] and key not in supply.digests]
    assert not unnamed, f"{name}: {unnamed} needs its name and version in digests, for identities"


def check_examples(task: Task, examples: Sequence[Example], lang: str, where: str) -> None:
    """Assert that the examples of one split are well formed."""
    ids = [example.id for example in examples]
    twice = (
        sorted({name for name in ids if ids.count(name) > 1}) if len(set(ids)) < len(ids) else []
    )
    assert not twice, f"{where}: the ids {twice[:3]} stand for several examples"
    for example in examples:
        at = f"{where} {example.id}"
        assert example.lang == lang, f"{at}: its lang is {example.lang}"
        absent = set(task.fields) - set(example.inputs)
        assert not absent, f"{at}: no {', '.join(absent)}"
        if example.target is not None:
            problem = plugin.kind(task.kind).problem(example, task.labels)
            assert not problem, f"{at}: {problem}"


def _text_apart(task: Task, lang: str, data: Path | None) -> None:
    """Assert that unlabelled text holds no answer of the test split."""
    if "text" not in task.supply.gives:
        return
    texts = set(task.supply.gives["text"](lang))
    found = [e.target for e in task.load(lang, "test", data) if str(e.target) in texts]
    assert not found, f"{task.name}: unlabelled text in '{lang}' holds the answer '{found[0]}'"


def _overlaps(task: Task, loaded: dict[str, list[Example]], where: str) -> list[str]:
    """Report how much of the test split can be learned by heart, and no more than declared."""
    test, told = [_content(example) for example in loaded["test"]], []
    for split in ("train", "dev"):
        seen = {_content(example) for example in loaded[split]}
        share = sum(content in seen for content in test) / max(1, len(test))
        what = f"{where}: {share:.1%} of the test items stand in {split}"
        hint = f"if they are released so, declare it: overlap = {math.ceil(share * 1000) / 1000}"
        assert share <= max(LEAK, task.overlap), f"{what}; {hint}"
        told += [what] if share else []
    return told


def _content(example: Example) -> str:
    return content_hash((example.inputs, example.target))
