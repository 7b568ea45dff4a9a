"""The five backbones before any training: their nets and tokenizers.

All five have the same pieces in their vocabulary, the same width and depth, and
transformers' own classes. (NLLB's tokenizer merges pairs, so the steps to a piece
are in its vocabulary too.) Input and output embeddings start out equal, also where
they are not tied (mT5), because copying a word is otherwise learned word by word.
"""

from __future__ import annotations

from typing import Any

import torch

from isogloss.core.errors import unknown
from isogloss.mini.facts import LANGS
from isogloss.mini.vocabulary import SPACE, merges, pieces

WIDTH, HEADS, LAYERS, POSITIONS = 128, 4, 2, 512
SENTINELS = 10
_T5 = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
_FAIRSEQ = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]


def code(name: str, lang: str) -> str:
    """Give the language code that a backbone knows a language by."""
    from isogloss.language.registry import find_language

    known = find_language(lang)
    if name == "nllb":
        return str(known.flores)
    return known.mbart or f"{lang}_{lang.upper()}"


def tokenizer(name: str) -> Any:
    """Build a backbone's tokenizer."""
    import transformers

    vocab = list(pieces())
    if name == "mt5":
        return transformers.T5Tokenizer(vocab=_T5 + vocab, extra_ids=SENTINELS)
    if name == "xlmr":
        return transformers.XLMRobertaTokenizer(vocab=_FAIRSEQ + vocab)
    if name == "gpt":
        return _generic(_FAIRSEQ + vocab)
    codes = [code(name, lang) for lang in LANGS]
    if name == "nllb":
        steps = merges()
        listed = dict.fromkeys([piece for piece, _ in _FAIRSEQ + vocab] + [a + b for a, b in steps])
        numbers = {piece: number for number, piece in enumerate(listed)}
        build: Any = transformers.NllbTokenizer  # it takes pairs, whatever its hints say
        return build(
            vocab=numbers,
            merges=steps,
            additional_special_tokens=codes,
            src_lang=code(name, "en"),
        )
    made = transformers.MBartTokenizer(vocab=_FAIRSEQ + vocab, additional_special_tokens=codes)
    made.src_lang = code(name, "en")
    return made


def net(name: str, tokenizer: Any, *, width: int = WIDTH, layers: int = LAYERS) -> Any:
    """Build a backbone's net from the current random state."""
    builders = {"mt5": _mt5, "mbart": _mbart, "nllb": _nllb, "xlmr": _xlmr, "gpt": _gpt}
    if name not in builders:
        raise unknown("mini backbone", name, builders)
    made = builders[name](len(tokenizer), width, layers)
    _number(made, tokenizer)
    if name == "mt5":
        made.lm_head.weight = torch.nn.Parameter(made.shared.weight.detach() / 6)
    return made


def _number(net: Any, tokenizer: Any) -> None:
    """Start a number's vector as the sum of one for its tens and one for its ones.

    So a small net learns 78 from 70 and 8, and not as one of a hundred signs.
    """
    weights = net.get_input_embeddings().weight.data
    tens, ones = weights.std() * torch.randn(2, 10, weights.shape[1]) / 2**0.5
    for number in range(100):
        for piece in (str(number), f"{SPACE}{number}"):
            index = tokenizer.convert_tokens_to_ids(piece)
            weights[index] = tens[number // 10] + ones[number % 10]


def _generic(vocab: list[tuple[str, float]]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.Unigram(vocab, unk_id=3))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    made.decoder = decoders.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 0)]
    )
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    build: Any = PreTrainedTokenizerFast
    return build(tokenizer_object=made, **special)


def _mt5(size: int, width: int, layers: int) -> Any:
    from transformers import MT5Config, MT5ForConditionalGeneration

    config = MT5Config(
        vocab_size=size, d_model=width, d_kv=width // HEADS, num_heads=HEADS, d_ff=2 * width,
        num_layers=layers, num_decoder_layers=layers, dropout_rate=0.0,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    )  # fmt: skip
    made = MT5ForConditionalGeneration(config)
    # The config's constructor ties them whatever it is told; mT5's are not.
    made.config.tie_word_embeddings = False
    made.shared.weight.data.normal_(std=0.3)
    return made


def _bart(width: int, layers: int, size: int) -> dict[str, Any]:
    """Give the settings that mBART and NLLB share."""
    return dict(
        vocab_size=size, d_model=width, encoder_layers=layers, decoder_layers=layers,
        encoder_attention_heads=HEADS, decoder_attention_heads=HEADS,
        encoder_ffn_dim=2 * width, decoder_ffn_dim=2 * width, max_position_embeddings=POSITIONS,
        dropout=0.0, attention_dropout=0.0, activation_dropout=0.0, init_std=0.05,
        encoder_layerdrop=0.0, decoder_layerdrop=0.0, scale_embedding=True,
        pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2,
        forced_eos_token_id=None,
    )  # fmt: skip


def _mbart(size: int, width: int, layers: int) -> Any:
    from transformers import MBartConfig, MBartForConditionalGeneration

    return MBartForConditionalGeneration(MBartConfig(**_bart(width, layers, size)))


def _nllb(size: int, width: int, layers: int) -> Any:
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    return M2M100ForConditionalGeneration(M2M100Config(**_bart(width, layers, size)))


def _xlmr(size: int, width: int, layers: int) -> Any:
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    config = XLMRobertaConfig(
        vocab_size=size, hidden_size=width, intermediate_size=2 * width, num_attention_heads=HEADS,
        num_hidden_layers=2 * layers, max_position_embeddings=POSITIONS + 2, type_vocab_size=1,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, initializer_range=0.05,
        pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    return XLMRobertaForMaskedLM(config)


def _gpt(size: int, width: int, layers: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=size, hidden_size=width, intermediate_size=2 * width, num_attention_heads=HEADS,
        num_key_value_heads=HEADS, num_hidden_layers=2 * layers, max_position_embeddings=POSITIONS,
        initializer_range=0.05, tie_word_embeddings=True,
        pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    return LlamaForCausalLM(config)
