"""Other distributions prove their plug-ins with pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
METRIC = '''"""Share of answers that are as long as the reference."""

import numpy as np

from isogloss import IsoglossError, Metric


def stats(examples, predictions, lang):
    """Count the items, and those of the right length."""
    if [e.id for e in examples] != [p.id for p in predictions]:
        raise IsoglossError("predictions and examples differ in order", "sort them alike")
    pairs = zip(examples, predictions, strict=True)
    return np.array([[float(len(p.value) == len(e.target)), 1.0] for e, p in pairs])


def score(totals):
    """Divide."""
    return totals[..., 0] / totals[..., 1]


METRIC = Metric(version="1", kinds=("generate",), stats=stats, score=score)
BAD = Metric(version="", kinds=("generate",), stats=stats, score=score)
'''
METHOD = '''"""Leave out every other example."""

from dataclasses import dataclass

from isogloss import Method


@dataclass(frozen=True)
class Halve(Method):
    """Leave out every other example."""

    kinds = ("classify",)
    families = ("encoder",)
    cite = ""

    def data(self, train, ctx):
        """Take a part."""
        return train[::2]
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write an installed distribution, and isogloss's own entry for pytest."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "lab_length.py").write_text(METRIC)
    (folder / "lab_halve.py").write_text(METHOD)
    points = {
        "lab": "[isogloss.metric]\nlength = lab_length:METRIC\nbad = lab_length:BAD\n"
        "[isogloss.method]\nhalve = lab_halve:Halve\n",
        "isogloss_testing": "[pytest11]\nisogloss = isogloss.testing.pytest_plugin\n",
    }
    for name, text in points.items():
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(text)
    return folder


def run(site: Path, folder: Path, *words: str) -> tuple[int, str]:
    """Run pytest in an empty folder, with the distribution installed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{site}{os.pathsep}{SRC}"},
        capture_output=True,
        text=True,
        timeout=110,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_plugin_is_checked_and_pytest_starts_light(site: Path, tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\ndef test_light():\n"
        "    assert 'isogloss.testing.pytest_plugin' in sys.modules\n"
        "    assert not {'torch', 'transformers', 'numpy'} & set(sys.modules)\n"
    )
    code, said = run(site, tmp_path, "--isogloss", "lab.length", "--isogloss", "lab.bad")
    assert code == 1
    assert "2 passed" in said
    assert "1 failed" in said
    assert "metric lab.bad: lab.bad has no version" in said
    assert "Traceback" not in said


def test_an_unknown_name_names_the_nearest(site: Path, tmp_path: Path) -> None:
    code, said = run(site, tmp_path, "--isogloss", "lab.lenght")
    assert code == 4
    assert "did you mean 'lab.length'" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_distribution_is_checked_whole(site: Path, tmp_path: Path) -> None:
    (tmp_path / "more.py").write_text(METHOD.replace("[::2]", ""))
    code, said = run(site, tmp_path, "--isogloss", "lab", "--isogloss", "more.py")
    assert code == 1
    assert "2 passed" in said
    assert "2 failed" in said
    assert "method more: more on classify, xlm-roberta: its data stage changes nothing" in said
