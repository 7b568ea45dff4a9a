"""A plug-in file that was edited counts as another plug-in, whatever version it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest

from isogloss import Study, plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.store import Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study

METHOD = '''"""Keep some examples."""

from dataclasses import dataclass

from isogloss import Method


@dataclass(frozen=True)
class Some(Method):
    """Keep some examples."""

    def data(self, train, ctx):
        """Keep them."""
        return train[:8]
'''
METRIC = '''"""Count the right ones."""

import numpy as np

from isogloss import Metric


def stats(examples, predictions, lang):
    """Count."""
    return np.array([[float(e.target == p.value), 1.0] for e, p in zip(examples, predictions)])


METRIC = Metric("1", ("classify",), stats, lambda totals: totals[..., 0] / totals[..., 1])
'''
TASK = '''"""Tell a from b."""

from isogloss import Example, Task


def load(lang, split, data):
    """Make them."""
    return [Example(f"{split}-{n}", lang, {"text": f"word {n}"}, "ab"[n % 2]) for n in range(8)]


TASK = Task("1", "classify", ("en", "fr"), load, ("accuracy",), labels=("a", "b"))
'''
STUDY = """
name    = "s"
tasks   = ["{task}"]
models  = ["mini/xlmr"]
targets = ["fr"]

[fit]
steps = 1
batch = 4

[recipes]
plain = ""
some  = "some_method()"

[task.mine]
kind    = "classify"
metrics = ["right_ones"]
files   = "data/{{lang}}/{{split}}.jsonl"
"""
FILES = {"some_method": METHOD, "right_ones": METRIC, "odd_one": TASK}


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Callable[[str, str], Study]]:
    """Load the plug-ins as they stand, one of them perhaps edited, and a study that uses them."""
    for lang, split in (("en", "train"), ("en", "test"), ("fr", "test")):
        path = tmp_path / "data" / lang / f"{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "".join(f'{{"text": "w {n}", "target": "{"ab"[n % 2]}"}}\n' for n in range(8))
        )

    def loaded(task: str, edited: str = "") -> Study:
        for name, text in FILES.items():
            path = tmp_path / f"{name}.py"
            path.write_text(
                text.replace("8", "6").replace("1.0", "2.0") if name == edited else text
            )
            plugin.add(path)
        (tmp_path / "study.toml").write_text(STUDY.format(task=task))
        return Study.load(tmp_path / "study.toml")

    yield loaded
    for name in FILES:
        for added in (*plugin._added.values(), plugin._files, plugin._digests):
            added.pop(name, None)
    plugin._added["task"].pop("mine", None)


def ids(study: Study) -> dict[str, str]:
    return {cell.label: cell.run.id for cell in plan_study(study).cells}


def test_an_edited_method_makes_new_runs(ready: Callable[..., Study]) -> None:
    before, same = ids(ready("mine")), ids(ready("mine"))
    after = ids(ready("mine", "some_method"))
    assert before == same
    assert after["some"] != before["some"]
    assert after["plain"] == before["plain"]


def test_an_edited_metric_leaves_no_stale_score(
    ready: Callable[..., Study], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_study(ready("mine"), out)
    assert all("from:" in row.signature for row in Store(out).rows() if row.metric == "right_ones")
    run_study(ready("mine"), out)
    with pytest.raises(IsoglossError, match=r"(?s)scores of another 'right_ones'.*its weights"):
        run_study(ready("mine", "right_ones"), out)


def test_an_edited_task_is_another_task(ready: Callable[..., Study], tmp_path: Path) -> None:
    out = tmp_path / "out"
    study = ready("odd_one")
    before = ids(study)
    run_study(study, out)
    study = ready("odd_one", "odd_one")
    assert not set(before.values()) & set(ids(study).values())
    with pytest.raises(IsoglossError, match="holds runs of another task 'odd_one'"):
        run_study(study, out)


def test_a_distributions_version_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    built_in = parse("average()").identity()
    assert len(built_in[0]) == 3  # what the package brings says its version
    point = EntryPoint("mean", "isogloss.methods.params.average:Average", "isogloss.method")
    found = []
    for version in ("1.0", "1.1"):
        vars(point)["dist"] = SimpleNamespace(name="odd", version=version)
        entry = plugin.Entry("method", "odd.mean", "", point=point)
        monkeypatch.setitem(plugin.entries("method"), "odd.mean", entry)
        found.append(plugin.digest("method", "odd.mean"))
    assert found == ["odd 1.0", "odd 1.1"]
