"""Examples of every kind, and what can't be right."""

from __future__ import annotations

from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.types import Answer, Example
from isogloss.data.example import answer, build, check_ids

CONTEXT = "Oslo ligger i Norge. Oslo er fin."


def made(kind: str, labels: tuple[str, ...] = (), **values: Any) -> Example:
    return build(kind, values, where="a.jsonl:3", id="1", lang="nb", labels=labels)


@pytest.mark.parametrize(
    ("kind", "values", "target"),
    [
        ("generate", {"text": "a", "target": "b"}, "b"),
        ("generate", {"text": "a"}, None),
        ("classify", {"text": "a", "pair": "b", "target": 1}, "1"),
        ("classify", {"text": 3, "target": True}, "true"),
        ("tag", {"words": "a b", "target": "X Y"}, ("X", "Y")),
        ("tag", {"words": ["a", "b"], "target": None}, None),
        ("span", {"question": "q", "context": CONTEXT, "target": "Norge"}, (Answer("Norge", 14),)),
        (
            "span",
            {"question": "q", "context": CONTEXT, "target": "Oslo", "start": "21"},
            (Answer("Oslo", 21),),
        ),
        (
            "span",
            {
                "question": "q",
                "context": CONTEXT,
                "target": {"text": ["Oslo", "Norge"], "answer_start": [0, 14]},
            },
            (Answer("Oslo", 0), Answer("Norge", 14)),
        ),
        (
            "span",
            {"question": "q", "context": CONTEXT, "target": [{"text": "Oslo", "start": 0}, "fin"]},
            (Answer("Oslo", 0), Answer("fin", 29)),
        ),
        ("choose", {"text": "a", "options": ["x", "y"], "target": "y"}, 1),
        ("choose", {"text": "a", "options": ["x", "y"], "target": 0}, 0),
        ("choose", {"text": "a", "options": ["x", "y"], "target": "1"}, 1),
        ("retrieve", {"text": "a", "options": ("x", "y", "z"), "target": "z"}, 2),
    ],
)
def test_targets(kind: str, values: dict[str, Any], target: Any) -> None:
    example = made(kind, **values)
    assert example.target == target
    assert (example.id, example.lang, example.origin) == ("1", "nb", "gold")


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("generate", {"text": ["a"]}, r"a\.jsonl:3: text must be text, got list"),
        ("generate", {"target": "b"}, r"a\.jsonl:3: text must be text, got nothing"),
        ("tag", {"words": ["a", "b"], "target": ["X"]}, r"a\.jsonl:3: 2 words but 1 tags"),
        ("tag", {"words": [], "target": []}, r"a\.jsonl:3: an empty word, or no word"),
        ("tag", {"words": ["a", ""], "target": None}, r"a\.jsonl:3: an empty word"),
        ("tag", {"words": 5}, r"a\.jsonl:3: words must be a list, got int"),
        ("span", {"question": "q", "context": CONTEXT, "target": "Oslo"}, r"'Oslo' is 2 times"),
        ("span", {"question": "q", "context": CONTEXT, "target": "Paris"}, r"'Paris' is 0 times"),
        ("span", {"question": "q", "context": CONTEXT, "target": []}, "without an answer"),
        ("span", {"question": "q", "context": CONTEXT, "target": [{"t": 1}]}, "without text"),
        ("choose", {"text": "a", "options": ["x"]}, r"a\.jsonl:3: options must be a list of two"),
        ("choose", {"text": "a", "options": ["x", "y"], "target": 2}, r"'2' is none of the 2 opt"),
        ("choose", {"text": "a", "options": ["x", "x"], "target": "x"}, r"'x' is none of the 2"),
    ],
)
def test_broken_values(kind: str, values: dict[str, Any], said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        made(kind, **values)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (15, r"a:1: the answer 'Norge' is not at 15 of its context\n.*it starts at 14"),
        (-1, r"is not at -1 of its context\n.*it starts at 14"),
        ("x", r"a:1: start 'x' is no number"),
    ],
)
def test_a_span_that_does_not_match(start: Any, said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        answer(CONTEXT, "Norge", start, "a:1")


def test_a_span_that_is_nowhere() -> None:
    with pytest.raises(IsoglossError, match=r"at 0 stands 'Oslo ', and the answer is nowhere"):
        answer(CONTEXT, "Paris", 0, "a:1")
    with pytest.raises(IsoglossError, match="is not at 0"):
        answer(CONTEXT, "", 0, "a:1")


def test_labels_outside_the_set() -> None:
    labels = ("sport", "politics")
    assert made("classify", labels, text="a", target="sport").target == "sport"
    with pytest.raises(
        IsoglossError, match=r"a\.jsonl:3: label 'sprot' is not in the label set\n.*mean 'sport'\?"
    ):
        made("classify", labels, text="a", target="sprot")
    with pytest.raises(IsoglossError, match="label 'B-X'"):
        made("tag", ("O",), words="a b", target="O B-X")


def test_two_examples_with_one_id() -> None:
    one = Example("7", "en", {"text": "a"})
    with pytest.raises(IsoglossError, match=r"b:9: id '7' is there already, at b:2"):
        check_ids([("b:2", one), ("b:9", one)])
