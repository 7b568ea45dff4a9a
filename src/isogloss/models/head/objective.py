"""What networks learn from plain text: hidden words, what was corrupted, or all of it.

A family's ``learner`` names the head that does what its pre-training did. Examples are
texts: ``Example(id, lang, {"text": ...})``. What is hidden is drawn anew at each update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from random import Random
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.language.registry import find_language
from isogloss.models.batch import Batch, Item
from isogloss.models.decode.limit import room
from isogloss.models.decode.logits import logits_at
from isogloss.models.family import denoise, language_code
from isogloss.models.head import text
from isogloss.models.head.cut import Ids
from isogloss.models.head.head import Head, pad, padded
from isogloss.models.head.seq import IGNORED, TextHead
from isogloss.models.model import Model
from isogloss.models.similarity import span

SHARE = 0.15
"""Share of the tokens that a masked language model has to guess, as published for BERT."""
MASKED, REPLACED = 0.8, 0.1
"""Shares of them that it sees as a mask and as another token; it sees the rest as they are."""
SENTINELS = 100
"""Most that a vocabulary has."""


class Masked(Head):
    """Guess hidden words, each with all of its tokens (Devlin et al. 2019, 1810.04805)."""

    redraws = True

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        return "AutoModelForMaskedLM"

    def space(self, model: Model, fit: Fit) -> int:
        """Count the tokens that a text may have."""
        return room(model, fit).source - text.frame(model.tokenizer).extra(second=False)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn texts into items, one each, with a first draw of what is hidden.

        Raises:
            IsoglossError: the tokenizer has no mask.
        """
        if model.tokenizer.mask_token_id is None:
            raise IsoglossError(
                f"the tokenizer of {model.name} has no token that hides a word",
                "name one: tokenizer.mask_token = '[MASK]', and save it with a network that has it",
            )
        frame, space = text.frame(model.tokenizer), self.space(model, fit)
        special = text.control(model.tokenizer).keys()
        others = [i for i in sorted(model.tokenizer.get_vocab().values()) if i not in special]
        items = []
        for index, (example, found) in enumerate(
            zip(examples, units(model.tokenizer, examples), strict=True)
        ):
            words = _fitting(found, space)
            item = Item(
                index, example.id, example.lang, {}, frame.extra(second=False) + len(_flat(words)),
                flags=("cut",) * (len(words) < len(found)),
                meta={"words": words, "frame": frame, "others": others},
            )  # fmt: skip
            items.append(self.draw(model, item, Random(item.id)))
        return items

    def draw(self, model: Model, item: Item, rng: Random) -> Item:
        """Hide words until their tokens are the share that is guessed."""
        words, frame = item.meta["words"], item.meta["frame"]
        ids = frame.wrap(_flat(words))["input_ids"]
        labels, left = [IGNORED] * len(ids), max(1, round(SHARE * len(_flat(words))))
        starts = [*accumulate(map(len, words), initial=len(frame.prefix))]
        for number in rng.sample(range(len(words)), len(words)):
            place, size = starts[number], len(words[number])
            if size <= left or set(labels) == {IGNORED}:  # one word at least, whatever its length
                for token in range(place, place + size):
                    labels[token] = ids[token]
                    ids[token] = self._shown(model, ids[token], item.meta["others"], rng)
                left -= size
        count = sum(label != IGNORED for label in labels)
        return replace(item, features={"input_ids": ids, "labels": labels}, weight=count)

    def _shown(self, model: Model, token: int, others: Sequence[int], rng: Random) -> int:
        """Give what is seen in the place of a hidden token."""
        drawn = rng.random()
        if drawn < MASKED:
            mask: int = model.tokenizer.mask_token_id
            return mask
        return rng.choice(others) if drawn < MASKED + REPLACED else token

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad items on the right."""
        inputs = padded(items, model.tokenizer.pad_token_id)
        inputs["labels"] = pad([item.features["labels"] for item in items], IGNORED)
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the hidden tokens."""
        inputs = dict(batch.inputs)
        labels = inputs.pop("labels")
        hidden = labels != IGNORED
        total = functional.cross_entropy(
            logits_at(net, inputs, hidden).float(),
            labels[hidden],
            reduction="sum",
            label_smoothing=smoothing,
        )
        return {"text": total / batch.weight}


