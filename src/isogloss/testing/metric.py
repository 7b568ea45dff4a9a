"""Conformance of metrics: perfect output scores best, and items add up."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.types import Answer, Example, Prediction
from isogloss.testing import toy
from isogloss.testing.source import documented, light


def check_metric(name: str) -> None:
    """Assert that a metric keeps to the rules, on every kind of task it claims.

    Statistics are one row an item and add up; scores lie on the scale; where a
    reference is needed, perfect output scores best and wrong output worse; and
    a wrong order of predictions is refused or scored otherwise.
    """
    metric = plugin.metric(name)
    module = inspect.getmodule(metric.stats)
    assert module is not None
    light(module)
    documented(module, name)
    assert metric.version, f"{name} has no version"
    assert metric.scale > 0, f"{name}: the scale is positive"
    assert metric.kinds, f"{name} scores no kind of task"
    for kind in metric.kinds:
        scores(metric, kind, f"{name} on {kind}")
    assert isinstance(metric.signature("en"), str), f"{name}: the signature is a text"


def scores(metric: Metric, kind: str, where: str) -> None:
    """Score right and wrong output of one kind of task."""
    gold = toy.load(kind, "en", "test")
    right = [Prediction(example.id, _answer(example)) for example in gold]
    wrong = [replace(p, value=_other(gold, i)) for i, p in enumerate(right)]
    best, worse = _score(metric, gold, right), _score(metric, gold, wrong)
    assert 0 <= best <= metric.scale, f"{where}: {best} is beyond the scale {metric.scale}"
    assert 0 <= worse <= metric.scale, f"{where}: {worse} is beyond the scale {metric.scale}"
    if metric.needs_gold and metric.higher:
        assert np.isclose(best, metric.scale), f"{where}: perfect output scores {best}"
        assert worse < best, f"{where}: wrong output scores no worse than right output"
    turned = list(range(len(gold)))[::-1]
    again = _score(metric, [gold[i] for i in turned], [wrong[i] for i in turned])
    assert np.isclose(worse, again), f"{where}: the order of the items moves the score"
    _refuses_disorder(metric, gold, right, where)


def _score(metric: Metric, gold: Sequence[Example], predictions: Sequence[Prediction]) -> float:
    stats = np.asarray(metric.stats(gold, predictions, "en"))
    assert stats.ndim == 2, f"{metric.name}: statistics are (items, k)"
    assert len(stats) == len(gold), f"{metric.name}: statistics have one row an item"
    assert stats.dtype == np.float64, f"{metric.name}: statistics are float64"
    total = stats.sum(0)
    one, two = (np.asarray(metric.score(t)) for t in (total, np.stack([total, total])))
    assert one.shape == (), f"{metric.name}: totals (k,) give one score"
    assert two.shape == (2,), f"{metric.name}: totals (..., k) give scores (...,)"
    assert np.allclose(one, two), f"{metric.name}: scores of several totals differ from one's"
    return float(one)


def _refuses_disorder(
    metric: Metric, gold: Sequence[Example], right: Sequence[Prediction], where: str
) -> None:
    """Assert that predictions beside other examples are an error."""
    try:
        metric.stats(gold, list(right)[::-1], "en")
    except IsoglossError:
        return
    raise AssertionError(f"{where}: predictions beside other examples are not refused")


def _answer(example: Example) -> Any:
    """Give the right output in the form of a prediction."""
    if isinstance(example.target, tuple) and isinstance(example.target[0], Answer):
        return example.target[0].text
    return example.target


def _other(gold: Sequence[Example], index: int) -> Any:
    """Give an output that is right for another item and wrong for this one; or none at all."""
    answers = [_answer(example) for example in gold]
    return next((answer for answer in answers if answer != answers[index]), None)
