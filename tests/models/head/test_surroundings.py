"""Solved examples and reasoning stand around a query, and are cut before it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit, Generate
from isogloss.core.template import Template, check
from isogloss.core.types import Example
from isogloss.models.decode.predict import predict
from isogloss.models.head.cut import kept
from isogloss.models.load import build
from isogloss.testing import tiny, toy
from isogloss.testing.trace import MACHINE

CHAT = (
    "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content | trim }}[/]{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
TEXTS = ("mt5", "mbart", "llama")


def model(kind: str, name: str, **template: Any) -> Any:
    task = replace(toy.task(kind), template=Template(**template))
    return build(str(tiny.backbone(name)), task, machine=MACHINE)


def solved(kind: str, count: int, lang: str = "en") -> tuple[Example, ...]:
    return tuple(toy.load(kind, lang, "train")[:count])


def read(built: Any, example: Example, size: int = 512) -> tuple[str, Any]:
    """Give what a model reads, special tokens left out, and the item."""
    fit = Fit(max_source=size, max_target=8)
    [item] = built.head.encode(built, [example], fit, train=False)
    return built.tokenizer.decode(item.features["input_ids"], skip_special_tokens=True), item


@pytest.mark.parametrize(
    ("query", "reasoning", "shown", "space", "expected"),
    [
        (10, 0, (5, 5), 20, (2, 0)),
        (10, 0, (5, 5), 19, (1, 0)),
        (10, 3, (5, 5), 18, (1, 3)),
        (10, 3, (5, 5), 12, (0, 2)),
        (10, 3, (5, 2), 9, (0, 0)),
        (4, 0, (1, 9, 1), 6, (1, 0)),  # no gap: what is farther than one that is too long goes
    ],
)
def test_what_stays(
    query: int, reasoning: int, shown: tuple[int, ...], space: int, expected: tuple[int, int]
) -> None:
    assert kept(query, reasoning, shown, space) == expected


def test_plain_layout() -> None:
    built = model("classify", "llama", instruction={"": "Even or odd?"}, cues={"answer": "So:"})
    query = replace(toy.load("classify", "sw", "test")[0], demonstrations=solved("classify", 2))
    text, item = read(built, query)
    first, second = (f"{e.inputs['text']}\nSo:\n{e.target}" for e in query.demonstrations)
    assert text == f"Even or odd?\n\n{first}\n\n{second}\n\n{query.inputs['text']}\nSo:\n"
    line = built.tokenizer("\n\n", add_special_tokens=False)["input_ids"]
    assert all(option[-2:] == line for option in item.meta["options"])
    alone, item = read(built, replace(query, demonstrations=()))
    assert alone == f"Even or odd? {query.inputs['text']}\nSo:\n"
    assert all(option[-1] == built.tokenizer.eos_token_id for option in item.meta["options"])


def test_chat_layout() -> None:
    built = model("choose", "llama", instruction={"sw": "Choose:\n"}, chat=True)
    built.tokenizer.chat_template = CHAT
    query = replace(toy.load("choose", "sw", "test")[0], demonstrations=solved("choose", 1))
    said = [
        "\n".join([e.inputs["text"], *e.inputs["options"]]) for e in (*query.demonstrations, query)
    ]
    answer = query.demonstrations[0].inputs["options"][query.demonstrations[0].target]
    turns = [
        {"role": "user", "content": "Choose:\n\n\n" + said[0]},
        {"role": "assistant", "content": answer},
        {"role": "user", "content": said[1]},
    ]
    whole = built.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    ids = built.tokenizer(whole, add_special_tokens=False)["input_ids"]
    assert read(built, query)[1].features["input_ids"] == ids


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("chat", [False, True])
def test_a_query_survives_what_stands_around_it(name: str, chat: bool) -> None:
    built, draw = model("choose", name, instruction={"": "Choose"}, chat=chat), random.Random(1)
    built.tokenizer.chat_template = CHAT
    query = toy.load("choose", "sw", "test")[0]
    alone = read(built, replace(query, inputs=dict(query.inputs)))[1].source
    texts = [query.inputs["text"], *query.inputs["options"]]
    counts = set()
    for size in [alone - 5, *range(alone, alone + 40, 13), *draw.sample(range(alone, 400), 12)]:
        asked = replace(query, demonstrations=solved("choose", 6), reasoning="so then " * 4)
        text, item = read(built, asked, size)
        assert item.source <= size
        if size < alone:
            bare, _ = read(built, query, size)
            assert text == bare
        else:
            assert all(each in text for each in texts)
        shown = [e.inputs["text"] in text for e in asked.demonstrations]
        assert shown == sorted(shown)  # the farthest go first
        assert ("cut" in item.flags) == (not all(shown) or "so then " * 4 not in text)
        counts.add(sum(shown))
    assert len(counts) > 2


@pytest.mark.parametrize("name", TEXTS)
def test_reasoning_keeps_its_end(name: str) -> None:
    built = model("generate", name)
    query = replace(toy.load("generate", "sw", "test")[0], reasoning="abc " * 20 + "Answer:")
    alone = read(built, replace(query, reasoning=""))[1].source
    text, item = read(built, query, alone + 30)
    assert query.inputs["text"] in text
    assert "Answer:" in text
    assert query.reasoning not in text
    assert item.flags == ("cut",)


def test_labels_in_words_of_a_language() -> None:
    words = {"sw": {"even": "shufwa", "odd": "witiri"}}
    built = model("classify", "llama", labels=words)
    query = toy.load("classify", "sw", "test")[0]
    [item] = built.head.encode(built, [query], Fit(), train=False)
    assert [built.tokenizer.decode(o[:-1]) for o in item.meta["options"]] == ["shufwa", "witiri"]
    [learned] = built.head.encode(built, [query], Fit(), train=True)
    assert words["sw"][query.target] in built.tokenizer.decode(learned.features["input_ids"])
    [other] = built.head.encode(built, [replace(query, lang="de")], Fit(), train=False)
    assert [built.tokenizer.decode(o[:-1]) for o in other.meta["options"]] == ["even", "odd"]
    [found] = predict(built, [query], fit=Fit(), generate=Generate(), machine=MACHINE)
    assert set(found.scores) == {"even", "odd"}
    assert found.value in found.scores


def test_tags_in_words_of_a_language() -> None:
    task = toy.task("tag")
    words = {label: f"neno{place}" for place, label in enumerate(task.labels)}
    built = model("tag", "llama", labels={"sw": words})
    query = toy.load("tag", "sw", "test")[0]
    [item] = built.head.encode(built, [query], Fit(), train=True)
    answer = [n for n in item.features["labels"] if n >= 0][:-1]
    assert built.tokenizer.decode(answer).split() == [words[label] for label in query.target]
    [found] = built.head.merge(built, [query], [item], [(answer, False)])
    assert found.value == query.target


def test_bad_templates_are_refused() -> None:
    labels = ("even", "odd")
    with pytest.raises(IsoglossError, match="both called 'x' in 'sw'"):
        check(Template(labels={"sw": {"even": "x", "odd": "x"}}), ("text",), labels)
    with pytest.raises(IsoglossError, match="'evn'"):
        check(Template(labels={"": {"evn": "x"}}), ("text",), labels)
    with pytest.raises(IsoglossError, match="is empty"):
        check(Template(labels={"": {"even": " "}}), ("text",), labels)
    with pytest.raises(IsoglossError, match="'txt'"):
        check(Template(cues={"txt": "Text:"}), ("text",), labels)
    built = model("generate", "llama", chat=True)
    for chat in ("{{ messages[0].content }}", "{{ raise_exception('no') }}"):
        built.tokenizer.chat_template = chat
        with pytest.raises(IsoglossError, match="can't show solved examples"):
            read(built, toy.load("generate", "sw", "test")[0])
