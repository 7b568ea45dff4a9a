"""What is too long is cut between graphemes, in every script and by every tokenizer."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import regex

import sample
import tiny
import vocabulary
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Answer, Example
from isogloss.models.decode.predict import predict
from isogloss.models.head import text, window
from isogloss.models.head.border import borders
from isogloss.models.load import build
from isogloss.testing import tiny as shipped

TEXTS = {
    "th": "อีกห้าวันเรือจะไปเมืองน้ำ และกลับมาหลังสองสัปดาห์ที่นี่",
    "hi": "पाँच दिन में जहाज शहर को जाता है और दो सप्ताह बाद लौटता है",
    "ta": "ஐந்து நாட்களில் கப்பல் நகரத்திற்குச் செல்கிறது கொண்டு",
    "ko": unicodedata.normalize("NFD", "배는 닷새 뒤에 도시로 떠나 두 주 뒤에 돌아온다"),
    "emoji": "ship 👩\u200d👩\u200d👧 city 🇩🇪🇫🇷 two 👍🏽 weeks ❤️\u200d🔥 days",
    "ar": "السَّفِينَةُ تُبْحِرُ إِلَى الْمَدِينَةِ بَعْدَ خَمْسَةِ أَيَّامٍ",
    "fr": unicodedata.normalize("NFD", "l'été passé à Besançon, où la mer était à côté"),
}
NAMES = (*vocabulary.NAMES, "bytes", "llama-bytes", "unigram-bytes")
SPACES = (2, 9, 16, 23, 40)
LONGEST = 30
"""Tokens of the longest grapheme of the texts, in bytes."""


def tokenizer(name: str) -> Any:
    return shipped._tokenizer("llama") if name == "bytes" else vocabulary.tokenizer(name)


def part(spelled: str, places: list[tuple[int, int]], span: list[int]) -> str:
    """Give what a window's tokens stand for in the text, by their places."""
    return spelled[places[span[0]][0] : places[span[-1]][1]]


def is_read(spelled: str, places: list[tuple[int, int]]) -> bool:
    """Say whether every character is in a token; some vocabularies drop what they lack."""
    inside = {n for low, high in places for n in range(low, high)}
    return all(n in inside or char.isspace() for n, char in enumerate(spelled))


