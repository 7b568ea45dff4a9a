"""What `isogloss new` writes works at once, and nothing is lost for it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.cli import main
from isogloss.cli.new import GROUPS
from isogloss.core.errors import IsoglossError


@pytest.mark.parametrize("group", GROUPS)
def test_what_it_writes_passes_its_own_test(group: str, tmp_path: Path) -> None:
    main(["new", group, f"own_{group}", "--to", str(tmp_path / "mine")])
    names = sorted(path.name for path in (tmp_path / "mine").iterdir())
    assert names == [f"own_{group}.py", f"test_own_{group}.py"]
    held = runpy.run_path(str(tmp_path / "mine" / f"test_own_{group}.py"))
    tests = [value for name, value in held.items() if name.startswith("test_")]
    assert len(tests) > 1
    for test in tests:
        test()


def test_a_file_that_is_refused_leaves_nothing_of_it(tmp_path: Path) -> None:
    main(["new", "kind", "own_kind", "--to", str(tmp_path)])
    path = tmp_path / "own_kind.py"
    path.write_text(path.read_text().replace('Metric(version="1"', 'Metric(version="1", lower=1'))
    with pytest.raises(IsoglossError, match="lower"):
        plugin.add(path)
    path.write_text(path.read_text().replace(', lower=1, kinds=("own_kind",)', ', kinds=("own",)'))
    with pytest.raises(IsoglossError, match="did you mean 'own_kind'"):
        plugin.add(path)
    assert "own_kind" not in {*plugin.names("kind"), *plugin.names("head"), *plugin.names("metric")}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["method", "lora"], "method 'lora' exists already"),
        (["kind", "chrf"], "metric 'chrf' exists already"),
        (["method", "class"], "no name for a method"),
        (["task", "My-task"], "no name for a task"),
        (["task", "../mine"], "no name for a task"),
        (["method", "method"], "taken by what the file needs"),
        (["metric", "there"], "is there already"),
        (["method", "mine", "--to", "there.py"], "is no folder"),
        (["methods", "mine"], "is not one of"),
    ],
)
def test_what_it_refuses(
    args: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.py").write_text("mine")
    with pytest.raises(SystemExit) as stop:
        main(["new", *args])
    assert stop.value.code == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["there.py"]
    assert (tmp_path / "there.py").read_text() == "mine"
