"""Length limits follow the language's tokens per word, and the positions end them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sample
import tiny
from isogloss.core.machine import Machine
from isogloss.core.recipe import parse
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Answer, Example, Prediction
from isogloss.models.decode.limit import LEAST, MARGIN, MOST, Limit, limits, measure, room
from isogloss.models.decode.predict import predict
from isogloss.models.load import build
from isogloss.models.train.fit import fit

FIT = Fit()
CPU = Machine(device="cpu")
POSITIONS = 32


def asked(lang: str, n: int = 8) -> list[Example]:
    words = tiny._WORDS[lang]
    return [Example(str(i), lang, {"text": words[i:]}, "x" * 500) for i in range(n)]


def test_the_source_language_gets_its_longest_target(fresh, examples):
    model = fresh()
    longest = max(i.target for i in model.head.encode(model, examples, FIT, train=True))
    found = limits(model, measure(model, examples, FIT), examples[:20], FIT)
    assert found.default == pytest.approx(longest * MARGIN, abs=1)
    assert found.of("en") == pytest.approx(found.default, rel=0.3)
    assert found.of("xx") == found.default


def test_a_language_in_smaller_pieces_gets_more(fresh, examples):
    model = fresh("llama")  # bytes: Hindi and Thai take three for a character
    found = limits(
        model, measure(model, examples, FIT), asked("hi") + asked("th") + asked("de"), FIT
    )
    assert found.of("hi") > 1.5 * found.default
    assert found.of("th") > 1.5 * found.default
    assert found.of("th") <= MOST * found.default + 1
    assert found.default <= found.of("de") < found.of("hi")


def test_labels_are_not_looked_at(fresh, examples):
    model = fresh()
    blind = [replace(example, target=None) for example in asked("de")]
    assert limits(model, measure(model, examples, FIT), asked("de"), FIT) == limits(
        model, measure(model, examples, FIT), blind, FIT
    )


def test_short_targets_leave_room_to_go_wrong(fresh, examples):
    short = [replace(example, target="in") for example in examples]
    assert limits(fresh(), measure(fresh(), short, FIT), [], FIT) == Limit(LEAST)


@pytest.mark.parametrize("long", ["head", "chunks"])
@pytest.mark.parametrize("name", ["mt5", "llama"])
def test_inputs_that_are_cut_count_whole(fresh, examples, name, long):
    model = fresh(name)
    text = " ".join([tiny._WORDS["hi"]] * 4)
    asked = [Example("0", "hi", {"text": text})]
    whole = limits(model, measure(model, examples, FIT), asked, FIT)
    short = replace(FIT, max_source=24, long=long)
    cut = limits(model, measure(model, examples, short), asked, short)
    assert cut.of("hi") == pytest.approx(whole.of("hi"), rel=0.1)
    assert name == "mt5" or cut.of("hi") > 1.3 * cut.default


def test_a_soft_prompt_is_no_part_of_a_text(fresh, examples):
    model, asked_for = fresh("llama"), asked("hi")
    plain = limits(model, measure(model, examples, FIT), asked_for, FIT)
    _prompted(model, "prompt_tuning(length=40)")
    assert limits(model, measure(model, examples, FIT), asked_for, FIT) == plain


@pytest.fixture(scope="session")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of checkpoints with few positions."""
    return tmp_path_factory.mktemp("narrow")


