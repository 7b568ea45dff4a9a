from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.metrics import rouge_1, rouge_2, rouge_l
from isogloss.metrics.rouge import longest_common

# Computed with rouge_score 0.1.2, use_stemmer=False: F of rouge1, rouge2, rougeL.
GOLDEN = [
    ("The cat sat on the mat.", "the cat is on the mat", 0.833333, 0.6, 0.833333),
    (
        "Don't panic: it's 3.14, isn't it?",
        "do not panic it is 3.14",
        0.470588,
        0.266667,
        0.470588,
    ),
    ("a b c d e f g", "g f e d c b a", 1.0, 0.0, 0.142857),
    ("police killed the gunman", "the gunman killed police", 1.0, 0.333333, 0.5),
    ("snake_case and kebab-case", "Snake case; and kebab case!", 1.0, 1.0, 1.0),
    ("one two two three three three", "two two two three one", 0.727273, 0.444444, 0.545455),
    ("completely different", "nothing shared here", 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize(("gold", "guess", "one", "two", "longest"), GOLDEN)
def test_agrees_with_rouge_score(run, gold, guess, one, two, longest) -> None:
    for metric, value in ((rouge_1, one), (rouge_2, two), (rouge_l, longest)):
        assert run(metric.METRIC, [gold], [guess]) == pytest.approx(value, abs=1e-6)


def test_identical_text_scores_one_in_every_script(run, texts) -> None:
    for metric in (rouge_1, rouge_2, rouge_l):
        for lang, text in texts.items():
            assert run(metric.METRIC, [text], [text], lang) == 1
        assert run(metric.METRIC, ["सात"], ["सात"], "ne") == 1


def test_part_of_a_text_scores_between(run, texts) -> None:
    for lang, text in texts.items():
        assert 0.3 < run(rouge_l.METRIC, [text], [text[: 2 * len(text) // 3]], lang) < 1


def test_other_scripts_share_nothing(run, texts) -> None:
    assert run(rouge_1.METRIC, [texts["ru"]], [texts["en"]], "ru") == 0
    assert run(rouge_1.METRIC, ["!", "a"], ["a", ""], "en") == 0


def test_the_nearest_reference_counts(run) -> None:
    assert run(rouge_1.METRIC, [("a b", "c d")], ["c d"]) == 1


def slow_longest_common(one: list[str], other: list[str]) -> int:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
            )
    return table[-1][-1]


@given(
    st.lists(st.sampled_from("abc"), max_size=90), st.lists(st.sampled_from("abcd"), max_size=90)
)
def test_bit_vectors_find_the_longest_common_subsequence(one, other) -> None:
    assert longest_common(one, other) == slow_longest_common(one, other)
