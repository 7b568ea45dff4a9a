"""The hub, through a stand-in for `datasets`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from isogloss import Study, plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.reader import hub, xquad
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry
from isogloss.tasks import sib200, udpos, uner, wikilingua, xlsum

NER = SimpleNamespace(names=["O", "B-PER"])
TABLES: dict[tuple[str, str], tuple[dict[str, Any], list[dict[str, Any]]]] = {
    (uner.HUB, "da_ddt"): (
        {
            "idx": None,
            "tokens": SimpleNamespace(feature=None),
            "ner_tags": SimpleNamespace(feature=NER),
        },
        [{"idx": "a", "tokens": ["Ann", "!"], "ner_tags": [1, 0]}],
    ),
    (udpos.HUB, "wo_wtb"): (
        {"tokens": None, "upos": None},
        [{"tokens": ["Ann", "du", "x"], "upos": ["PROPN", "_", "X"]}],
    ),
    (sib200.RELEASE.hub, "swh_Latn"): (
        {"index_id": None, "category": None, "text": None},
        [{"index_id": n, "category": "health", "text": "maji"} for n in range(204)],
    ),
    (xlsum.RELEASE.hub, "serbian_latin"): (
        dict.fromkeys(("id", "url", "title", "summary", "text")),
        [{"id": "a", "url": "u", "title": "t", "summary": "Voda.", "text": "Voda je tu."}],
    ),
    (wikilingua.RELEASE.hub, "tr"): (
        dict.fromkeys(("gem_id", "source", "target")),
        [{"gem_id": name, "source": "Su.", "target": "İç."} for name in ("1", "sampled-1")],
    ),
}


class Found(list[dict[str, Any]]):
    features: dict[str, Any]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    for kept in (hub.rows, hub.splits, hub._content):
        kept.cache_clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []

    def load_dataset(name: str, config: str | None, **given: Any) -> Found:
        calls.append((name, config, given))
        features, rows = TABLES[name, config or given["data_dir"]]
        found = Found(rows)
        found.features = features
        return found

    module: Any = ModuleType("datasets")
    module.load_dataset = load_dataset
    module.get_dataset_split_names = lambda name, config, revision: ["train", "test"]
    monkeypatch.setitem(sys.modules, "datasets", module)
    return calls


def test_class_labels_come_back_as_names(asked: list[Any]) -> None:
    (example,) = uner.load("da", "dev", None)
    assert (example.inputs["words"], example.target) == (("Ann", "!"), ("B-PER", "O"))
    given = {"split": "validation", "revision": uner.REVISION, "data_dir": "da_ddt"}
    assert asked == [(uner.HUB, None, given)]


def test_a_missing_label_is_none() -> None:
    class Names:
        names = ("a", "b")

    assert [hub._label(value, Names()) for value in (1, -1, None)] == ["b", None, None]


def test_withheld_words_are_left_out(asked: list[Any]) -> None:
    (example,) = udpos.load("wo", "test", None)
    assert (example.inputs["words"], example.target) == (("Ann", "x"), ("PROPN", "X"))
    assert udpos.load("wo", "dev", None) == []
    assert len(asked) == 1


def test_each_language_of_a_release_is_a_folder(asked: list[Any]) -> None:
    (article,) = xlsum.load("sr-Latn", "dev", None)
    assert (article.id, article.inputs["text"], article.target) == ("a", "Voda je tu.", "Voda.")
    (how_to,) = wikilingua.load("tr", "test", None)
    assert (how_to.id, how_to.inputs["text"], how_to.target) == ("1", "Su.", "İç.")
    assert [(name, config, given["split"]) for name, config, given in asked] == [
        ("csebuetnlp/xlsum", None, "validation"),
        ("GEM/wiki_lingua", None, "test"),
    ]
    assert [given["data_dir"] for _, _, given in asked] == ["serbian_latin", "tr"]


def test_a_split_of_another_size_is_refused(asked: list[Any]) -> None:
    assert len(sib200.load("sw", "test", None)) == 204
    with pytest.raises(IsoglossError, match="has 204 items in train, not 701"):
        sib200.load("sw", "train", None)


def test_what_the_hub_raises_is_told_with_the_way_round(asked: list[Any]) -> None:
    with pytest.raises(
        IsoglossError, match=r"'google/xquad' \(xquad.en\) can't be loaded.*\n.*--data"
    ):
        xquad.load("en", "test", None)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(
        IsoglossError, match=r"needs the package datasets\n.*isogloss\[hub\].*--data"
    ):
        xquad.load("en", "test", None)


def test_udpos_spells_the_names_of_the_hub() -> None:
    spelled = [udpos._config(lang) for lang in ("en", "nb", "se", "ku", "ajp")]
    assert spelled == ["en_ewt", "no_bokmaal", "sme_giella", "kmr_mg", "ajp_madar"]


def test_what_may_move_is_hashed_and_a_commit_is_not(asked: list[Any]) -> None:
    pinned = sib200.RELEASE.digest("sw", "train", None)
    assert pinned == f"{sib200.RELEASE.hub}@{sib200.RELEASE.revision}"
    assert not asked
    features, rows = TABLES[xlsum.RELEASE.hub, "serbian_latin"]
    digest = xlsum.RELEASE.digest
    before = digest("sr-Latn", "train", None)
    hub.rows.cache_clear()
    assert digest("sr-Latn", "train", None) == before
    for kept in (hub.rows, hub._content):
        kept.cache_clear()
    TABLES[xlsum.RELEASE.hub, "serbian_latin"] = (features, [{**rows[0], "text": "Voda."}])
    try:
        assert digest("sr-Latn", "train", None) != before
    finally:
        TABLES[xlsum.RELEASE.hub, "serbian_latin"] = (features, rows)


@pytest.mark.parametrize("name", plugin.names("task"))
def test_what_the_hub_has_is_pinned_or_says_that_it_moves(name: str) -> None:
    """Whoever names a revision in a task's file also says whether it is a commit."""
    task = plugin.task(name)
    module: Any = sys.modules[task.load.__module__]
    release = getattr(module, "RELEASE", None)
    revision = release.revision if release else getattr(module, "REVISION", None)
    if revision is not None:
        assert bool(task.moving) == (hub.COMMIT.fullmatch(revision) is None)
        assert revision in task.moving or not task.moving


def test_a_real_data_set_is_hashed_by_what_it_holds(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    found = set()
    for text in ("eins", "zwei", "eins"):
        where = tmp_path / f"set-{len(list(tmp_path.iterdir()))}"
        where.mkdir()
        (where / "train.jsonl").write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
        assert hub.rows(str(where), None, "train") == ({"text": text},)
        found.add(hub.fingerprint(str(where), None, "train").rpartition(":")[2])
    assert len(found) == 2
    assert hub.fingerprint(str(tmp_path / "none"), None, "train").endswith(":unread")


def test_plan_and_rows_say_what_is_not_pinned(asked: list[Any], tmp_path: Path) -> None:
    study = Study(
        name="s",
        tasks=("xlsum",),
        models=("mini/mt5",),
        sources=(("sr-Latn",),),
        targets=("sr-Latn",),
        recipes={"plain": RecipeEntry("")},
        fit=Fit(steps=1, batch=1, max_source=16, max_target=8),
    )
    [told] = plan_study(study).warnings
    assert "xlsum is not pinned: csebuetnlp/xlsum@refs/convert/parquet may hold other" in told
    rows = run_study(study, tmp_path)
    assert {"data not pinned" in row.note for row in rows} == {True}
