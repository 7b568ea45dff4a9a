"""Examples of every kind, and what can't be right."""

from __future__ import annotations

from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.types import Answer, Example
from isogloss.kind.example import build, check_ids
from isogloss.kind.span import answer

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
        ("classify", {"text": "a", "target": " two  words\u00a0"}, "two words"),
        ("classify", {"text": "a", "target": "e\u0301te\u0301"}, "\u00e9t\u00e9"),
        ("tag", {"words": "10\u00a0000 b", "target": ["X ", "Y"]}, ("X", "Y")),
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
        (
            "span",
            {"question": "q", "context": CONTEXT, "target": ["Oslo", "fin"], "start": [21, 29.0]},
            (Answer("Oslo", 21), Answer("fin", 29)),
        ),
        ("choose", {"text": "a", "options": ["x", "y"], "target": "1"}, 1),
        ("choose", {"text": "a", "options": ["x", "y"], "target": 1.0}, 1),
        ("choose", {"text": "a", "options": ["1", "2"], "target": 1}, 1),
        ("choose", {"text": "a", "options": [1, 2], "target": "2"}, 1),
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
        ("classify", {"text": "a", "target": ""}, r"a\.jsonl:3: an empty label"),
        ("classify", {"text": "a", "target": " "}, r"a\.jsonl:3: an empty label"),
        ("classify", {"text": "a", "target": float("nan")}, "target must be text, got nan"),
        ("classify", {"text": "a", "target": float("inf")}, "target must be text, got inf"),
        ("classify", {"text": float("nan"), "target": "a"}, "text must be text, got nan"),
        ("classify", {"text": "a", "target": {"a": 1}}, "target must be text, got dict"),
        ("classify", {"text": "\ud83d", "target": "a"}, r"text has a lone surrogate, \\ud83d"),
        ("tag", {"words": ["a", None]}, "each of words must be text, got nothing"),
        ("tag", {"words": ["a"], "target": [""]}, "an empty label"),
        ("tag", {"words": ["a"], "target": [[1]]}, "each of target must be text, got list"),
        ("choose", {"text": "a", "options": ["x", None], "target": 0}, "each of options must be"),
        ("choose", {"text": "a", "options": ["x", "y"], "target": "\u00b2"}, "'\u00b2' is none of"),
        ("choose", {"text": "a", "options": ["x", "y"], "target": -1}, "'-1' is none of the 2"),
        ("choose", {"text": "a", "options": ["x", "y"], "target": True}, "'True' is none of"),
        ("choose", {"text": "a", "options": ["x", "y"], "target": "1" * 5000}, r"'1{79}…' is none"),
        ("choose", {"text": "a", "options": ["1", "0"], "target": "1"}, "the text of option 0 and"),
        ("choose", {"text": "a", "options": ["x"]}, r"a\.jsonl:3: options must be a list of two"),
        ("choose", {"text": "a", "options": ["x", "y"], "target": 2}, r"'2' is none of the 2 opt"),
        ("choose", {"text": "a", "options": ["x", "x"], "target": "x"}, r"'x' is none of the 2"),
    ],
)
def test_broken_values(kind: str, values: dict[str, Any], said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        made(kind, **values)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (True, "an answer must be text, got bool"),
        (1997, "an answer must be text, got int"),
        ([1997], "an answer must be text, got int"),
        ([{"text": 5, "start": 0}], "an answer must be text, got int"),
        ({"text": None}, "an answer must be text, got NoneType"),
        ({"text": ["Oslo", "Norge"], "answer_start": [0]}, "2 answers but 1 starts"),
        ({"text": ["Oslo", "Norge"], "answer_start": 0}, "2 answers but 1 starts"),
        ([{"text": "Oslo", "start": "\u00b2"}], "start '\u00b2' is no number"),
        ([{"text": "Oslo", "start": "1" * 5000}], "start '1{79}…' is no number"),
        ([{"text": "Oslo", "start": 1e999}], "start 'inf' is no number"),
        ([{"text": "Oslo", "start": 0.5}], r"start '0\.5' is no number"),
        ([{"text": "Oslo", "start": True}], "start 'True' is no number"),
        ([{"text": "Oslo", "start": [0]}], r"start '\[0\]' is no number"),
        ({"answer": "Oslo"}, "an answer without text"),
    ],
)
def test_answers_of_other_types(target: Any, said: str) -> None:
    with pytest.raises(IsoglossError, match=rf"a\.jsonl:3: {said}"):
        made("span", question="q", context=CONTEXT, target=target)


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
