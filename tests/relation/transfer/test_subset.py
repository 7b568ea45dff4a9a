"""Several sources at once."""

from __future__ import annotations

import random
from itertools import product

import pytest

from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.rank import Ranking, Source
from isogloss.relation.transfer.subset import (
    best_of,
    choose,
    coverage,
    expected_best,
    mean_of,
    observed,
    together,
)

LANGS = ("de", "fr", "tr", "ja")
SCORES = {
    ("de", "nl"): 0.9, ("de", "az"): 0.2, ("fr", "nl"): 0.6, ("fr", "az"): 0.3,
    ("tr", "nl"): 0.1, ("tr", "az"): 0.8, ("ja", "nl"): 0.5, ("ja", "az"): 0.5,
}  # fmt: skip


def test_average_and_worst_case_choose_differently() -> None:
    targets = ("nl", "az")
    pair = choose(best_of(SCORES), LANGS, targets, 2)
    assert pair.sources == ("de", "tr")
    assert pair.value == pytest.approx(0.85)
    assert pair.by_target == {"nl": 0.9, "az": 0.8}
    assert pair.exhaustive
    assert choose(best_of(SCORES), LANGS, targets, 1).sources == ("de",)
    assert choose(best_of(SCORES), LANGS, targets, 1, over="worst").sources == ("ja",)


def test_a_mean_takes_no_more_than_it_needs() -> None:
    assert choose(mean_of(SCORES), LANGS, ("nl",), 3).sources == ("de",)


def test_coverage_prefers_another_kind() -> None:
    alike = {(one, "x"): 0.9 for one in ("de", "nl")} | {("tr", "x"): 0.1}
    alike |= {(one, "y"): 0.1 for one in ("de", "nl")} | {("tr", "y"): 0.8}
    assert choose(coverage(alike), ("de", "nl", "tr"), ("x", "y"), 2).sources == ("de", "tr")
    with pytest.raises(IsoglossError, match="scale them"):
        coverage({("de", "x"): 1.5})


def test_measured_groups_count_more_than_foretold_ones() -> None:
    both = {(frozenset(("fr", "ja")), "nl"): 0.99}
    assert choose(observed(both, best_of(SCORES)), LANGS, ("nl",), 2).sources == ("fr", "ja")


def test_a_budget_holds() -> None:
    costs = {"de": 5.0, "fr": 1.0, "tr": 2.0, "ja": 1.0}
    found = choose(best_of(SCORES), LANGS, ("nl", "az"), 4, costs=costs, budget=3)
    assert found.sources == ("fr", "tr")
    assert found.cost == 3
    grown = choose(best_of(SCORES), LANGS, ("nl", "az"), 4, costs=costs, budget=3, exhaustive=False)
    assert grown.cost <= 3
    assert 0.5 < grown.value <= found.value
    with pytest.raises(IsoglossError, match="cheapest costs 1"):
        choose(best_of(SCORES), LANGS, ("nl",), 1, costs=costs, budget=0.5)


def test_one_by_one_comes_near_the_best() -> None:
    draw = random.Random(1)
    names = [f"s{i}" for i in range(9)]
    scores = {pair: draw.random() for pair in product(names, "abcde")}
    for over in ("mean", "worst"):
        whole = choose(best_of(scores), names, "abcde", 3, over=over)  # type: ignore[arg-type]
        grown = choose(best_of(scores), names, "abcde", 3, over=over, exhaustive=False)  # type: ignore[arg-type]
        assert not grown.exhaustive
        assert whole.value >= grown.value >= 0.63 * whole.value


def test_many_candidates_are_taken_one_by_one() -> None:
    names = [f"s{i}" for i in range(200)]
    scores = {(name, "x"): i / 200 for i, name in enumerate(names)}
    found = choose(best_of(scores), names, ("x",), 3)
    assert not found.exhaustive
    assert found.sources == ("s199",)


def test_a_second_source_may_turn_out_better() -> None:
    errors = dict.fromkeys(SCORES, 0.1)
    gain = expected_best(SCORES, errors)
    assert gain(("de",), "nl") == pytest.approx(0.9, abs=0.02)
    assert gain(("de", "tr"), "nl") == pytest.approx(0.9, abs=0.02)
    near = expected_best(SCORES | {("tr", "nl"): 0.9}, errors)
    assert near(("de", "tr"), "nl") > 0.93


def ranking(target: str) -> Ranking:
    sources = tuple(
        Source(lang, SCORES[lang, target], 0.0, 1.0, 0.0, 0.01, (), None, ()) for lang in LANGS
    )
    return Ranking(target, "ner", "tag", sources, 0.5, (), ())


def test_rankings_of_several_targets_are_put_together() -> None:
    assert set(together([ranking("nl"), ranking("az")], 2).sources) == {"de", "tr"}
    assert together([ranking("nl"), ranking("az")], 1, over="worst").sources == ("ja",)


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--target", "sw,yo", "--task", "ner", "--candidates", "en,ha,fr,ja"]
    main(["rank", *words, "--choose", "2"])
    text = capsys.readouterr().out
    assert text.startswith("Learn from ")
    assert "on Yoruba (yo)" in text


@pytest.mark.parametrize(
    ("candidates", "targets", "size", "what"),
    [
        ((), ("nl",), 1, "no candidate"),
        (("de",), (), 1, "no target"),
        (("de",), ("nl",), 0, "0 sources"),
        (("de", "de"), ("nl",), 1, "twice"),
        (("de", "it"), ("nl",), 1, "nothing is known of 'it' for 'nl'"),
    ],
)
def test_bad_input(
    candidates: tuple[str, ...], targets: tuple[str, ...], size: int, what: str
) -> None:
    with pytest.raises(IsoglossError, match=what):
        choose(best_of(SCORES), candidates, targets, size)
    with pytest.raises(IsoglossError, match="cost"):
        choose(best_of(SCORES), LANGS, ("nl",), 1, costs={"de": 1.0})