def is_cut_rightly(part: str, whole: str) -> bool:
    """Say whether a part begins and ends where graphemes do, as often as it occurs."""
    ends = {0, *(match.end() for match in regex.finditer(r"\X", whole))}
    return any(
        match.start() in ends and match.end() in ends
        for match in regex.finditer(regex.escape(part), whole, overlapped=True)
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("long", ["head", "head_tail", "chunks"])
def test_no_window_halves_a_grapheme(name: str, long: Any) -> None:
    known = tokenizer(name)
    for written, ids in zip(TEXTS.values(), text.tokens(known, list(TEXTS.values())), strict=True):
        spelled, places = text.places(known, written)
        assert len(places) == len(ids)
        every = borders(known, written)
        ends = [every.behind(n) for n in range(len(ids) + 1)]
        least = 2 * max(end - start for start, end in pairwise(sorted(set(ends))))
        for space in {max(least, each) for each in SPACES}:
            spans = window.windows(
                known, written, len(ids), space, Fit(long=long, stride=space // 3)
            )
            assert all(0 < len(span) <= space for span in spans)
            for span in spans:
                shown = known.decode([ids[n] for n in span]).lstrip()
                assert text.LOST not in shown, (space, shown)
                assert not regex.match(r"\p{M}|\u200d", shown), (space, shown)
                if long != "head_tail" and is_read(spelled, places):
                    assert is_cut_rightly(part(spelled, places, span), spelled), (space, shown)
            if long == "chunks":
                assert {n for span in spans for n in span} == set(range(len(ids))), "all is read"


@pytest.mark.parametrize("name", ["gpt2", "llama-bytes", "byt5", "xlmr"])
def test_what_halves_nothing_is_cut_as_before(name: str) -> None:
    known, written = tokenizer(name), " ".join([tiny._WORDS["en"]] * 3)
    [ids] = text.tokens(known, [written])
    for space in SPACES:
        fit = Fit(long="chunks", stride=space // 3)
        spans = window.windows(known, written, len(ids), space, fit)
        step = max(1, space - min(fit.stride, space // 2))
        firsts = range(0, len(ids) - space + step, step)
        assert spans == [[*range(n, min(n + space, len(ids)))] for n in firsts]


@pytest.mark.parametrize("name", ["bytes", "byt5"])
def test_a_grapheme_beyond_the_room_is_cut_between_its_characters(name: str) -> None:
    known, written = tokenizer(name), "👩\u200d👩\u200d👧"
    [ids] = text.tokens(known, [written])
    assert known.decode(window.head(known, written, ids, 8)) == written[:2]
    spans = window.overlapping(known, written, len(ids), 8, 0)
    assert "".join(known.decode([ids[n] for n in span]) for span in spans) == written


@pytest.mark.parametrize("name", NAMES)
def test_words_and_noised_texts_are_cut_alike(name: str) -> None:
    known = tokenizer(name)
    for written in ("สัปดาห์ที่นี่", "நாட்களில்", unicodedata.normalize("NFD", "돌아온다")):
        [[ids]] = text.words(known, [[written]])
        for most in range(LONGEST // 2, len(ids)):
            shown = known.decode(window.word_head(known, written, ids, most)).strip()
            if known.unk_token_id not in ids and name != "bert-uncased":
                assert is_cut_rightly(shown, written), shown
    marked = text.Marked(f"{TEXTS['th']} <extra_id_0> {TEXTS['hi']}")
    [ids] = text.tokens(known, [marked])
    for most in range(LONGEST, len(ids), 7):
        assert text.LOST not in known.decode(window.head(known, marked, ids, most))


@pytest.mark.parametrize("family", ["encoder", "decoder"])
@pytest.mark.parametrize("kind", ["classify", "generate", "span", "tag", "choose", "retrieve"])
def test_no_head_reads_or_learns_halves(kind: str, family: str) -> None:
    if (kind, family) == ("generate", "encoder"):
        return
    name = "xlm-roberta" if family == "encoder" else "llama"
    model = build(str(shipped.backbone(name)), sample.task(kind))
    long = TEXTS["th"]
    inputs: dict[str, Any] = {
        "classify": {"text": long, "pair": long},
        "choose": {"text": long, "options": (long, "ก")},
        "tag": {"words": (long, "ก")},
        "span": {"question": long, "context": long},
        "generate": {"text": long},
        "retrieve": {"text": long, "options": (long, "ก")},
    }[kind]
    target: Any = {
        "classify": "time", "choose": 0, "tag": ("O", "O"), "generate": long, "retrieve": 0,
        "span": (Answer(long[:20], 0),),
    }[kind]  # fmt: skip
    example = Example("0", "th", inputs, target)
    for size in (60, 61, 62):
        for chosen in ("head", "head_tail", "chunks"):
            fit = replace(Fit(max_source=size, max_target=size, stride=20), long=chosen)
            for train in (True, False):
                for item in model.head.encode(model, [example], fit, train=train):
                    for ids in (item.features["input_ids"], item.features.get("option_ids", [])):
                        assert text.LOST not in model.tokenizer.decode(ids)
                    assert item.source <= size or kind == "choose" or train


@pytest.mark.parametrize("name", ["bytes", "gpt2", "llama-bytes", "byt5", "bloom", "xlmr"])
@pytest.mark.parametrize("lang", ["th", "ko", "emoji"])
def test_outputs_end_in_whole_characters(name: str, lang: str) -> None:
    known, written = tokenizer(name), TEXTS[lang]
    [ids] = text.tokens(known, [written])
    _, places = text.places(known, written)
    every = borders(known, written)
    for most in range(1, len(ids) + 1):
        shown = text.written(known, ids[:most], True).strip()
        assert text.LOST not in shown
        if name != "xlmr":  # it has no spaces between some tokens
            assert written.startswith(shown)
            complete = [n for n in range(most + 1) if every._characters(n)][-1]
            assert len(shown) >= len(written[: places[complete - 1][1] if complete else 0].strip())


def test_an_output_that_ends_by_itself_stays() -> None:
    known = tokenizer("bytes")
    [ids] = text.tokens(known, ["a\ufffd"])
    assert text.written(known, ids, False) == "a\ufffd"


def test_a_decoder_that_runs_out_of_room_writes_whole_characters(tmp_path: Path) -> None:
    import torch

    model = build(str(shipped.backbone("llama")), sample.task("generate"))
    first = text.tokens(model.tokenizer, ["ก"])[0][0]
    with torch.no_grad():  # it writes the first byte of a letter for ever
        model.net.lm_head.weight = torch.nn.Parameter(torch.zeros_like(model.net.lm_head.weight))
    biased = model.net.lm_head.register_forward_hook(
        lambda _, __, out: out + 9 * torch.eye(out.shape[-1])[first]
    )
    asked, settings = [Example("0", "th", {"text": "a"})], Generate(max_tokens=1)
    [found] = predict(model, asked, fit=Fit(), generate=settings, machine=Machine(device="cpu"))
    biased.remove()
    assert (found.value, found.flags) == ("", ("limit",))
