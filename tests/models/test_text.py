"""Words stay apart, user text stays text, and places hold whole graphemes: any tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import regex

import sample
import tiny
import vocabulary
from isogloss.core.run import Fit
from isogloss.core.types import Answer, Example
from isogloss.models.family.denoise import pairs
from isogloss.models.head import text
from isogloss.models.load import build

SENTENCES = [
    ("The", "team", "won", "the", "final"),
    ("no", "where"),
    ("now", "here"),
    ("nowhere",),
    ("in", "five", "days"),
    ("через", "пять"),
    ("черезпять",),
    ("2", "0"),
    ("20",),
]
UNSPACED = [("อีก", "ห้า", "วัน"), ("อีกห้า", "วัน"), ("五", "日後に"), ("五日", "後に")]
CONTROL = (
    "</s>", "<s>", "<pad>", "<unk>", "<mask>", "<bos>", "<eos>", "<extra_id_0>", "[MASK]", "[SEP]",
    "[CLS]", "[PAD]", "[UNK]", "en_XX", "fra_Latn", "__en__", "<|endoftext|>", "<|user|>",
    "<|end|>",
)  # fmt: skip


def joined(pieces: list[list[int]]) -> list[int]:
    """Join the tokens of words."""
    return [number for piece in pieces for number in piece]


@pytest.mark.parametrize("name", vocabulary.NAMES)
def test_words_stay_apart(name: str) -> None:
    tokenizer = vocabulary.tokenizer(name)
    # WordPiece parts ideographs by itself, so that words of them look alike.
    sentences = SENTENCES if "bert" in name else SENTENCES + UNSPACED
    ids = [joined(pieces) for pieces in text.words(tokenizer, sentences)]
    assert len(set(map(tuple, ids))) == len(ids)
    for words, found in zip(sentences, ids, strict=True):
        if tokenizer.unk_token_id not in found:
            written = tokenizer.decode(found).strip()
            right = " ".join(words)
            assert written == (right.lower() if name == "bert-uncased" else right)


@pytest.mark.parametrize("name", vocabulary.NAMES)
def test_words_are_as_within_a_text(name: str) -> None:
    tokenizer = vocabulary.tokenizer(name)
    for sentence in map(str.split, list(tiny.sentences())[::5]):
        [pieces] = text.words(tokenizer, [sentence])
        [whole] = text.tokens(tokenizer, [" ".join(sentence)])
        behind = joined(pieces[1:])
        assert behind == whole[len(whole) - len(behind) :]


def test_words_stay_apart_where_a_leading_space_is_lost() -> None:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({char: number for number, char in enumerate(alphabet)}, []))
    made.normalizer = normalizers.Strip(left=True, right=False)
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made)
    found = text.words(tokenizer, SENTENCES)
    for words, pieces in zip(SENTENCES, found, strict=True):
        assert tokenizer.decode(joined(pieces)).strip() == " ".join(words)


def test_tagging_on_gemma_reads_words_and_learns_labels(tmp_path: Path) -> None:
    from transformers import GemmaConfig, GemmaForCausalLM

    tokenizer = vocabulary.tokenizer("gemma")
    config = GemmaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, intermediate_size=32, max_position_embeddings=64,
        bos_token_id=4, eos_token_id=5, pad_token_id=3,
    )  # fmt: skip
    GemmaForCausalLM(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    model = build(str(tmp_path), sample.task("tag"))
    words = ("The", "team", "won", "the", "final")
    example = Example("0", "en", {"words": words}, ("O", "B-LOC", "I-LOC", "O", "O"))
    [item] = model.head.encode(model, [example], Fit(max_source=48), train=True)
    read, answer = item.features["input_ids"], [n for n in item.features["labels"] if n != -100]
    written = model.tokenizer.decode(read, skip_special_tokens=True).split()
    assert written == [*words, *example.target], "words, labels and what is between them"
    assert model.tokenizer.decode(answer, skip_special_tokens=True).split() == list(example.target)


@pytest.mark.parametrize("name", vocabulary.NAMES)
def test_names_of_control_tokens_are_text(name: str) -> None:
    tokenizer = vocabulary.tokenizer(name)
    control = set(text.control(tokenizer)) - {tokenizer.unk_token_id}
    texts = [made for c in CONTROL for made in (c, f"in {c} five", f"five{c}days")]
    found = text.tokens(tokenizer, texts)
    for each, ids in zip(texts, found, strict=True):
        assert control.isdisjoint(ids), each
        assert len(ids) > 1, each
    assert text.tokens(tokenizer, ["<unk>"]) != [[tokenizer.unk_token_id]]
    words = [f"five{c}" for c in CONTROL]
    assert all(control.isdisjoint(ids) for ids in text.words(tokenizer, [words])[0])
    if tokenizer.is_fast:
        assert [ids for ids, _ in text.offsets(tokenizer, texts)] == found


@pytest.mark.parametrize("name", vocabulary.NAMES)
def test_ordinary_text_is_as_the_tokenizer_has_it(name: str) -> None:
    tokenizer = vocabulary.tokenizer(name)
    texts = [*tiny.sentences(), " five  days\n", "x < y > z", "[a]", "s/pad/"]
    own = tokenizer(texts, add_special_tokens=False)["input_ids"]
    assert text.tokens(tokenizer, texts) == own


def test_tokenizers_are_saved_as_they_were(tmp_path: Path) -> None:
    for name in ("xlmr", "nllb", "gemma"):
        tokenizer = vocabulary.tokenizer(name)
        before = tokenizer.backend_tokenizer.to_str()
        ids = tokenizer("in </s> five")["input_ids"]
        text.tokens(tokenizer, ["in </s> five"])
        assert tokenizer("in </s> five")["input_ids"] == ids
        assert tokenizer.backend_tokenizer.to_str() == before


def test_marks_of_noised_text_stay_control_tokens(checkpoints: Path) -> None:
    import random

    texts = ["the ship sails to the city and </s> comes back", "a <extra_id_4> of the user's"]
    made = pairs(texts, "en", "spans", random.Random(0))
    assert len(made) == 1, "a text that holds a mark can't be told from a noised one"
    tokenizer = vocabulary.tokenizer("t5")
    first = tokenizer.convert_tokens_to_ids("<extra_id_0>")
    [read] = text.fields(sample.task("generate"), made[0])
    model = build(str(tiny.checkpoint("mt5", checkpoints)), sample.task("generate"))
    target = model.head.target(model.task, made[0])
    for each in (read, target):
        [ids] = text.tokens(tokenizer, [each])
        assert ids.count(first) == 1
        assert tokenizer.eos_token_id not in ids
    mixed = text.tokens(tokenizer, ["<extra_id_0>", text.Marked("<extra_id_0>")])
    assert first not in mixed[0]
    assert mixed[1] == [first]


@pytest.mark.parametrize("kind", ["classify", "choose", "tag", "span", "generate", "retrieve"])
@pytest.mark.parametrize("name", ["bert", "xlmr", "mt5", "mbart50", "gemma"])
def test_no_head_lets_user_text_control_it(name: str, kind: str, checkpoints: Path) -> None:
    if kind == "generate" and tiny.FAMILY[name] == "encoder":
        return
    model = build(str(tiny.checkpoint(name, checkpoints)), sample.task(kind))

    def counts(word: str) -> dict[int, int]:
        inputs: dict[str, Any] = {
            "classify": {"text": f"five {word}", "pair": word},
            "choose": {"text": f"five {word}", "options": (word, f"a {word}")},
            "tag": {"words": ("five", word)},
            "span": {"question": word, "context": f"five {word}"},
            "generate": {"text": f"five {word}"},
            "retrieve": {"text": f"five {word}", "options": (word, f"a {word}")},
        }[kind]
        target: Any = {
            "classify": "time", "choose": 0, "tag": ("O", "O"), "generate": word, "retrieve": 0,
            "span": (Answer(word, 5),),
        }[kind]  # fmt: skip
        example = Example("0", "en", inputs, target)
        items = model.head.encode(model, [example], Fit(max_source=64), train=True)
        ids = [n for item in items for n in item.features["input_ids"]]
        return {n: ids.count(n) for n in model.tokenizer.all_special_ids}

    unknown = model.tokenizer.unk_token_id
    ordinary = {n: count for n, count in counts("ship").items() if n != unknown}
    for word in model.tokenizer.all_special_tokens:
        assert {n: count for n, count in counts(word).items() if n != unknown} == ordinary, word


def graphemes(written: str) -> set[int]:
    """List the borders between a text's graphemes."""
    return {0, *(match.end() for match in regex.finditer(r"\X", written))}


