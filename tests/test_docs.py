"""Every command and code block of the README and the docs runs."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import isogloss
from isogloss import plugin
from isogloss.analysis.select.selection import KEYS
from isogloss.cli import main
from isogloss.core.run import Fit, Generate

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.M | re.S)
TARGETS = re.compile(r"^([a-z-]+):", re.M)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})
    for language, info, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if "file=" in info:
            path = tmp_path / info.split("file=")[1].split()[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if language == "bash":
            for line in text.replace("\\\n", " ").splitlines():
                command(line)
        elif language == "python" and "alone" in info:
            alone(text, tmp_path)
        elif language == "python" and "file=" not in info:
            exec(compile(text, str(page), "exec"), {"__name__": "docs"})
        elif language == "toml":
            tomllib.loads(text)


def alone(text: str, folder: Path) -> None:
    """Run a block in a fresh process that can't import this package."""
    code = f"import sys; sys.modules['isogloss'] = None\n{text}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def command(line: str) -> None:
    """Run a line of a shell block: isogloss in this process, make only by its target."""
    words = shlex.split(line, comments=True)
    if not words:
        return
    if words[0] == "make":
        assert words[1] in TARGETS.findall((ROOT / "Makefile").read_text()), line
        return
    if words[:2] == ["pip", "install"] or words[0] in ("git", "cd"):
        return
    assert words[0] == "isogloss", line
    code = 0
    try:
        main(words[1:])
    except SystemExit as stop:
        code = int(stop.code or 0)
    assert code == 0, line


def test_every_key_of_a_study_is_described() -> None:
    """Tables of docs/study.md name every key and its default, and none that is not there."""
    page = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
    for title, cls in (("Training", Fit), ("Writing text", Generate)):
        section = page.split(f"### {title}\n")[1].split("\n## ")[0].split("\n### ")[0]
        told = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \| [^|]+ \|$", section, re.M))
        assert [*told] == [f.name for f in dataclasses.fields(cls)]
        for f in dataclasses.fields(cls):
            text = told[f.name].strip().strip("`")
            if f.default is not None:
                assert tomllib.loads(f"x = {text}")["x"] == f.default, f.name
    section = page.split("## Choosing the rate\n")[1]
    assert re.findall(r"^\| `(\w+)` \|", section, re.M)[: len(KEYS)] == [*KEYS]


def test_what_python_needs_is_exported() -> None:
    for name in isogloss.__all__:
        assert getattr(isogloss, name) is not None
