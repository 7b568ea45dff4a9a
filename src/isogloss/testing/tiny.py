"""Tiny random backbones of every family, on a vocabulary of bytes."""

from __future__ import annotations

import atexit
import importlib
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from isogloss import plugin

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<mask>")
ADDED = {
    "mt5": tuple(f"<extra_id_{number}>" for number in range(20)),
    "mbart": ("en_XX", "de_DE", "sw_KE", "es_XX"),
    "clip": ("<end>",),
}
MADE = ("xlm-roberta", "mt5", "mbart", "llama", "clip", "wav2vec2")
ARCHITECTURES = {
    name: tuple(
        each
        for each in MADE
        if each in family.architectures
        if all(plugin.input(read).usable for read in family.reads)
    )
    for name, family in plugin.families().items()
}
"""Family -> values of `model_type` that are made here, of what is installed for it."""
WIDTH = 16


@cache
def backbone(architecture: str) -> Path:
    """Make a random backbone, and its tokenizer, in a folder that goes at exit."""
    import torch

    from isogloss.models.head.pretrained import quiet

    folder = _home() / architecture
    reads = next(f for f in plugin.families().values() if architecture in f.architectures).reads
    tokenizer = _tokenizer(architecture) if "text" in reads else ()
    for part in (tokenizer, _processor(architecture)):
        if part:
            part.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = _net(architecture, len(tokenizer))
    with quiet():
        net.save_pretrained(folder)
    return folder


@cache
def _home() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="isogloss-tiny-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _tokenizer(architecture: str) -> Any:
    """Make a tokenizer of bytes: it knows every text of every language."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    wrapper: Any = importlib.import_module("transformers").PreTrainedTokenizerFast
    special = (*SPECIAL, *ADDED.get(architecture, ()))
    pieces = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    tokens = Tokenizer(models.BPE(vocab=numbers, merges=[]))
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    tokens.add_special_tokens([AddedToken(piece, special=True) for piece in special])
    start, end = ("<s>", numbers["<s>"]), ("</s>", numbers["</s>"])
    single, pair, used = {
        "xlm-roberta": ("<s> $A </s>", "<s> $A </s> </s> $B </s>", [start, end]),
        "mt5": ("$A </s>", "$A </s> $B </s>", [end]),
        "mbart": ("$A </s>", "$A </s> $B </s>", [end]),
        "llama": ("<s> $A", "<s> $A <s> $B", [start]),
        "clip": ("<s> $A <end>", "<s> $A <end> $B <end>", [start, ("<end>", len(SPECIAL))]),
    }[architecture]
    tokens.post_processor = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=used
    )
    return wrapper(
        tokenizer_object=tokens,
        pad_token="<pad>", bos_token="<s>", unk_token="<unk>",
        eos_token="<end>" if architecture == "clip" else "</s>",
        mask_token="<mask>", sep_token="</s>", cls_token="<s>",
    )  # fmt: skip


def _processor(architecture: str) -> Any:
    """Make what reads pictures or sounds; None where texts alone are read."""
    if architecture == "clip":
        from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

        size = {"height": 32, "width": 32}
        return CLIPImageProcessorPil(size=size, crop_size=size)
    hf: Any = importlib.import_module("transformers")
    return hf.Wav2Vec2FeatureExtractor() if architecture == "wav2vec2" else None


def _net(architecture: str, vocabulary: int) -> Any:
    hf: Any = importlib.import_module("transformers")
    ids = {"vocab_size": vocabulary, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    sizes = {
        "hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 2 * WIDTH, "max_position_embeddings": 514,
    }  # fmt: skip
    if architecture == "xlm-roberta":
        return hf.XLMRobertaForMaskedLM(hf.XLMRobertaConfig(**ids, **sizes))
    if architecture == "llama":
        return hf.LlamaForCausalLM(hf.LlamaConfig(**ids, **sizes, num_key_value_heads=2))
    if architecture == "clip":
        tower = {**sizes, "projection_dim": WIDTH}
        tower.pop("max_position_embeddings")
        read = {**ids, "eos_token_id": len(SPECIAL), "max_position_embeddings": 77}
        seen = {"image_size": 32, "patch_size": 8}
        config = hf.CLIPConfig(
            text_config={**tower, **read}, vision_config={**tower, **seen}, projection_dim=WIDTH
        )
        return hf.CLIPModel(config)
    if architecture == "wav2vec2":
        config = hf.Wav2Vec2Config(
            **sizes, conv_dim=(8, 8, 8), conv_kernel=(10, 8, 4), conv_stride=(10, 8, 4),
            num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2, classifier_proj_size=WIDTH,
            feat_extract_norm="layer", do_stable_layer_norm=True, layerdrop=0.0,
        )  # fmt: skip
        return hf.Wav2Vec2Model(config)
    if architecture == "mbart":
        config = hf.MBartConfig(
            **ids, d_model=WIDTH, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=2 * WIDTH, decoder_ffn_dim=2 * WIDTH,
            max_position_embeddings=514, decoder_start_token_id=2,
        )  # fmt: skip
        return hf.MBartForConditionalGeneration(config)
    config = hf.MT5Config(
        **ids, d_model=WIDTH, d_kv=8, d_ff=2 * WIDTH, num_layers=2, num_heads=2,
        decoder_start_token_id=0,
    )  # fmt: skip
    net = hf.MT5ForConditionalGeneration(config)
    # T5's own start is far too wide for random weights: the loss begins at 40.
    net.get_input_embeddings().weight.data.mul_(0.1)
    return net
