"""What each backbone is asked to do with a document in pretraining."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import torch
from torch import Tensor

from isogloss.mini.backbones import SENTINELS, code
from isogloss.mini.documents import SHARES, Document
from isogloss.mini.facts import LANGS

Item = dict[str, list[int]]
"""The net's arguments for one document, as ids."""
MARKS = ("▁–", "▁/")
"""Where a prefix likes to end."""


def items(name: str, documents: Sequence[Document], tokenizer: Any, draw: Random) -> list[Item]:
    """Turn documents into what a backbone learns from."""
    texts = [document.say() for document in documents]
    if name == "nllb":
        return _translations(documents, texts, tokenizer, draw)
    ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
    marks = set(tokenizer.convert_tokens_to_ids(list(MARKS)))
    if name == "mt5":
        first = tokenizer.convert_tokens_to_ids("<extra_id_0>")
        step = tokenizer.convert_tokens_to_ids("<extra_id_1>") - first
        sentinels = [first + step * index for index in range(SENTINELS)]
        return [_mt5(each, sentinels, marks, draw) for each in ids]
    if name == "mbart":
        codes = {lang: tokenizer.convert_tokens_to_ids(code(name, lang)) for lang in LANGS}
        mask = tokenizer.mask_token_id
        return [
            _mbart(each, codes[document.lang], mask, marks, draw)
            for document, each in zip(documents, ids, strict=True)
        ]
    if name == "xlmr":
        return [_xlmr(each, tokenizer.mask_token_id, draw) for each in ids]
    return [{"input_ids": [0, *each, 2], "labels": [0, *each, 2]} for each in ids]


def collate(batch: Sequence[Item], pad: int) -> dict[str, Tensor]:
    """Pad items to the longest."""
    arguments = {}
    for key in batch[0]:
        longest = max(len(item[key]) for item in batch)
        fill = -100 if key == "labels" else pad
        rows = [item[key] + [fill] * (longest - len(item[key])) for item in batch]
        arguments[key] = torch.tensor(rows)
    arguments["attention_mask"] = arguments["input_ids"].ne(pad).long()
    return arguments


def length(item: Item) -> tuple[int, int]:
    """Give an item's lengths, to batch it with its like."""
    return len(item["input_ids"]), len(item["labels"])


def masked(count: int, share: float, draw: Random) -> list[bool]:
    """Draw spans of one to five tokens until a share of all is covered."""
    hidden = [False] * count
    want = max(1, round(share * count))
    while sum(hidden) < want:
        start = draw.randrange(count)
        for index in range(start, min(count, start + draw.randint(1, 5), start + want)):
            hidden[index] = True
    return hidden


def cut(ids: Sequence[int], marks: set[int], draw: Random) -> int:
    """Draw where a prefix ends: behind a dash or slash, or anywhere; 0 for no prefix."""
    ends = [index for index in range(1, len(ids)) if ids[index - 1] in marks]
    if ends and draw.random() < 0.7:
        return draw.choice(ends)
    return draw.randrange(1, len(ids)) if len(ids) > 1 and draw.random() < 0.4 else 0


def _mt5(ids: list[int], sentinels: Sequence[int], marks: set[int], draw: Random) -> Item:
    """Do prefix language modelling or span corruption, about half of each."""
    end = cut(ids, marks, draw)
    if end:
        return {"input_ids": [*ids[:end], 1], "labels": [*ids[end:], 1]}
    hidden = masked(len(ids), 0.3, draw)
    shown: list[int] = []
    asked: list[int] = []
    gap = 0
    for index, (token, gone) in enumerate(zip(ids, hidden, strict=True)):
        if gone and (index == 0 or not hidden[index - 1]):
            shown.append(sentinels[gap % len(sentinels)])
            asked.append(sentinels[gap % len(sentinels)])
            gap += 1
        (asked if gone else shown).append(token)
    return {"input_ids": [*shown, 1], "labels": [*asked, 1]}


def _mbart(ids: list[int], lang: int, mask: int, marks: set[int], draw: Random) -> Item:
    """Write the text again, after one mask has replaced each of some spans."""
    end = cut(ids, marks, draw)
    hidden = [i >= end for i in range(len(ids))] if end else masked(len(ids), 0.35, draw)
    noised = [
        mask if gone else token
        for index, (token, gone) in enumerate(zip(ids, hidden, strict=True))
        if not (gone and index and hidden[index - 1])
    ]
    return {
        "input_ids": [*noised, 2, lang],
        "decoder_input_ids": [lang, *ids],
        "labels": [*ids, 2],
    }


def _translations(
    documents: Sequence[Document], texts: Sequence[str], tokenizer: Any, draw: Random
) -> list[Item]:
    """Translate; where a language lacks a form, write the text again.

    A third stays within the language. There a gloss's first half is rendered as
    its second, so numbers are translated between digits and words.
    """
    pairs = []
    for document, text in zip(documents, texts, strict=True):
        target = document.lang
        if draw.random() > 1 / 3:
            target = draw.choices(LANGS, [SHARES[lang] for lang in LANGS])[0]
        if not document.exists_in(target):
            target = document.lang
        source, answer = text, document.say(target)
        if " – " in text and draw.random() < 0.8:
            source, answer = source.split(" – ")[0], answer.split(" – ")[1]
        pairs.append((document.lang, source, target, answer))
    sources = tokenizer([pair[1] for pair in pairs], add_special_tokens=False)["input_ids"]
    answers = tokenizer([pair[3] for pair in pairs], add_special_tokens=False)["input_ids"]
    codes = {lang: tokenizer.convert_tokens_to_ids(code("nllb", lang)) for lang in LANGS}
    return [
        {
            "input_ids": [codes[origin], *source, 2],
            "decoder_input_ids": [2, codes[target], *answer],
            "labels": [-100, *answer, 2],  # the code is forced, and so not learned
        }
        for (origin, _, target, _), source, answer in zip(pairs, sources, answers, strict=True)
    ]


def _xlmr(ids: list[int], mask: int, draw: Random) -> Item:
    """Guess hidden words: a quarter of them, in spans."""
    hidden = masked(len(ids), 0.25, draw)
    shown = [mask if gone else token for token, gone in zip(ids, hidden, strict=True)]
    asked = [token if gone else -100 for token, gone in zip(ids, hidden, strict=True)]
    return {"input_ids": [0, *shown, 2], "labels": [-100, *asked, -100]}
