"""What doesn't fit is told: inputs, targets, labels and options."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sample
import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Answer, Example, Prediction
from isogloss.models.decode.limit import lost
from isogloss.models.decode.predict import predict
from isogloss.models.head.cut import FLOOR, shares
from isogloss.models.load import build
from isogloss.models.save import export
from isogloss.models.train.fit import fit
from isogloss.run.score import Cost

CPU = Machine(device="cpu")
SHORT = Fit(steps=1, batch=4, max_source=12, max_target=4)
START = "in five days the ship sails"
"""Longer than the longest target."""
TEXT = " ".join([tiny._WORDS["en"]] * 3)

Make = Callable[..., Any]


@pytest.fixture
def make(checkpoints: Path) -> Make:
    """Build a tiny model for a task of a kind."""

    def built(name: str, kind: str, **settings: Any) -> Any:
        return build(str(tiny.checkpoint(name, checkpoints)), sample.task(kind, **settings))

    return built


def ask(model: Any, examples: list[Example], settings: Fit = SHORT) -> list[Prediction]:
    return predict(model, examples, fit=settings, generate=Generate(), machine=CPU)


@pytest.mark.parametrize("name", ["mt5", "mbart", "llama", "bloom"])
def test_labels_are_read_to_their_end(make: Make, name: str) -> None:
    labels = (f"{START} two", f"{START} city")
    model = make(name, "classify", labels=labels, fields=("text",))
    examples = [Example("0", "en", {"text": "the city"}, labels[1])]
    [asked] = model.head.encode(model, examples, SHORT, train=False)
    assert asked.meta["options"][0] != asked.meta["options"][1]
    [learned] = model.head.encode(model, examples, SHORT, train=True)
    taught = [number for number in learned.features["labels"] if number >= 0]
    assert taught == asked.meta["options"][1]
    whole = ask(model, examples, replace(SHORT, max_target=256))
    assert ask(model, examples) == whole
    assert whole[0].scores[labels[0]] != whole[0].scores[labels[1]]


@pytest.mark.parametrize("name", ["mt5", "llama"])
def test_so_are_options(make: Make, name: str) -> None:
    model = make(name, "choose")
    options = (f"{START} two", f"{START} city")
    example = Example("0", "en", {"text": "the city", "options": options})
    [found] = ask(model, [example], replace(SHORT, max_source=256))
    assert found.scores["0"] != found.scores["1"]
    assert found.flags == ()


@pytest.mark.parametrize("kind", ["classify", "tag"])
def test_labels_beyond_the_positions_are_named_before_training(kind: str, tmp_path: Path) -> None:
    path = str(tiny.checkpoint("mbart", tmp_path, positions=24))
    names = ("O", f"{TEXT} two", f"{TEXT} city")
    model = build(path, sample.task(kind, labels=names))
    example = {
        "classify": Example("0", "en", {"text": "ship", "pair": "two"}, "O"),
        "tag": Example("0", "en", {"words": ("ship",)}, ("O",)),
    }[kind]
    with pytest.raises(IsoglossError, match=r"room for 23 tokens of a label") as caught:
        fit(model, [example], fit=SHORT, seed=0, machine=CPU)
    assert repr(names[1]) in str(caught.value)
    assert repr(names[2]) in str(caught.value)


@pytest.mark.parametrize("name", ["mt5", "mbart"])
@pytest.mark.parametrize("kind", ["classify", "tag"])
def test_labels_that_a_tokenizer_cannot_tell_apart(make: Make, name: str, kind: str) -> None:
    model = make(name, kind, labels=("☀", "☁"))
    examples = [replace(example, target=None) for example in sample.examples(kind)]
    with pytest.raises(IsoglossError, match="'☀' and '☁' are the same to the tokenizer"):
        ask(model, examples)


def test_options_beyond_the_positions_are_flagged(tmp_path: Path) -> None:
    path = str(tiny.checkpoint("mbart", tmp_path, positions=24))
    model = build(path, sample.task("choose"))
    # What is read of the options is a field of its own.
    model.task = replace(model.task, fields=("text",))
    options = (f"{TEXT} two", "city")
    example = Example("0", "en", {"text": "the city", "options": options}, 0)
    [found] = ask(model, [example])
    assert found.flags == ("cut",)
    assert lost(model.head.encode(model, [example], SHORT, train=True)) == [
        "training targets cut: en 1 of 1"
    ]


@pytest.mark.parametrize(("name", "kind"), [("mt5", "generate"), ("llama", "span")])
def test_cut_targets_are_counted(
    make: Make, name: str, kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = make(name, kind)
    text = TEXT if kind == "generate" else sample.examples(kind)[0].inputs["context"]
    first = sample.examples(kind)[0]
    target = TEXT if kind == "generate" else (first.target[0]._replace(text=text, start=0),)
    cut = [replace(first, id=f"{lang}{n}", lang=lang, target=target)
           for lang, n in (("en", 0), ("en", 1), ("de", 0))]  # fmt: skip
    short = replace(first, target="in" if kind == "generate" else (first.target[0]._replace(
        text="ship", start=4),))  # fmt: skip
    settings = replace(SHORT, max_source=256)
    fit(model, [*cut, short], fit=settings, seed=0, machine=CPU, folder=tmp_path / "phase-1")
    said = "training targets cut: de 1 of 1, en 2 of 3"
    assert said in caplog.text
    manifest = json.loads((tmp_path / "phase-1" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["lost"] == [said]
    model.note.append("a note")
    assert Cost.of(model, tmp_path).note == f"a note; {said}"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("mt5", "generate"), ("llama", "classify"), ("xlmr", "tag"), ("xlmr", "choose"),
     ("xlmr", "retrieve"), ("mt5", "tag")],
)  # fmt: skip
def test_cut_inputs_of_a_training_are_counted(make: Make, name: str, kind: str) -> None:
    model = make(name, kind)
    values: dict[str, tuple[dict[str, Any], Any]] = {
        "generate": ({"text": TEXT}, "in"),
        "classify": ({"text": TEXT, "pair": "two"}, "time"),
        "tag": ({"words": tuple(TEXT.split())}, ("O",) * len(TEXT.split())),
        "choose": ({"text": TEXT, "options": ("two", "city")}, 0),
        "retrieve": ({"text": "two", "options": (TEXT, "city")}, 0),
    }
    inputs, target = values[kind]
    items = model.head.encode(model, [Example("0", "en", inputs, target)], SHORT, train=True)
    assert lost(items) == ["training inputs cut: en 1 of 1"]


def test_nothing_cut_nothing_said(make: Make) -> None:
    model, examples = make("mt5", "generate"), sample.examples("generate")
    assert lost(model.head.encode(model, examples, Fit(), train=True)) == []


def test_an_option_that_was_cut_is_flagged_where_it_may_have_decided(make: Make) -> None:
    model = make("xlmr", "retrieve")
    options = (TEXT, "city", *(f"{n} days" for n in range(20)))
    asked = [Example(str(n), "en", {"text": text, "options": options})
             for n, text in enumerate((TEXT, TEXT[: len(TEXT) // 3], "4 days"))]  # fmt: skip
    for found in ask(model, asked):
        assert ("cut" in found.flags) == (found.id in ("0", "1") or "0" in found.scores)


@pytest.mark.parametrize(("name", "long"), [("xlmr", "chunks"), ("llama", "chunks")])
def test_a_word_longer_than_the_room_is_flagged(make: Make, name: str, long: Any) -> None:
    model = make(name, "tag")
    words = ("in", "ships" * 20, "two")
    settings = replace(SHORT, long=long)
    items = model.head.encode(model, [Example("0", "en", {"words": words})], settings, train=False)
    assert all(item.source <= SHORT.max_source for item in items)
    assert sum("cut" in item.flags for item in items) == 1


@pytest.mark.parametrize("name", ["xlmr", "mt5"])
def test_an_answer_that_no_window_holds_whole_is_counted(make: Make, name: str) -> None:
    model = make(name, "span")
    inputs = {"question": "two", "context": TEXT}
    long, short = Answer(TEXT[:200], 0), Answer("ship", TEXT.index("ship"))
    settings = replace(SHORT, max_source=24, max_target=256, stride=4)
    examples = [Example(str(n), "en", inputs, (each,)) for n, each in enumerate((long, short))]
    items = model.head.encode(model, examples, settings, train=True)
    assert lost(items) == ["training inputs cut: en 1 of 2"]


def test_an_export_bans_nothing_that_the_run_did_not(make: Make, tmp_path: Path) -> None:
    """Plain transformers counts a decoder's prompt with its output."""
    settings = Generate(no_repeat=2, repetition_penalty=1.5)
    for name, kept in (("mt5", (2, 1.5)), ("llama", (None, None))):
        folder = export(make(name, "generate"), tmp_path / name, lang="en", generate=settings)
        found = json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))
        given = found.get("no_repeat_ngram_size"), found.get("repetition_penalty")
        assert given == kept


