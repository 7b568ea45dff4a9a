"""How well a pretrained model knows a text: LML and LMEM (Muller et al. 2022)."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Generate
from isogloss.core.task import Task
from isogloss.language.registry import canonical
from isogloss.models import devices, modes
from isogloss.models.decode.generation import generate
from isogloss.models.decode.limit import room
from isogloss.models.decode.logits import logits_at
from isogloss.models.decode.predict import ROWS
from isogloss.models.family.backbone import T5, Backbone, backbone
from isogloss.models.head import head_for, pretrained, text, window
from isogloss.models.head.head import pad
from isogloss.models.load import build, read_tokenizer, settle
from isogloss.models.model import Model
from isogloss.models.similarity import span
from isogloss.models.states import FIT
from isogloss.models.train import buckets
from isogloss.models.train.progress import bar

log = logging.getLogger("isogloss")

SENTINELS = 100
"""Most that a vocabulary has."""


@dataclass(frozen=True)
class Gap:
    """A text with spans hidden."""

    lang: str
    ids: list[int]
    """All of its tokens, without special ones."""
    gone: list[span.Span]


def memory(
    model: str,
    texts: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
    machine: Machine | None = None,
) -> dict[str, dict[str, float]]:
    """Hide spans of texts, and see how well a pretrained model fills them in.

    Spans are drawn as in mT5's pre-training: 15 % of the tokens, three on average.
    A masked language model sees one mask for each token and so knows how long a
    span is; a T5-like model sees one sentinel for each span. Compare values of
    one model only.

    Args:
        model: a mini model, a folder, or a hub id `name[@revision]`.
        texts: language -> texts, such as a task's training inputs; those of one
            token are left out, those over 512 tokens are cut.
        seed: draws the spans, for each language by itself.
        machine: settings that move no value.

    Returns:
        language -> `lml`, the mean loss of a hidden token; `lmem`, the share of
        spans filled in exactly; and `spans`, their number.

    Raises:
        IsoglossError: the model fills in no spans, or a language has no text.
    """
    if not texts:
        raise IsoglossError("there is no text to fill in", "give texts by language")
    net = _opened(model)
    marks = _sentinels(net) if net.family.writes else []
    gaps = [
        gap
        for lang, each in texts.items()
        for gap in _gaps(net, canonical(lang), each, marks, seed)
    ]
    return _summary(gaps, _filled(net, gaps, marks, machine or Machine()))


Answer = tuple[list[float], list[bool]]
"""The loss of each hidden token, and whether each span was filled in exactly."""


def _filled(
    model: Model, gaps: Sequence[Gap], marks: Sequence[int], machine: Machine
) -> list[Answer]:
    """Let the model fill in all texts, in batches of like lengths."""
    device = devices.pick(machine)
    devices.move(model.net, device)
    found: list[Answer] = [([], []) for _ in gaps]
    progress = bar("fill", len(gaps), machine, unit="text")
    lengths = [len(gap.ids) for gap in gaps]
    with modes.threads(machine), modes.kept(model.net), torch.no_grad(), progress:
        model.net.eval()
        for chunk in buckets.chunks(lengths, machine.micro_tokens, ROWS):
            part = [gaps[i] for i in chunk]
            with devices.autocast(machine, device):
                answers = _generated(model, part, marks) if marks else _masked(model, part)
            for i, answer in zip(chunk, answers, strict=True):
                found[i] = answer
            progress.update(len(chunk))
    return found


def _summary(gaps: Sequence[Gap], answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    found = {}
    for lang in dict.fromkeys(gap.lang for gap in gaps):
        own = [each for gap, each in zip(gaps, answers, strict=True) if gap.lang == lang]
        loss = [value for losses, _ in own for value in losses]
        hits = [value for _, right in own for value in right]
        found[lang] = {
            "lml": sum(loss) / len(loss),
            "lmem": sum(hits) / len(hits),
            "spans": len(hits),
        }
    return found


def _opened(name: str) -> Model:
    """Load a backbone with the output layer that it was pretrained with."""
    found = backbone(name)
    task = Task("1", "generate", (), lambda *_: [], (), name="spans")
    if found.architecture in T5:
        return build(found, task)
    if plugin.family(found.family).writes:
        raise _undefined(found, "it was not trained to fill in spans")
    tokenizer = read_tokenizer(found)
    if tokenizer.mask_token_id is None:
        raise _undefined(found, "its tokenizer has no mask")
    net, fresh = pretrained.load("AutoModelForMaskedLM", found, 0)
    if fresh:
        raise _undefined(found, "its files lack the layer that fills in words")
    model = Model(net, tokenizer, head_for("classify", found.family), task, found)
    settle(model)
    return model


def _undefined(found: Backbone, why: str) -> IsoglossError:
    return IsoglossError(
        f"LML and LMEM are not defined for {found.name}: {why}",
        "take a masked language model (mini/xlmr, XLM-R) or a T5-like one (mini/mt5, mT5)",
    )


def _sentinels(model: Model) -> list[int]:
    known = [f"<extra_id_{number}>" for number in range(SENTINELS)]
    ids = [model.tokenizer.convert_tokens_to_ids(mark) for mark in known]
    unknown = (None, model.tokenizer.unk_token_id)
    found = [number for number in ids if number not in unknown]
    if not found:
        raise _undefined(model.backbone, "its tokenizer has no sentinels such as <extra_id_0>")
    return found


def _gaps(
    model: Model, lang: str, texts: Sequence[str], marks: Sequence[int], seed: int
) -> list[Gap]:
    """Draw the spans of one language's texts."""
    if isinstance(texts, str):
        raise IsoglossError(f"the text in '{lang}' is one string", "give a list of texts")
    rng = random.Random(f"spans-{lang}-{seed}")
    most = room(model, FIT).source - text.frame(model.tokenizer).extra(second=False)
    if marks:
        most = min(most, span.longest(len(marks)))
    ids = text.tokens(model.tokenizer, list(texts))
    cut = sum(len(each) > most for each in ids)
    if cut:
        log.warning("%d of %d texts in '%s' are cut to %d tokens", cut, len(ids), lang, most)
    whole = zip(texts, ids, strict=True)
    ids = [window.head(model.tokenizer, each, part, most) for each, part in whole if len(part) > 1]
    found = [Gap(lang, each, span.spans(len(each), rng)) for each in ids]
    if not found:
        raise IsoglossError(
            f"no text in '{lang}' has two tokens", "give sentences to hide parts of"
        )
    return found