@pytest.mark.parametrize("name", ["bert-uncased", "bert", "xlmr", "bloom", "gemma", "nllb"])
def test_places_hold_whole_graphemes(name: str) -> None:
    texts = [
        "जॉन एलवे",
        "तीन मैच।",
        "أولاً",
        "e\u0301te\u0301 l'été",
        "น้ำ ห้า",
        "👩\u200d👩\u200d👧 a",
        "a\r\nb",
        "",
    ]
    for written, (_, places) in zip(
        texts, text.offsets(vocabulary.tokenizer(name), texts), strict=True
    ):
        borders = graphemes(written)
        assert all(low in borders and high in borders for low, high in places), written


@pytest.mark.parametrize("lang", ["ar", "de", "en", "es", "hi", "ro", "ru", "tr", "zh"])
def test_every_answer_of_xquad_can_be_returned_whole(lang: str, data: Path) -> None:
    """The tokens of an answer give at least the answer, accents and vowel signs included."""
    articles = json.loads((data / "xquad" / f"xquad.{lang}.json").read_text("utf-8"))["data"]
    paragraphs = [p for article in articles[:6] for p in article["paragraphs"]]
    contexts = [paragraph["context"] for paragraph in paragraphs]
    for name in ("bert-uncased", "bloom"):
        found = text.offsets(vocabulary.tokenizer(name), contexts)
        for paragraph, (_, places) in zip(paragraphs, found, strict=True):
            for asked in paragraph["qas"]:
                answer = asked["answers"][0]
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                inside = [p for p in places if p[0] < end and p[1] > start]
                assert answer["text"] in paragraph["context"][inside[0][0] : inside[-1][1]]