ASKED, INSTRUCTION = "five ships", "read in days"
INPUTS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("span", {"question": ASKED, "context": TEXT}, (ASKED,)),
    ("choose", {"text": TEXT, "options": (ASKED, "two")}, (ASKED, "two")),
    ("classify", {"text": TEXT, "pair": ASKED}, (ASKED,)),
    ("classify", {"text": ASKED, "pair": TEXT}, (ASKED,)),
    ("generate", {"text": ASKED}, (ASKED,)),
    ("generate", {"text": TEXT}, ()),
    ("tag", {"words": (*ASKED.split(), *TEXT.split())}, ()),
    ("retrieve", {"text": TEXT, "options": (ASKED,)}, (ASKED,)),
]


@pytest.mark.parametrize("long", ["head", "head_tail", "chunks"])
@pytest.mark.parametrize("name", ["xlmr", "bert", "mt5", "llama"])
def test_what_is_asked_outlasts_what_is_read(make: Make, name: str, long: Any) -> None:
    """So does an instruction, but for one that outgrows the room itself."""
    settings = Fit(max_source=100, max_target=8, stride=4, long=long)
    for kind, inputs, asked in INPUTS:
        if kind in ("generate", "tag") and name in ("xlmr", "bert"):
            continue  # they write nothing, and read no instruction for tags
        model = make(name, kind)
        asked = () if kind == "retrieve" else asked
        for prompt, kept in (("", asked), (INSTRUCTION, (INSTRUCTION, *asked)), (TEXT, asked)):
            model.task = replace(model.task, prompt=prompt)
            items = model.head.encode(model, [Example("0", "en", inputs)], settings, train=False)
            pairs = [item.meta.get("rows") or [item.features] for item in items]
            for rows in pairs[: 1 if kind == "retrieve" else None]:
                assert all(len(row["input_ids"]) <= 100 for row in rows)
                read = "|".join(model.tokenizer.decode(row["input_ids"]) for row in rows)
                assert all(part in read for part in kept), (kind, prompt, read)


def test_cuts_leave_the_question_whole_and_no_room_unused() -> None:
    draw = random.Random(0)
    for _ in range(500):
        lengths = [draw.choice((0, 3, 40, 400)) for _ in range(draw.randint(1, 4))]
        asked = [draw.random() < 0.5 for _ in lengths]
        lead, space = draw.choice((0, 5, 300)), draw.randint(len(lengths) + 1, 200)
        sizes = shares(lengths, asked, lead, space)
        assert sum(sizes) == min(space, lead + sum(lengths))
        first = sum(n for n, late in zip(lengths, asked, strict=True) if not late)
        last = sum(lengths) - first
        assert sum(sizes[1:]) >= min(sum(lengths), space // 2)
        if last + min(first, max(1, space // FLOOR)) <= space:
            assert all(s == n for s, n, late in zip(sizes[1:], lengths, asked, strict=True) if late)
        assert sizes[0] in (lead, space - sum(sizes[1:]))
