"""Tiny random checkpoints of real architectures, with small tokenizers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

NAMES: tuple[str, ...] = (
    "bert", "xlmr", "mt5", "umt5", "t5", "mbart", "mbart50", "m2m100", "llama", "qwen2", "qwen3",
    "gemma", "xglm", "bloom",
)  # fmt: skip
FAMILY = {
    **dict.fromkeys(("bert", "xlmr"), "encoder"),
    **dict.fromkeys(("mt5", "umt5", "t5", "mbart", "mbart50", "m2m100"), "encoder_decoder"),
    "m2m100-slow": "encoder_decoder",
    "gpt2": "decoder",
    **dict.fromkeys(("llama", "qwen2", "qwen3", "gemma", "xglm", "bloom"), "decoder"),
}
WIDTH, VOCABULARY = 32, 600

_WORDS = {
    "en": "in five days the ship sails to the city and comes back after two long weeks",
    "de": "in fünf Tagen fährt das Schiff in die Stadt und kommt nach zwei Wochen zurück",
    "fr": "dans cinq jours le bateau part vers la ville et revient après deux semaines",
    "ru": "через пять дней корабль идёт в город и возвращается через две недели",
    "sw": "baada ya siku tano meli inaenda mjini na kurudi baada ya wiki mbili",
    "hi": "पाँच दिन में जहाज शहर को जाता है और दो सप्ताह बाद लौटता है",
    "th": "อีกห้าวันเรือจะไปเมืองและกลับมาหลังสองสัปดาห์",
    "ja": "五日後に船は町へ行き二週間後に戻る",
}
LABELS = "O B-PER I-PER B-LOC I-LOC travel time place yes no positive negative even odd B-ODD"


def sentences() -> Iterator[str]:
    """Write the text that the vocabularies are made from."""
    for text in [*_WORDS.values(), LABELS]:
        words = text.split()
        yield text
        for first in range(len(words)):
            yield " ".join(words[first:] + words[:first])
    for number in range(60):
        yield f"{number} days , {number} weeks ? {number} ."


def checkpoint(name: str, folder: Path, *, positions: int = 160) -> Path:
    """Save a random model of an architecture with its tokenizer, as a user would have it.

    Args:
        positions: most tokens of a text, where there is an end.

    Returns:
        ``folder / name``; what is there already stays.
    """
    import torch
    from transformers.utils import logging

    path = folder / name
    if (path / "config.json").is_file():
        return path
    tokenizer = _tokenizer(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = _net(name, tokenizer, positions)
        if FAMILY[name] != "encoder":
            with torch.no_grad():
                _soften(name, net)
    logging.disable_progress_bar()
    net.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def _soften(name: str, net: Any) -> None:
    """Bring the first loss near that of guessing; a random mT5 starts at 37.

    mT5's output layer is not tied, as in the released checkpoints. umT5, which looks up
    positions anew in every layer, learns too little from smaller embeddings in 200 steps.
    """
    import torch

    if name == "mt5":
        net.config.tie_word_embeddings = False
        net.lm_head.weight = torch.nn.Parameter(0.05 * torch.randn_like(net.lm_head.weight))
    if name in ("mt5", "umt5", "t5"):
        net.get_input_embeddings().weight.mul_(0.3 if name == "umt5" else 0.1)


def _net(name: str, tokenizer: Any, positions: int) -> Any:
    import transformers as t

    size = len(tokenizer)
    ids = {
        "vocab_size": size,
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.bos_token_id,
    }
    wide = {"hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 2}
    long = {"intermediate_size": 2 * WIDTH, "max_position_embeddings": positions}
    pair = {
        "d_model": WIDTH, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2,
        "decoder_attention_heads": 2, "encoder_ffn_dim": 2 * WIDTH, "decoder_ffn_dim": 2 * WIDTH,
        "max_position_embeddings": positions,
    }  # fmt: skip
    five = {
        "d_model": WIDTH, "d_kv": 16, "d_ff": 2 * WIDTH, "num_layers": 2, "num_heads": 2,
        "decoder_start_token_id": 0, "vocab_size": size, "pad_token_id": 0, "eos_token_id": 1,
    }  # fmt: skip
    grouped = {**ids, **wide, **long, "num_key_value_heads": 1, "head_dim": 16}
    if name == "bert":
        return t.BertForMaskedLM(t.BertConfig(**ids, **wide, **long))
    if name == "xlmr":
        return t.XLMRobertaForMaskedLM(t.XLMRobertaConfig(**ids, **wide, **long, type_vocab_size=1))
    if name == "mt5":
        return t.MT5ForConditionalGeneration(t.MT5Config(**five))
    if name == "umt5":
        return t.UMT5ForConditionalGeneration(t.UMT5Config(**five))
    if name == "t5":
        return t.T5ForConditionalGeneration(t.T5Config(**five))
    if name in ("mbart", "mbart50"):
        config = t.MBartConfig(**ids, **pair, decoder_start_token_id=2)
        return t.MBartForConditionalGeneration(config)
    if name.startswith("m2m100"):
        if name == "m2m100-slow":
            ids["vocab_size"] = size + 110  # its length leaves out the languages
        # As in the released NLLB: without both of two layers nothing would reach the encoder.
        whole = {"encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0}
        config = t.M2M100Config(**ids, **pair, **whole, decoder_start_token_id=2)
        return t.M2M100ForConditionalGeneration(config)
    if name == "llama":
        return t.LlamaForCausalLM(t.LlamaConfig(**grouped))
    if name == "qwen2":
        return t.Qwen2ForCausalLM(t.Qwen2Config(**ids, **wide, **long, num_key_value_heads=1))
    if name == "qwen3":
        return t.Qwen3ForCausalLM(t.Qwen3Config(**grouped))
    if name == "gemma":
        return t.GemmaForCausalLM(t.GemmaConfig(**grouped))
    if name == "xglm":
        return t.XGLMForCausalLM(
            t.XGLMConfig(
                **ids, d_model=WIDTH, num_layers=2, attention_heads=2, ffn_dim=2 * WIDTH,
                max_position_embeddings=positions,
            )
        )  # fmt: skip
    if name == "gpt2":
        return t.GPT2LMHeadModel(
            t.GPT2Config(**ids, n_embd=WIDTH, n_layer=2, n_head=2, n_positions=positions)
        )
    assert name == "bloom", name
    return t.BloomForCausalLM(t.BloomConfig(**ids, hidden_size=WIDTH, n_layer=2, n_head=2))


def _tokenizer(name: str) -> Any:
    import transformers as t

    if name == "bert":
        return t.BertTokenizer(vocab=_wordpiece(), do_lower_case=False)
    if name in ("llama", "qwen2", "qwen3", "bloom", "gpt2"):
        return _bytes(name)
    if name == "m2m100-slow":
        return _slow()
    pieces = _unigram()
    if name in ("mt5", "umt5", "t5"):
        first = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
        return t.T5Tokenizer(vocab=first + pieces, extra_ids=0)
    first = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    if name == "gemma":
        return _sentence(first + pieces, start=True)
    if name == "xglm":
        return t.XGLMTokenizer(vocab=first + pieces)
    if name == "xlmr":
        return t.XLMRobertaTokenizer(vocab=[*first, *pieces, ("<mask>", 0.0)])
    if name in ("mbart", "mbart50"):
        from transformers.models.mbart import tokenization_mbart
        from transformers.models.mbart50 import tokenization_mbart50

        module: Any = tokenization_mbart if name == "mbart" else tokenization_mbart50
        made = t.MBartTokenizer if name == "mbart" else t.MBart50Tokenizer
        codes = [(code, 0.0) for code in module.FAIRSEQ_LANGUAGE_CODES]
        return made(vocab=[*first, *pieces, *codes, ("<mask>", 0.0)], src_lang="en_XX")
    assert name == "m2m100", name
    codes = [
        "eng_Latn", "deu_Latn", "fra_Latn", "rus_Cyrl", "swh_Latn", "hin_Deva", "tha_Thai",
        "arb_Arab", "spa_Latn", "tur_Latn", "vie_Latn", "zho_Hans",
    ]  # fmt: skip
    vocabulary, merges = _bpe()
    return t.NllbTokenizer(
        vocab=vocabulary, merges=merges, extra_special_tokens=codes, src_lang="eng_Latn"
    )


@cache
def _words() -> tuple[list[str], list[str]]:
    """List half of the words, which are tokens, and the characters that spell the others.

    By rule, because the trainers of unigram and WordPiece differ from run to run.
    """
    every = sorted({word for text in sentences() for word in text.split()})
    return every[::2], sorted({char for word in every for char in word})


@cache
def _unigram() -> list[tuple[str, float]]:
    whole, characters = _words()
    pieces = [("▁", -8.0), *((char, -12.0) for char in characters)]
    return [*pieces, *((f"▁{word}", -8.0) for word in whole)]


@cache
def _bpe() -> tuple[dict[str, int], list[tuple[str, str]]]:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    first = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=first, show_progress=False)
    made.train_from_iterator(sentences(), trainer)
    model = json.loads(made.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]


@cache
def _wordpiece() -> dict[str, int]:
    whole, characters = _words()
    first = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = dict.fromkeys([*first, *characters, *(f"##{char}" for char in characters), *whole])
    return {piece: number for number, piece in enumerate(pieces)}


def _bytes(name: str) -> Any:
    """Make a byte-level vocabulary; Llama's puts a token at the start."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Tokenizer

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    qwen = name in ("qwen2", "qwen3")
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<|endoftext|>"] if qwen else ["<s>", "</s>", "<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(sentences(), trainer)
    if qwen:
        model = json.loads(made.to_str())["model"]
        merges = [tuple(pair) for pair in model["merges"]]
        return Qwen2Tokenizer(vocab=model["vocab"], merges=merges)
    if name == "llama":
        made.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)]
        )
    # Released Llamas have no token for padding.
    more = {} if name == "llama" else {"pad_token": "<pad>"}
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", **more)


def _slow() -> Any:
    """Make M2M100's tokenizer, which is written in Python."""
    import tempfile

    import sentencepiece
    from transformers import M2M100Tokenizer

    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "made.model"
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=sentences(), model_prefix=str(model.with_suffix("")),
            vocab_size=300, hard_vocab_limit=False, minloglevel=2,
        )  # fmt: skip
        made = sentencepiece.SentencePieceProcessor(model_file=str(model))
        pieces = [made.id_to_piece(number) for number in range(made.get_piece_size())]
        first = ["<s>", "<pad>", "</s>", "<unk>"]
        vocabulary = {piece: n for n, piece in enumerate(dict.fromkeys(first + pieces))}
        words = Path(folder) / "vocab.json"
        words.write_text(json.dumps(vocabulary))
        return M2M100Tokenizer(str(words), str(model), src_lang="en")


def _sentence(vocabulary: list[tuple[str, float]], *, start: bool) -> Any:
    """Make a SentencePiece-like vocabulary with a token at the start."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    made.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    if start:
        made.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 0)]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
    )  # fmt: skip
