from __future__ import annotations

from dataclasses import replace

from isogloss.core.types import Row
from isogloss.relation.transfer.observation import Observation, observations
from isogloss.store import Results

ROW = Row(
    run="r", cell="c", task="sib200", task_version="1", model="mini/xlmr", recipe="", lr=1e-4,
    step=10, needs="", sources="en,fr", target="sw", condition="", split="test",
    metric="accuracy", signature="", value=0.5, n=100, seed=0, settings="s",
)  # fmt: skip


def test_rows() -> None:
    found = observations(Results([ROW, replace(ROW, run="r2", seed=1, value=0.7)]))
    assert [one.score for one in found] == [0.5, 0.7]
    assert found[0] == Observation("sib200", "mini/xlmr", (("en", 0), ("fr", 0)), "sw", 0.5, 100)
    assert found[0].sources == ("en", "fr")


def test_what_is_no_training_is_left_out() -> None:
    rows = [
        replace(ROW, recipe="untouched()", run="u", cell="u"),
        replace(ROW, value=None, run="v", cell="v", note="not covered", recipe="lora()"),
        replace(ROW, target="en"),
    ]
    (own,) = observations(rows)
    assert own.target == "en"
    assert own.sources == ("fr",)


def test_shots_of_the_target_are_in_the_mix() -> None:
    (one,) = observations([replace(ROW, recipe="shots(k=8)")])
    assert one.mix == (("en", 0), ("fr", 0), ("sw", 8))


def test_rates_are_chosen_on_source_dev() -> None:
    rows = []
    for lr, dev, test in ((1e-4, 0.9, 0.4), (1e-3, 0.5, 0.8)):
        run = replace(ROW, lr=lr, cell=f"{lr}", run=f"{lr}")
        rows += [replace(run, value=test)]
        rows += [replace(run, target=s, split="dev", value=dev) for s in ("en", "fr")]
    assert [one.score for one in observations(rows)] == [0.4]
