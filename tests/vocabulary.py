"""Tokenizers by transformers' own classes, each with a small vocabulary."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import tiny

NAMES = (
    "gemma", "llama", "llama-legacy", "llama-new", "llama-unspaced", "gpt2", "gpt2-spaced",
    "roberta", "qwen2", "bloom", "t5", "byt5", "xlmr", "xglm", "mbart", "mbart50", "nllb",
    "m2m100-slow", "bert", "bert-uncased", "phi3",
)  # fmt: skip
SPECIAL = ["<unk>", "<s>", "</s>", "<pad>", "<bos>", "<eos>", "<mask>", "<|endoftext|>"]
BYTES = [f"<0x{number:02X}>" for number in range(256)]
TINY = {
    "xlmr": "xlmr", "xglm": "xglm", "mbart": "mbart", "mbart50": "mbart50", "nllb": "m2m100",
    "m2m100-slow": "m2m100-slow", "bert": "bert", "bloom": "bloom",
}  # fmt: skip


@cache
def tokenizer(name: str) -> Any:
    """Make a tokenizer as a released one of its kind is made."""
    import transformers as t

    if name == "t5":
        return t.T5Tokenizer(vocab=_t5(), extra_ids=3)
    if name == "unigram-bytes":
        return _fallen_back()
    if name in TINY:
        return tiny._tokenizer(TINY[name])
    if name == "bert-uncased":
        return t.BertTokenizer(vocab=tiny._wordpiece(), do_lower_case=True)
    if name == "byt5":
        return t.ByT5Tokenizer()
    if name in ("gpt2", "gpt2-spaced", "roberta", "qwen2"):
        made = {"gpt2": t.GPT2Tokenizer, "roberta": t.RobertaTokenizer, "qwen2": t.Qwen2Tokenizer}
        vocabulary, merges = _trained(spelled=False)
        more = {"add_prefix_space": True} if name == "gpt2-spaced" else {}
        return made[name.partition("-")[0]](vocab=vocabulary, merges=merges, **more)
    vocabulary, merges = _trained(spelled=True)
    if name == "llama-bytes":  # as released: what it lacks is spelled in bytes
        more = (byte for byte in BYTES if byte not in vocabulary)
        vocabulary = vocabulary | {byte: len(vocabulary) + n for n, byte in enumerate(more)}
    if name == "gemma":
        return t.GemmaTokenizer(vocab=vocabulary, merges=merges)
    more = {
        "llama-legacy": {"legacy": True},
        "llama-new": {"legacy": False},
        "llama-unspaced": {"add_prefix_space": False},
    }.get(name, {})
    found = t.LlamaTokenizer(vocab=vocabulary, merges=merges, **more)
    if name == "phi3":  # its chat markers are not special to the tokenizer
        found.add_tokens(["<|user|>", "<|end|>"])
        found.chat_template = "{{ '<|user|>' + messages[0]['content'] + '<|end|>' }}"
    return found


def _t5() -> list[tuple[str, float]]:
    return [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *tiny._unigram()]


def _fallen_back() -> Any:
    """Make a unigram vocabulary that spells what it lacks in bytes, as umT5's does."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    pieces = [("<unk>", 0.0), ("</s>", 0.0), *((byte, -20.0) for byte in BYTES), *tiny._unigram()]
    made = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="</s>", unk_token="<unk>")


@cache
def _trained(*, spelled: bool) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Train pairs of characters, as SentencePiece spells spaces or on bytes."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE(unk_token="<unk>"))
    alphabet = [] if spelled else pre_tokenizers.ByteLevel.alphabet()
    made.pre_tokenizer = (
        pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        if spelled
        else pre_tokenizers.ByteLevel(add_prefix_space=False)
    )
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator([*tiny.sentences(), "<|user|>[MASK]/The_"], trainer)
    model = json.loads(made.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]