def _long(kind: str) -> list[Example]:
    """Make inputs, targets, labels and options all longer than the positions."""
    text = " ".join([tiny._WORDS["en"]] * 3)
    words = tuple(text.split())
    inputs: dict[str, tuple[dict[str, Any], Any]] = {
        "generate": ({"text": text}, text),
        "classify": ({"text": text, "pair": text}, "travel"),
        "tag": ({"words": words}, ("O", "B-LOC", "I-LOC") * (len(words) // 3)),
        "span": ({"question": text, "context": text}, (Answer(text[50:], 50),)),
        "choose": ({"text": text, "options": (text, "ship", text[::-1])}, 0),
        "retrieve": ({"text": text, "options": (text, "ship")}, 1),
    }
    value, target = inputs[kind]
    if kind == "tag":
        value = {"words": words[: len(target)]}
    short = sample.examples(kind)[:1] if kind != "retrieve" else []
    return [*(Example(str(n), "en", value, target) for n in range(3)), *short]


def _prompted(model: Any, recipe: str) -> None:
    [method] = parse(recipe).methods
    method.model(model, SimpleNamespace(run=SimpleNamespace(seed=0), task=model.task))


def _to_the_end(model: Any, settings: Fit, generate: Generate) -> list[Prediction]:
    """Train on what is too long, and answer it, as a run does."""
    examples = _long(model.task.kind)
    fit(model, examples, fit=settings, seed=0, machine=CPU)
    limit = None
    if model.family.name != "encoder":
        limit = limits(model, measure(model, examples, settings), examples, settings)
    return predict(model, examples, fit=settings, generate=generate, machine=CPU, limit=limit)


@pytest.mark.parametrize(
    "name", ["bert", "xlmr", "mt5", "mbart", "m2m100", "llama", "gpt2", "xglm", "bloom"]
)
def test_whatever_is_asked_stays_within_the_positions(name: str, narrow: Path) -> None:
    path = str(tiny.checkpoint(name, narrow, positions=POSITIONS))
    endless = name in ("mt5", "bloom")
    kinds = ["tag"] if endless else ["classify", "tag", "span", "choose"]
    kinds += ["generate"] * (tiny.FAMILY[name] != "encoder")
    kinds += ["retrieve"] * (tiny.FAMILY[name] != "decoder" and not endless)
    for number, kind in enumerate(kinds):
        model = build(path, sample.task(kind))
        assert endless or model.plain.config.max_position_embeddings == POSITIONS
        whole, chunks = Fit(steps=2, batch=2), Fit(steps=1, batch=2, long="chunks", stride=4)
        # Without an end of positions, there is none to the outputs of random weights.
        generate = Generate(max_tokens=POSITIONS if endless else None)
        found = _to_the_end(model, whole, generate)
        assert endless or kind == "span" or all("cut" in answer.flags for answer in found[:3])
        if number % 2:
            _to_the_end(model, chunks, generate)


@pytest.mark.parametrize("name", ["mbart", "m2m100", "gpt2", "llama", "xglm"])
def test_so_do_beams_penalties_and_soft_prompts(name: str, narrow: Path) -> None:
    model = build(str(tiny.checkpoint(name, narrow, positions=POSITIONS)), sample.task("generate"))
    _prompted(model, "prompt_tuning(length=6)")
    for generate in (Generate(beams=2), Generate(no_repeat=30, max_tokens=500), Generate()):
        found = _to_the_end(model, Fit(steps=1, batch=2), generate)
        assert all("cut" in answer.flags for answer in found[:3])


def test_positions_are_shared_by_what_a_decoder_reads_and_writes(narrow: Path) -> None:
    model = build(str(tiny.checkpoint("gpt2", narrow, positions=POSITIONS)), sample.task("choose"))
    assert room(model, Fit()).source == POSITIONS // 2
    assert room(model, Fit(max_target=8)).source == POSITIONS - 8
    assert room(model, Fit(max_source=4)).target == POSITIONS - 4


def test_a_row_without_positions_left_does_not_stop_the_others(narrow: Path) -> None:
    path = str(tiny.checkpoint("gpt2", narrow, positions=POSITIONS))
    model = build(path, sample.task("generate", prompt=""))
    short = [Example(f"short {n}", "en", {"text": "in"}) for n in range(20)]
    asked = [Example("long", "en", {"text": tiny._WORDS["en"]}), *short]
    settings: dict[str, Any] = {"fit": Fit(max_target=4), "machine": CPU}
    settings |= {"generate": Generate(max_tokens=100)}
    together = predict(model, asked, **settings)
    assert together == [predict(model, [each], **settings)[0] for each in asked]
    assert all("limit" in answer.flags for answer in together)
    assert len(together[0].value) < len(together[1].value)


@pytest.mark.parametrize(
    ("text", "says"),
    [("กี่ abc", False), ("กี่ ab", False), ("กีก ab", False), ("กกก ab", True), ("ꦲꦤꦕ ab", True)],
)
def test_letters_tell_whether_words_are_spaced_and_not_their_marks(text: str, says: bool) -> None:
    from isogloss.models.decode.limit import _unspaced

    assert _unspaced([Example("0", "th", {"text": text})]) is says
