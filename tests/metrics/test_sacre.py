from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example, Prediction
from isogloss.metrics import bleu, chrf, chrf_plus

GOLDS = ["The cat sat on the mat.", "It's 3.5 km away, isn't it?", "Yes.", "two dogs barked at us"]
GUESSES = ["the cat is on the mat.", "It is 3.5 km away, is it not?", "", "two dogs barked at them"]

WORD = st.sampled_from(["a", "b", "c", "d", "e", "f,", "(g)", "h.", "the", "cat", "sat"])
LINE = st.lists(WORD, max_size=9).map(" ".join)


def stats(metric, golds, guesses, lang="en"):
    examples = [Example(str(i), lang, {}, gold) for i, gold in enumerate(golds)]
    return metric.stats(examples, [Prediction(str(i), g) for i, g in enumerate(guesses)], lang)


@pytest.mark.parametrize(
    ("module", "scorer"), [(bleu, BLEU()), (chrf, CHRF()), (chrf_plus, CHRF(word_order=2))]
)
def test_corpus_scores_are_sacrebleus(run, module, scorer) -> None:
    official = scorer.corpus_score(GUESSES, [GOLDS])
    assert run(module.METRIC, GOLDS, GUESSES) == pytest.approx(official.score, abs=1e-9)
    assert module.METRIC.signature("en") == str(scorer.get_signature())


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(LINE, LINE), min_size=1, max_size=5))
def test_corpus_scores_are_sacrebleus_on_anything(pairs) -> None:
    golds, guesses = [list(side) for side in zip(*pairs, strict=True)]
    golds[0] += " four more words here"
    for module, scorer in ((bleu, BLEU()), (chrf, CHRF()), (chrf_plus, CHRF(word_order=2))):
        total = stats(module.METRIC, golds, guesses).sum(0)
        official = scorer.corpus_score(guesses, [golds]).score
        assert float(module.METRIC.score(total)) == pytest.approx(official, abs=1e-9)


def test_several_references(run) -> None:
    golds = [(a, b) for a, b in zip(GOLDS, reversed(GOLDS), strict=True)]
    streams = [list(side) for side in zip(*golds, strict=True)]
    for module, scorer in ((bleu, BLEU()), (chrf, CHRF()), (chrf_plus, CHRF(word_order=2))):
        official = scorer.corpus_score(GUESSES, streams).score
        assert run(module.METRIC, golds, GUESSES) == pytest.approx(official, abs=1e-9)


def test_scores_take_a_stack_of_totals() -> None:
    for module in (bleu, chrf, chrf_plus):
        rows = stats(module.METRIC, GOLDS, GUESSES)
        totals = np.stack([rows.sum(0), rows[:2].sum(0), rows[2]])
        single = [float(module.METRIC.score(total)) for total in totals]
        np.testing.assert_allclose(module.METRIC.score(totals), single)


def test_identical_text_scores_100_in_every_script(run, texts) -> None:
    for lang, text in texts.items():
        assert run(bleu.METRIC, [text], [text], lang) == pytest.approx(100)
        assert run(chrf.METRIC, [text], [text], lang) == pytest.approx(100)


def test_tokenizer_by_language() -> None:
    tokenizers = {
        "en": "13a",
        "ko": "13a",
        "zh-Hant": "zh",
        "ja": "char",
        "th": "char",
        "km": "char",
    }
    assert {lang: bleu.tokenizer(lang) for lang in tokenizers} == tokenizers
    assert "tok:char" in bleu.METRIC.signature("my")


def test_words_that_can_not_be_found_are_refused(run, texts) -> None:
    for lang in ("th", "ja", "zh", "km", "xx"):
        with pytest.raises(IsoglossError, match="undefined"):
            run(chrf_plus.METRIC, [texts.get(lang, texts["th"])], ["x"], lang)
    with pytest.raises(IsoglossError, match="no spaces"):
        run(bleu.METRIC, [texts["th"]], [texts["th"]], "xx")
    assert run(chrf_plus.METRIC, [texts["ko"]], [texts["ko"]], "ko") == pytest.approx(100)


def test_bleu_without_four_tokens_is_refused(run) -> None:
    with pytest.raises(IsoglossError, match="no reference has 4 tokens"):
        run(bleu.METRIC, ["twenty hours ago"], ["twenty hours ago"])


def test_chrf_of_empty_references_is_not_a_number(run) -> None:
    assert np.isnan(run(chrf.METRIC, [""], ["a"]))
    assert run(chrf.METRIC, ["a"], [""]) == 0
