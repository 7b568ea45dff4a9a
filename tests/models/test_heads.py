"""Every head on every architecture: loss, gradients, predictions, long inputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import AutoTokenizer

import sample
import tiny
from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Answer, Example
from isogloss.models.decode.predict import predict
from isogloss.models.family import language_code
from isogloss.models.head import head_for, text
from isogloss.models.load import build
from isogloss.models.model import Model

FIT = Fit(max_source=64, stride=16)
GENERATE = Generate(max_tokens=6)
CPU = Machine(device="cpu", progress=False)
KINDS = [name for name, kind in plugin.kinds().items() if not kind.inputs]
"""Of texts alone; the others have tests of their own."""
CELLS = [
    (name, kind)
    for name in tiny.NAMES
    for kind in KINDS
    if plugin.kind(kind).hub or tiny.FAMILY[name] != "encoder"
]


def make(name: str, kind: str, folder: Path, **settings: Any) -> Model:
    """Build a tiny model for a kind of task."""
    return build(str(tiny.checkpoint(name, folder)), sample.task(kind, **settings))


def answers(model: Model, examples: list[Example], fit: Fit = FIT) -> list[Any]:
    """Predict, unlabelled, and give values, scores and flags."""
    blind = [replace(example, target=None) for example in examples]
    found = predict(model, blind, fit=fit, generate=GENERATE, machine=CPU)
    assert [each.id for each in found] == [example.id for example in examples]
    return found


def batch_loss(model: Model, items: list[Any], weight: float | None = None) -> torch.Tensor:
    """Give the loss of one batch."""
    batch = model.head.collate(model, items, train=True)
    batch.weight = weight or batch.weight
    return model.head.loss(model.net, batch)["task"]


@pytest.mark.parametrize(("name", "kind"), CELLS)
def test_head_trains_and_answers(name: str, kind: str, checkpoints: Path) -> None:
    model, examples = make(name, kind, checkpoints), sample.examples(kind)
    model.net.eval()
    items = model.head.encode(model, examples, FIT, train=True)
    loss = batch_loss(model, items)
    loss.backward()
    trained = [(n, p) for n, p in model.net.named_parameters() if p.requires_grad]
    assert all(p.grad is not None for _, p in trained)
    total = sum(item.weight for item in items)
    if model.head.splittable:
        parts = [batch_loss(model, [item], total) for item in items]
        assert float(sum(parts).detach()) == pytest.approx(float(loss.detach()), rel=1e-4)
    alone = [answers(model, [example])[0] for example in examples]
    for one, other in zip(answers(model, examples), alone, strict=True):
        assert (one.value, one.flags) == (other.value, other.flags)
        assert one.scores == pytest.approx(other.scores, abs=1e-4)


@pytest.mark.parametrize("name", ["mt5", "mbart", "m2m100", "llama", "xglm", "bloom"])
@pytest.mark.parametrize("kind", ["classify", "choose"])
def test_scores_are_log_likelihoods(name: str, kind: str, checkpoints: Path) -> None:
    model, examples = make(name, kind, checkpoints), sample.examples(kind)
    check_scores(model, examples)


def test_scores_are_right_beyond_a_sliding_window(checkpoints: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer, MistralConfig, MistralForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(tiny.checkpoint("llama", checkpoints))
    config = MistralConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
        intermediate_size=64, vocab_size=len(tokenizer), sliding_window=4,
    )  # fmt: skip
    MistralForCausalLM(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    check_scores(build(str(tmp_path), sample.task("classify")), sample.examples("classify"))


def check_scores(model: Model, examples: list[Example]) -> None:
    """Compare scores with the log-likelihood of each label by itself."""
    model.net.eval()
    found = answers(model, examples)
    for example, prediction in zip(examples, found, strict=True):
        labels = (
            model.task.labels
            if model.task.kind == "classify"
            else range(len(example.inputs["options"]))
        )
        for label in labels:
            item = model.head.encode(model, [replace(example, target=label)], FIT, train=True)
            inputs = dict(model.head.collate(model, item, train=True).inputs)
            target = inputs.pop("labels")
            with torch.no_grad():
                logits = model.net(**inputs).logits
            if model.family.name == "decoder":
                logits, target = logits[:, :-1], target[:, 1:]
            naive = -functional.cross_entropy(logits[0], target[0], reduction="sum")
            assert prediction.scores[str(label)] == pytest.approx(float(naive), abs=1e-3)


@pytest.mark.parametrize("name", ["mt5", "mbart", "mbart50", "m2m100", "qwen3", "gemma", "bloom"])
def test_generation_equals_transformers_own(name: str, checkpoints: Path) -> None:
    model, examples = make(name, "generate", checkpoints), sample.examples("generate")
    model.net.eval()
    found = answers(model, examples)
    for example, prediction in zip(examples, found, strict=True):
        [item] = model.head.encode(model, [example], FIT, train=False)
        inputs = torch.tensor([item.features["input_ids"]])
        start = item.meta["start"]
        more = {"decoder_input_ids": torch.tensor([start])} if start else {}
        with language_code.starting(model, start[0] if start else None):
            out = model.net.generate(inputs, max_new_tokens=6, do_sample=False, **more)
        own = out[0, len(start) or inputs.shape[1] :]
        limit = model.tokenizer.eos_token_id not in own
        assert prediction.value == text.written(model.tokenizer, own.tolist(), limit).strip()


def test_prompt_is_masked_and_first(checkpoints: Path) -> None:
    model, [example, *_] = make("llama", "generate", checkpoints), sample.examples("generate")
    [item] = model.head.encode(model, [example], FIT, train=True)
    ids, labels = item.features["input_ids"], item.features["labels"]
    assert labels[: item.source] == [-100] * item.source
    assert labels[item.source :] == ids[item.source :]
    assert model.tokenizer.decode(ids[: item.source]) == "<s>travel five days\n"
    assert model.tokenizer.decode(labels[item.source :]) == "in five days</s>"
    batch = model.head.collate(
        model, model.head.encode(model, sample.examples("generate"), FIT, train=False), train=False
    )
    assert batch.inputs["attention_mask"][:, -1].all(), "decoders are padded on the left"


def test_tag_text_counts_malformed_answers(checkpoints: Path) -> None:
    model, examples = make("mt5", "tag", checkpoints), sample.examples("tag")
    items = model.head.encode(model, examples, FIT, train=False)
    spoken = ["O B-LOC", "O O O B-LOC I-LOC", "B-LOC nonsense"]
    raws = [
        (model.tokenizer(each, add_special_tokens=False)["input_ids"], False) for each in spoken
    ]
    short, right, wrong = model.head.merge(model, examples, items, raws)
    assert (short.value, short.flags) == (("O", "B-LOC", "O"), ("malformed",))
    assert (right.value, right.flags) == (examples[1].target, ())
    assert (wrong.value, wrong.flags) == (("B-LOC", "O"), ("malformed",))


@pytest.mark.parametrize("name", ["bert", "xlmr"])
def test_first_token_of_a_word_is_labelled(name: str, checkpoints: Path) -> None:
    model, examples = make(name, "tag", checkpoints), sample.examples("tag")
    for example, item in zip(
        examples, model.head.encode(model, examples, FIT, train=True), strict=True
    ):
        labels = [label for label in item.features["labels"] if label != -100]
        assert [model.task.labels[label] for label in labels] == list(example.target)
        places = item.meta["places"].values()
        pieces = model.tokenizer.convert_ids_to_tokens(item.features["input_ids"])
        assert not any(pieces[place].startswith("##") for place in places)


@pytest.mark.parametrize("name", ["xlmr", "bert", "mt5"])
@pytest.mark.parametrize("long", ["head", "head_tail", "chunks"])
def test_no_word_is_lost_when_cut(name: str, long: Any, checkpoints: Path) -> None:
    model = make(name, "tag", checkpoints)
    words = ("the", "ship", "sails", "to", "the", "city", "and", "back") * 4
    example = Example("0", "en", {"words": words}, ("O",) * len(words))
    fit = Fit(max_source=24, stride=8, long=long)
    items = model.head.encode(model, [example], fit, train=True)
    assert all(item.source <= 24 for item in items)
    [found] = answers(model, [example], fit)
    assert len(found.value) == len(words)
    assert ("cut" in found.flags) == (long != "chunks")
    assert (len(items) > 1) == (long == "chunks")
    if name != "mt5":
        answered = [word for item in items for word in item.meta["places"]]
        assert len(answered) == len(set(answered))
        assert (set(answered) == set(range(len(words)))) == (long == "chunks")


@pytest.mark.parametrize("name", ["xlmr", "mt5", "llama"])
@pytest.mark.parametrize("long", ["head", "head_tail", "chunks"])
def test_long_text_is_cut_or_chunked(name: str, long: Any, checkpoints: Path) -> None:
    model = make(name, "classify", checkpoints, fields=("text",))
    example = Example("0", "en", {"text": "the ship sails to the city " * 9}, "time")
    fit = Fit(max_source=24, stride=8, long=long)
    items = model.head.encode(model, [example], fit, train=False)
    assert all(item.source <= 24 for item in items)
    [found] = answers(model, [example], fit)
    assert found.flags == (() if long == "chunks" else ("cut",))
    assert (len(items) > 1) == (long == "chunks")


@pytest.mark.parametrize("name", ["bert", "xlmr"])
def test_span_reads_its_answer_back_from_offsets(name: str, checkpoints: Path) -> None:
    model, examples = make(name, "span", checkpoints), sample.examples("span")
    items = model.head.encode(model, examples, Fit(max_source=60, stride=30), train=True)
    assert sum(item.index == 1 for item in items) > 1, "a long context has several windows"
    raws: list[Any] = []
    for item in items:
        start, end = item.features["start_positions"][0], item.features["end_positions"][0]
        if not start:
            raws.append((float("-inf"), 0, 0))
            continue
        places = item.meta["offsets"]
        low, high = places[start - item.meta["first"]][0], places[end - item.meta["first"]][1]
        raws.append((1.0, low, high))
    for example, found in zip(
        examples, model.head.merge(model, examples, items, raws), strict=True
    ):
        assert found.value == example.target[0].text


def test_span_windows_cover_the_context(checkpoints: Path) -> None:
    model = make("xlmr", "span", checkpoints)
    context = "the ship sails to the city and comes back after two long weeks " * 4
    last = context.rindex("weeks")
    example = Example("0", "en", {"question": "w", "context": context}, (Answer("weeks", last),))
    items = model.head.encode(model, [example], FIT, train=False)
    covered = {place for item in items for place in item.meta["offsets"]}
    [(_, every)] = text.offsets(model.tokenizer, [context])
    assert covered == set(every)
    trained = model.head.encode(model, [example], FIT, train=True)
    assert trained[-1].features["start_positions"][0] > 0
    assert trained[0].features["start_positions"] == [0]


def test_retrieval_embeds_each_option_once(checkpoints: Path) -> None:
    model, examples = make("xlmr", "retrieve", checkpoints), sample.examples("retrieve")
    items = model.head.encode(model, examples, FIT, train=False)
    assert sum("option" in item.meta for item in items) == 4
    assert not model.head.splittable
    texts = [
        replace(e, inputs={**e.inputs, "text": e.inputs["options"][e.target]}) for e in examples
    ]
    assert [found.value for found in answers(model, texts)] == [e.target for e in examples]


def test_unknown_label_names_the_nearest(checkpoints: Path) -> None:
    model, [example, *_] = make("xlmr", "classify", checkpoints), sample.examples("classify")
    with pytest.raises(IsoglossError, match="did you mean 'travel'"):
        model.head.encode(model, [replace(example, target="travle")], FIT, train=True)


def test_encoders_do_not_generate() -> None:
    with pytest.raises(IsoglossError, match="no head for generate tasks on encoder"):
        head_for("generate", "encoder")


def test_label_smoothing_moves_the_loss(checkpoints: Path) -> None:
    cells = [("xlmr", kind) for kind in ("classify", "tag", "span", "choose", "retrieve")]
    for name, kind in [*cells, ("mt5", "generate"), ("llama", "tag")]:
        model = make(name, kind, checkpoints)
        model.net.eval()
        items = model.head.encode(model, sample.examples(kind), FIT, train=True)
        batch = model.head.collate(model, items, train=True)
        plain, smooth = (model.head.loss(model.net, batch, s)["task"] for s in (0.0, 0.3))
        assert plain != smooth
        assert smooth < 2 * plain, "what is padded takes no part"


@pytest.mark.parametrize("kind", KINDS)
def test_tokenizers_in_python_do(kind: str, checkpoints: Path) -> None:
    model, examples = make("m2m100-slow", kind, checkpoints), sample.examples(kind)
    assert not model.tokenizer.is_fast
    assert model.tags == {"en": "__en__", "de": "__de__", "fr": "__fr__"}
    batch_loss(model, model.head.encode(model, examples, FIT, train=True)).backward()
    assert len(answers(model, examples)) == len(examples)


def test_encoders_need_offsets_for_spans(checkpoints: Path) -> None:
    model = make("xlmr", "span", checkpoints)
    model.tokenizer = make("m2m100-slow", "span", checkpoints).tokenizer
    with pytest.raises(IsoglossError, match="span needs a fast tokenizer"):
        text.offsets(model.tokenizer, ["a"])


@pytest.mark.slow
@pytest.mark.parametrize("name", tiny.NAMES)
def test_every_head_learns_its_sample(name: str, checkpoints: Path) -> None:
    from isogloss.models.train.fit import fit as train

    rate = 2e-3 if tiny.FAMILY[name] == "encoder" else 1e-2 if "t5" in name else 5e-3
    fit = Fit(steps=200, batch=8, lr=rate, max_source=64, stride=16, dropout=0.0)
    for kind in plugin.names("kind"):
        if (name, kind) in CELLS:
            model, examples = make(name, kind, checkpoints), sample.examples(kind)
            model = train(model, examples, fit=fit, seed=0, machine=CPU, folder=None)
            blind = [replace(example, target=None) for example in examples]
            found = predict(model, blind, fit=fit, generate=Generate(max_tokens=40), machine=CPU)
            gold = [e.target[0].text if kind == "span" else e.target for e in examples]
            assert [each.value for each in found] == gold


def test_batches_mix_languages(checkpoints: Path) -> None:
    model, examples = make("mbart50", "generate", checkpoints), sample.examples("generate")
    codes = ["en_XX", "de_DE", "fr_XX"]
    ids = [model.tokenizer.convert_tokens_to_ids(code) for code in codes]
    items = model.head.encode(model, examples, FIT, train=True)
    batch = model.head.collate(model, items, train=True)
    assert batch.langs == ["en", "de", "fr"]
    assert batch.inputs["input_ids"][:, 0].tolist() == ids
    assert batch.inputs["decoder_input_ids"][:, :2].tolist() == [[2, number] for number in ids]
    assert (batch.inputs["labels"][:, 0] == -100).all(), "what is forced is not learned"
    crossed = replace(examples[0], langs={"text": "fr"})
    [item] = model.head.encode(model, [crossed], FIT, train=True)
    assert item.features["input_ids"][0] == ids[2]
    assert item.features["decoder_input_ids"][1] == ids[0]


def test_mbart_25_has_tags_behind_the_text(checkpoints: Path) -> None:
    model, examples = make("mbart", "generate", checkpoints), sample.examples("generate")
    items = model.head.encode(model, examples, FIT, train=True)
    for item, code in zip(items, ("en_XX", "de_DE", "fr_XX"), strict=True):
        tag = model.tokenizer.convert_tokens_to_ids(code)
        assert item.features["input_ids"][-2:] == [2, tag]
        assert item.features["decoder_input_ids"][0] == tag
        assert item.features["labels"][-1] == 2
        assert len(item.features["labels"]) == len(item.features["decoder_input_ids"])


@pytest.mark.parametrize("name", ["mbart", "mbart50", "m2m100", "m2m100-slow", "nllb-legacy"])
def test_where_tags_stand(name: str, checkpoints: Path) -> None:
    """Where the input's tag stands says nothing of the decoder's start."""
    kept = "m2m100" if name == "nllb-legacy" else name
    model = make(kept, "generate", checkpoints, prompt="")
    examples = sample.examples("generate")
    if name == "nllb-legacy":
        folder = checkpoints / "nllb-legacy"
        model.tokenizer.save_pretrained(folder)
        model.tokenizer = AutoTokenizer.from_pretrained(folder, legacy_behaviour=True)
    crossed = [replace(each, langs={"text": "de"}) for each in examples if each.lang != "de"]
    items = model.head.encode(model, crossed, FIT, train=True)
    for example, item in zip(crossed, items, strict=True):
        model.tokenizer.src_lang = model.tags["de"].strip("_")
        assert item.features["input_ids"] == model.tokenizer(example.inputs["text"])["input_ids"]
        tag = model.tokenizer.convert_tokens_to_ids(model.tags[example.lang])
        first = [tag] if name == "mbart" else [2, tag]
        assert item.features["decoder_input_ids"][: len(first)] == first
    asked = Generate(max_tokens=8)
    found = predict(model, crossed, fit=FIT, generate=asked, machine=CPU)
    for example, prediction in zip(crossed, found, strict=True):
        inputs = model.tokenizer(example.inputs["text"], return_tensors="pt")
        with language_code.speaking(
            model, example.lang
        ):  # what plain transformers reads in an export
            written = model.plain.generate(**inputs, max_new_tokens=9 - (name == "mbart"))
        own = model.tokenizer.decode(written[0], skip_special_tokens=True)
        # M2M100 decodes its tags.
        assert prediction.value == own.removeprefix(model.tags[example.lang]).strip()


def test_encoding_equals_the_tokenizers_own(checkpoints: Path) -> None:
    for name in ("mt5", "mbart", "mbart50", "m2m100"):
        model = make(name, "generate", checkpoints, prompt="")
        [example, *_] = sample.examples("generate")
        own = model.tokenizer(example.inputs["text"], text_target=example.target)
        [item] = model.head.encode(model, [example], FIT, train=True)
        assert item.features["input_ids"] == own["input_ids"]
        kept = [label for label in item.features["labels"] if label != -100]
        tag = model.tokenizer.convert_tokens_to_ids(model.tags.get("en", "</s>"))
        assert kept == [label for label in own["labels"] if label != tag or not model.tags]
    for name in ("bert", "xlmr"):
        model, [example, *_] = make(name, "classify", checkpoints), sample.examples("classify")
        own = model.tokenizer(example.inputs["text"], example.inputs["pair"])
        [item] = model.head.encode(model, [example], FIT, train=False)
        assert item.features["input_ids"] == own["input_ids"]
        assert item.features.get("token_type_ids") == own.get("token_type_ids")
