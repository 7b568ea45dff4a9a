from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.analysis.fidelity import (
    conditional,
    examples,
    flow,
    judged,
    system_rates,
    wrong_languages,
)
from isogloss.analysis.system import System, systems
from isogloss.fidelity import judge
from isogloss.fidelity.file import Columns, survey
from isogloss.report.flow import picture
from isogloss.store import Store


@pytest.fixture
def found(made: Store) -> dict[str, System]:
    """Name the made-up systems by label and rate."""
    return {f"{one.label} {one.lr:g}": one for one in systems(made.rows())}


def test_flow_goes_from_the_language_asked_for_to_the_one_given(
    made: Store, found: dict[str, System]
) -> None:
    rates = system_rates(made, found["full 0.01"], ["ru", "th"])
    flows = flow(rates.values())
    assert sum(one.n for one in flows if one.asked == "ru") == rates["ru"].n == 120
    given = {one.given: one.n for one in flows if one.asked == "ru"}
    assert given["en"] > 0.8 * 120
    assert flows[0].given == "en"
    drawn = picture(flows)
    assert "Russian to English" in drawn
    assert drawn.count("<rect") >= 3


def test_examples_stand_under_their_verdict(made: Store, found: dict[str, System]) -> None:
    shown = examples(made, found["full 0.001"], "ru", most=1)
    assert set(shown) >= {"right", "wrong"}
    one, verdict = shown["wrong"][0]
    assert verdict.lang == "en"
    assert one.output.isascii()
    assert len(judged(made, found["full 0.001"].runs[0], "ru")) == 60


def test_what_is_wrong_is_said_in_words() -> None:
    texts = ["twenty days ago", "двадцать дней назад", "26", ""]
    assert wrong_languages(texts, "ru")[:3] == ["English", "", ""]


def test_conditional_scores_compare_on_shared_items(made: Store, found: dict[str, System]) -> None:
    metric = plugin.metric("exact_match")
    pair = [found["full 0.0001"], found["full 0.001"]]
    scores = conditional(made, pair, "ru", metric)
    good, bad = (scores[one.cell] for one in pair)
    assert good.n == bad.n <= min(good.own_n, bad.own_n)
    assert good.total == 120
    assert bad.own_n < 0.75 * good.own_n
    raw = pair[1].value("ru", "exact_match")
    assert raw is not None
    assert bad.own is not None
    assert bad.own > raw
    assert conditional(made, [], "ru", metric) == {}


def test_a_survey_counts_every_line_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for i in range(5000):
            text = ["Le fleuve a monté.", "The river rose.", "", "26"][i % 4]
            file.write(json.dumps({"lang": "fr", "text": text, "model": i % 2}) + "\n")
    told: list[int] = []
    done: list[int] = []
    result = survey(
        [path, path],
        judge(),
        Columns(by=("model",)),
        sink=lambda path, line, lang, text, verdict: told.append(line),
        progress=done.append,
    )
    assert result.n == sum(done) == 10_000
    assert told == [*range(1, 5001)] * 2
    even, odd = result.ordered()
    assert even.by == ("0",)
    assert even.rate.kinds == {"right": 2500, "empty": 2500}
    assert odd.rate.kinds == {"wrong": 2500, "unjudged": 2500}
    assert len(odd.examples["wrong"]) == 3
