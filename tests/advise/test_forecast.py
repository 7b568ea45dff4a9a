"""What a study would bring, from a folder of results that may be empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import isogloss
import synthetic_store
from isogloss.advise.forecast import Prices, cells
from isogloss.core.errors import IsoglossError
from isogloss.store import Store
from isogloss.study.plan import plan_study
from isogloss.study.study import Study

TARGETS = ["fr", "de", "ru", "tr", "ja"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store.fill(tmp_path_factory.mktemp("forecast"), seeds=(0,), n=30)


def study(**more: Any) -> Study:
    table = {
        "name": "made", "tasks": ["verbalise"], "models": ["mini/mt5"], "targets": TARGETS,
        "recipes": {"full": "", "adapter": "adapter(size=32)", "untouched": "untouched()"},
    }  # fmt: skip
    return Study.of(table | more)


def rows(store: Store, out: Path, task: str = "verbalise") -> Path:
    """Copy the made-up results under the name of a task that has data."""
    for path in sorted(store.out.rglob("*.json*")):
        place = out / path.relative_to(store.out)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(path.read_text(encoding="utf-8").replace("made_up", task), "utf-8")
    return out


def test_without_any_rows_the_prior_answers(tmp_path: Path) -> None:
    (found,) = isogloss.forecast(study(), tmp_path)
    assert (found.scores, found.langs) == (0, 0)
    assert [(one.label, one.forecast.cell.target) for one in found.cells] == [
        (label, lang) for label in ("full", "adapter") for lang in ["en", *TARGETS]
    ]
    assert all(one.worth and one.best is None for one in found.cells)
    assert all("from the prior alone" in one.forecast.notes[0] for one in found.cells)
    assert found.advice is not None
    assert "en" not in dict(found.advice.labels)  # its labels are there
    assert found.curve is not None
    assert found.notes == ("no runs with labelled targets: what labels bring is from the prior",)


def test_a_source_of_the_study_is_not_to_be_labelled(tmp_path: Path) -> None:
    """Not of the best setting alone: another one of the study may learn from a target."""
    (found,) = isogloss.forecast(study(sources=[["en"], ["tr"]]), tmp_path)
    assert found.advice is not None
    assert {option.lang for option in found.advice.options} == {"fr", "de", "ru", "ja"}
    with pytest.raises(IsoglossError, match="'tr' is a source of the study"):
        isogloss.forecast(study(sources=[["en"], ["tr"]]), tmp_path, lang="tur")
    (none,) = isogloss.forecast(study(targets=["en"]), tmp_path)
    assert none.advice is None
    assert none.curve is None
    assert any("every target is a source" in note for note in none.notes)


def test_runs_that_help(tmp_path: Path) -> None:
    (found,) = isogloss.forecast(study(recipes={"full": ""}), tmp_path)
    assert found.runs is not None
    assert len(found.runs.cells) == 5
    assert set(found.runs.cells) <= {one.forecast.cell for one in found.cells}
    assert 0 < found.runs.left < 1


def test_rows_narrow_it_down(store: Store, tmp_path: Path) -> None:
    out = rows(store, tmp_path)
    (found,) = isogloss.forecast(study(), out, chance=0.2)
    assert found.scores > 10
    assert all(one.best is not None and one.chance is not None for one in found.cells)
    assert all(one.worth == (one.chance >= 0.2) for one in found.cells if one.chance is not None)
    assert max(one.forecast.high - one.forecast.low for one in found.cells) < 0.9


def test_a_cell_is_run_when_all_its_seeds_are() -> None:
    made = study(seeds=[0, 1])
    runs = [cell.run for cell in plan_study(made).cells if not cell.run.recipe]
    half = {runs[0].id: {("fr", "test")}}
    both = {run.id: {("fr", "test")} for run in runs}
    for done, ready in ((half, False), (both, True)):
        found = {cell: state for cell, (_, state) in cells(made, done)["verbalise"].items()}
        (only,) = (cell for cell in found if cell.target == "fr" and not cell.recipe)
        assert found.pop(only) is ready
        assert not any(found.values())


def test_a_study_that_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = study()
    done = {cell.run.id: set(cell.pairs) for cell in plan_study(made).cells}
    monkeypatch.setattr(Store, "done", lambda _: done)
    (found,) = isogloss.forecast(made, tmp_path)
    assert found.cells == ()
    assert found.notes[0] == "every cell of it is run"
    assert found.advice is not None


def test_words_are_counted_for_the_price(tmp_path: Path) -> None:
    (found,) = isogloss.forecast(study(), tmp_path, lang="deu", prices=Prices(0.1, 0.05))
    assert found.curve is not None
    assert found.curve.lang == "de"
    assert found.curve.translation is not None
    assert found.curve.translation.price > 0
    (given,) = isogloss.forecast(study(), tmp_path, prices=Prices(0.1, 0.05, words=1000))
    assert given.curve is not None
    assert given.curve.translation is not None
    assert given.curve.translation.price == 50


def test_bad_questions(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match="a chance of 2"):
        isogloss.forecast(study(), tmp_path, chance=2)
    with pytest.raises(IsoglossError, match="unknown target of the study: 'sw'"):
        isogloss.forecast(study(), tmp_path, lang="sw")
    with pytest.raises(IsoglossError, match="no study file"):
        isogloss.forecast(tmp_path / "none.toml", tmp_path)
