"""What holds for every metric of the package."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Answer, Example, Prediction
from isogloss.metrics.bootstrap import interval
from isogloss.testing import toy

METRICS = plugin.names("metric")


def world(kind: str) -> tuple[list[Example], list[Prediction]]:
    """Make a split of some kind whose predictions are mostly right."""
    rng = random.Random(0)
    words = ["twenty", "days", "ago", "the", "quick", "brown", "fox", "jumped", "over", "dogs"]
    golds: list[Any]
    if kind in ("generate", "span"):
        golds = [" ".join(rng.sample(words, 6)) for _ in range(40)]
    elif kind == "tag":
        golds = [tuple(rng.choice(["O", "B-PER", "I-PER"]) for _ in range(5)) for _ in range(40)]
    elif kind == "classify":
        golds = [rng.choice("abc") for _ in range(40)]
    elif plugin.kind(kind).options:
        golds = [rng.randrange(4) for _ in range(40)]
    else:
        toys = [example.target for example in toy.load(kind, "en", "train")]
        golds = [rng.choice(toys) for _ in range(40)]
    values = [gold if rng.random() < 0.7 else rng.choice(golds) for gold in golds]
    targets = [(Answer(gold, 0),) for gold in golds] if kind == "span" else golds
    examples = [Example(f"{i}", "en", {"text": "?"}, t) for i, t in enumerate(targets)]
    return examples, [Prediction(f"{i}", v) for i, v in enumerate(values)]


CASES = [(name, kind) for name in METRICS for kind in plugin.metric(name).kinds]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_statistics_add_up_and_order_plays_no_part(name: str, kind: str) -> None:
    metric = plugin.metric(name)
    examples, predictions = world(kind)
    stats = metric.stats(examples, predictions, "en")
    assert stats.dtype == np.float64
    assert stats.shape[0] == len(examples)
    value = float(metric.score(stats.sum(0)))
    assert 0 <= value <= metric.scale
    order = random.Random(1).sample(range(len(examples)), len(examples))
    shuffled = metric.stats([examples[i] for i in order], [predictions[i] for i in order], "en")
    assert float(metric.score(shuffled.sum(0))) == pytest.approx(value)
    low, high = interval(stats, metric.score, n=200)
    assert low - 1e-9 <= value <= high + 1e-9


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_predictions_are_checked_against_examples(name: str, kind: str) -> None:
    metric = plugin.metric(name)
    examples, predictions = world(kind)
    with pytest.raises(IsoglossError, match="39 predictions"):
        metric.stats(examples, predictions[:-1], "en")
    with pytest.raises(IsoglossError, match="stands beside"):
        metric.stats(examples, predictions[::-1], "en")


@pytest.mark.parametrize("name", METRICS)
def test_metrics_describe_themselves(name: str) -> None:
    metric = plugin.metric(name)
    summary = plugin.entries("metric")[name].summary()
    assert summary.endswith(".")
    assert len(summary) <= 80
    assert metric.name == name
    assert set(metric.kinds) <= set(plugin.names("kind"))
    assert metric.scale in (1.0, 100.0)
    assert isinstance(metric.signature("th"), str)


def test_text_metrics_refuse_labels() -> None:
    with pytest.raises(IsoglossError, match="int where text is scored"):
        plugin.metric("chrf").stats([Example("1", "en", {}, "a")], [Prediction("1", 3)], "en")


def test_what_a_kind_is_scored_with_serves_it() -> None:
    """Whether the metric's file names it or not."""
    for name, kind in plugin.kinds().items():
        assert all(name in plugin.metric(each).kinds for each in kind.metrics)
