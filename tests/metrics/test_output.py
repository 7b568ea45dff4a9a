from __future__ import annotations

import numpy as np
import pytest

from isogloss.core.types import Example, Prediction
from isogloss.fidelity.loop import loops
from isogloss.metrics import copied, cut, empty, limit, malformed, repeated


def test_copied_leaves_out_items_whose_reference_is_the_input(run) -> None:
    inputs = ["dans 3 jours", "Bonjour!", "deux ans"]
    golds = ["dans trois jours", "bonjour", "zwei Jahre"]
    assert run(copied.METRIC, golds, ["Dans 3 jours.", "bonjour", "2"], "fr", inputs) == 0.5
    assert run(copied.METRIC, [None], ["dans 3 jours"], "fr", inputs[:1]) == 1
    assert run(copied.METRIC, ["a"], [""], "fr", [""]) == 0
    assert np.isnan(run(copied.METRIC, ["oui"], ["non"], "fr", ["Oui."]))


@pytest.mark.parametrize(
    ("text", "stuck"),
    [
        ("twenty two two two", False),
        ("two two two two", True),
        ("on the hill on the hill on the hill on the hill", True),
        ("the more the more the more", False),
        ("aaaaaaaa", True),
        ("zzz 100000000", False),
        ("хахахахахахахаха", True),
        ("二十二十二十二十", True),
        ("สองสองสอง", False),
        ("", False),
    ],
)
def test_repeated(run, text: str, stuck: bool) -> None:
    assert run(repeated.METRIC, [""], [text]) == stuck


def test_whole_sentences_are_no_loops(run, texts) -> None:
    assert run(repeated.METRIC, [""] * len(texts), list(texts.values())) == 0
    assert not loops(list(range(100)), 4)


def test_empty(run) -> None:
    assert run(empty.METRIC, [""] * 5, ["", " \n\u200b", None, ".", "a"]) == 0.6


def test_flags() -> None:
    examples = [Example(str(i), "en", {}, "a") for i in range(4)]
    flags = [(), ("limit",), ("cut", "limit"), ("malformed",)]
    predictions = [Prediction(str(i), "a", flags=f) for i, f in enumerate(flags)]
    shares = {}
    for module in (limit, cut, malformed):
        totals = module.METRIC.stats(examples, predictions, "en").sum(0)
        shares[module.__name__.split(".")[-1]] = float(module.METRIC.score(totals))
    assert shares == {"limit": 0.5, "cut": 0.25, "malformed": 0.25}
