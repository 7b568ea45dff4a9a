"""Plain text becomes training pairs in the way of the backbone's pre-training."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import regex

import tiny
from isogloss.models.family.backbone import backbone
from isogloss.models.family.denoise import noise_of, pairs

TEXT = "Thank you for inviting me to your party last week , it was fun indeed ."


def one(noise: str, text: str = TEXT, lang: str = "en", seed: int = 0) -> tuple[str, str]:
    (pair,) = pairs([text], lang, noise, random.Random(seed))  # type: ignore[arg-type]
    assert (pair.lang, pair.origin) == (lang, "mixed")
    return pair.inputs["raw"], pair.target


@pytest.mark.parametrize("seed", range(20))
def test_spans_and_what_was_lost_make_the_text(seed: int) -> None:
    spoilt, target = one("spans", seed=seed)
    lost = target.split("<extra_id_")
    for number, part in enumerate(lost[1:]):
        words = part.split("> ", 1)[1].strip() if "> " in part else ""
        spoilt = spoilt.replace(f"<extra_id_{number}>", words)
    assert " ".join(spoilt.split()) == TEXT
    assert 1 <= target.count("<extra_id_") - 1 <= 2


def test_masks_and_drops_ask_for_the_whole_text() -> None:
    spoilt, target = one("masks")
    assert target == TEXT
    assert "<mask>" in spoilt
    assert len(spoilt.split()) < len(TEXT.split())
    spoilt, target = one("drops")
    assert target == TEXT
    assert set(spoilt.split()) < set(TEXT.split())


def test_decoders_continue() -> None:
    start, end = one("continue")
    assert f"{start} {end}" == TEXT


def test_characters_are_the_units_where_nobody_writes_spaces() -> None:
    spoilt, target = one("masks", "二十六時間前に東京で", "ja")
    assert target == "二十六時間前に東京で"
    assert 2 < len(spoilt.replace("<mask>", "")) < len(target)


@pytest.mark.parametrize("noise", ["spans", "masks", "drops", "continue"])
@pytest.mark.parametrize(
    ("text", "lang"),
    [("เรือจะไปเมืองน้ำ และกลับมาหลังสองสัปดาห์ที่นี่", "th"), ("ពីរសប្តាហ៍ក្រោយមក", "km"),
     ("東京で👩\u200d👩\u200d👧か\u3099ある", "ja")],
)  # fmt: skip
def test_no_noise_parts_a_grapheme(text: str, lang: str, noise: str) -> None:
    whole = set(regex.findall(r"\X", text))
    for seed in range(10):
        for made in one(noise, text, lang, seed):
            rest = regex.sub(r"\s*<(extra_id_\d+|mask)>\s*", "\n", made)
            assert set(regex.findall(r"\X", rest)) <= whole | {"\n", " "}


def test_too_short_texts_are_left_out() -> None:
    assert pairs(["", "one", " "], "en", "spans", random.Random(0)) == []


@pytest.mark.parametrize(
    ("name", "noise"),
    [("llama", "continue"), ("mbart50", "masks"), ("t5", "drops")],
)
def test_noise_follows_the_backbone(name: str, noise: str, checkpoints: Path) -> None:
    found = noise_of(backbone(str(tiny.checkpoint(name, checkpoints))))
    assert found == noise  # this T5 has no sentinels