def _masked(model: Model, gaps: Sequence[Gap]) -> list[Answer]:
    """Let a masked language model guess each hidden token."""
    frame, mask = text.frame(model.tokenizer), model.tokenizer.mask_token_id
    first = len(frame.prefix)
    shown, labels = [], []
    for gap in gaps:
        places = {place for start, end in gap.gone for place in range(start, end)}
        corrupted = [mask if place in places else token for place, token in enumerate(gap.ids)]
        shown.append(frame.wrap(corrupted)["input_ids"])
        asked = [token if place in places else -100 for place, token in enumerate(gap.ids)]
        labels.append([-100] * first + asked + [-100] * len(frame.suffix))
    inputs = _inputs(model, shown)
    kept = pad(labels, -100).to(model.device)
    logits = logits_at(model.net, inputs, kept != -100).float()
    asked_for = kept[kept != -100]
    losses = _losses(logits, asked_for)
    hits = (logits.argmax(-1) == asked_for).tolist()
    answers: list[Answer] = []
    place = 0
    for gap in gaps:
        count = sum(end - start for start, end in gap.gone)
        each = iter(hits[place : place + count])
        right = [all([next(each) for _ in range(start, end)]) for start, end in gap.gone]
        answers.append((losses[place : place + count], right))
        place += count
    return answers


def _generated(model: Model, gaps: Sequence[Gap], marks: Sequence[int]) -> list[Answer]:
    """Let a T5-like model write each span behind its sentinel."""
    frame, end = text.frame(model.tokenizer), model.tokenizer.eos_token_id
    inputs = _inputs(
        model, [frame.wrap(span.spoil(gap.ids, gap.gone, marks))["input_ids"] for gap in gaps]
    )
    targets = [[*span.answer(gap.ids, gap.gone, marks), end] for gap in gaps]
    start = model.plain.config.decoder_start_token_id
    fed = pad([[start, *target[:-1]] for target in targets], model.tokenizer.pad_token_id)
    marked = {*marks, end}
    labels = pad([[-100 if token in marked else token for token in t] for t in targets], -100)
    labels = labels.to(model.device)
    hidden = labels != -100
    teacher = {**inputs, "decoder_input_ids": fed.to(model.device)}
    losses = _losses(logits_at(model.net, teacher, hidden).float(), labels[hidden])
    written = generate(
        model.net,
        inputs,
        Generate(),
        # Twice the room of the right answer: what is longer has gone wrong.
        max_tokens=[2 * len(target) for target in targets],
        family=model.family,
    )
    answers: list[Answer] = []
    place = 0
    for gap, row in zip(gaps, written, strict=True):
        count = sum(end - first for first, end in gap.gone)
        given = span.read(row, marks, end)
        right = [
            list(gap.ids[first:stop]) == filled
            for (first, stop), filled in zip(gap.gone, given, strict=False)
        ]
        answers.append((losses[place : place + count], right))
        place += count
    return answers


def _inputs(model: Model, rows: Sequence[Sequence[int]]) -> dict[str, Tensor]:
    return {
        "input_ids": pad(rows, model.tokenizer.pad_token_id).to(model.device),
        "attention_mask": pad([[1] * len(row) for row in rows], 0).to(model.device),
    }


def _losses(logits: Tensor, labels: Tensor) -> list[float]:
    found: list[float] = functional.cross_entropy(logits, labels, reduction="none").tolist()
    return found