class Denoised(TextHead):
    """Restore corrupted text: T5's spans (1910.10683), mBART's masks (2001.08210)."""

    redraws = True

    def space(self, model: Model, fit: Fit) -> int:
        """Count the tokens that a text may have: it may be read and written whole."""
        there = room(model, fit)
        return min(there.source, there.target, fit.max_target) - 3

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn texts into items, one each, with a first draw of what is lost."""
        space, noise = self.space(model, fit), denoise.written_by(model.tokenizer)
        frame, marks = text.frame(model.tokenizer), sentinels(model.tokenizer)
        if noise == "spans":
            space = min(space, span.longest(len(marks)))
        items = []
        for index, (example, found) in enumerate(
            zip(examples, units(model.tokenizer, examples), strict=True)
        ):
            known = {"words": _fitting(found, space), "noise": noise, "marks": marks}
            item = Item(
                index, example.id, example.lang, {}, 0,
                flags=("cut",) * (len(known["words"]) < len(found)), meta={**known, "frame": frame},
            )  # fmt: skip
            items.append(self.draw(model, item, Random(item.id)))
        return items

    def draw(self, model: Model, item: Item, rng: Random) -> Item:
        """Lose parts of the text, and ask for them or for all of it."""
        shown, asked = self._corrupted(model, item, rng)
        frame, end = item.meta["frame"], model.tokenizer.eos_token_id
        if language_code.tagged(model):
            ids = language_code.wrap(model, shown, item.lang)
        else:
            ids = [*frame.prefix, *shown, *frame.suffix]
        start, target = language_code.start(model, item.lang), [*asked, end]
        features = {
            "input_ids": ids,
            "decoder_input_ids": start + target[:-1],
            "labels": [IGNORED] * (len(start) - 1) + target,
        }
        return replace(
            item, features=features, source=len(ids), target=len(target), weight=len(target)
        )

    def _corrupted(self, model: Model, item: Item, rng: Random) -> tuple[Ids, Ids]:
        """Give the tokens that are seen, and those that are asked for."""
        words, noise, marks = item.meta["words"], item.meta["noise"], item.meta["marks"]
        ids = _flat(words)
        if noise == "spans":
            gone = span.spans(len(ids), rng) if len(ids) > 1 else [(0, 1)]
            return span.spoil(ids, gone, marks), span.answer(ids, gone, marks)
        shown: Ids = []
        mask = [model.tokenizer.mask_token_id] if noise == "masks" else []
        for lost, part in denoise.stretches(len(words), noise, rng):
            shown += mask if lost else _flat(words[part])
        return shown, ids


class Whole(TextHead):
    """Go on from each token of a text to the next, from its first to its end."""

    def space(self, model: Model, fit: Fit) -> int:
        """Count the tokens that a text may have."""
        return room(model, fit).source - len(text.frame(model.tokenizer).prefix)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn texts into items, one each."""
        space, prefix = self.space(model, fit), text.frame(model.tokenizer).prefix
        lists, items = text.tokens(model.tokenizer, [e.inputs["text"] for e in examples]), []
        for index, (example, found) in enumerate(zip(examples, lists, strict=True)):
            ids = [*prefix, *found[:space], model.tokenizer.eos_token_id]
            first = max(1, len(prefix))  # what starts a text follows from nothing
            features = {"input_ids": ids, "labels": [IGNORED] * first + ids[first:]}
            items.append(
                Item(
                    index, example.id, example.lang, features, len(ids), weight=len(ids) - first,
                    flags=("cut",) * (len(found) > space),
                )
            )  # fmt: skip
        return items


def units(tokenizer: Any, examples: Sequence[Example]) -> list[list[Ids]]:
    """Give the tokens of each text, by words; one by one where nobody writes spaces."""
    found: list[list[Ids]] = [[] for _ in examples]
    spaced = [find_language(example.lang).spaced for example in examples]
    places = [n for n, each in enumerate(spaced) if each]
    lists = [examples[n].inputs["text"].split() for n in places]
    for place, words in zip(places, text.words(tokenizer, lists), strict=True):
        found[place] = words
    places = [n for n, each in enumerate(spaced) if not each]
    texts = text.tokens(tokenizer, [examples[n].inputs["text"] for n in places])
    for place, ids in zip(places, texts, strict=True):
        found[place] = [[token] for token in ids]
    return found


def sentinels(tokenizer: Any) -> Ids:
    """List a vocabulary's sentinels; none where T5 isn't the model."""
    ids = [tokenizer.convert_tokens_to_ids(f"<extra_id_{number}>") for number in range(SENTINELS)]
    return [number for number in ids if number not in (None, tokenizer.unk_token_id)]


def _flat(words: Sequence[Ids]) -> Ids:
    return [token for word in words for token in word]


def _fitting(words: Sequence[Ids], space: int) -> list[Ids]:
    """Keep the first words that there is room for; of a longer first one, its head."""
    kept: list[Ids] = []
    for word in words:
        if len(word) > space:
            break
        kept.append(word)
        space -= len(word)
    return kept or [word[:space] for word in words[:1]]
