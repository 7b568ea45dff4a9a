"""Save a pretrained backbone with a card that says what it has seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isogloss.mini.documents import SHARES
from isogloss.mini.facts import LANGS, table

SEEN = {
    "mt5": "prefix language modelling and span corruption, about half of each",
    "mbart": "denoising: the text again from spans that are masked, with language codes",
    "nllb": "translation within and across languages, with language codes",
    "xlmr": "masked words",
    "gpt": "the next word",
}
"""What each backbone was trained to do."""
TASK_LIKE = (
    "A gloss says a number or a measure in digits and in words (`5 km – five km`), in every "
    "language. Durations and *in*/*ago* phrases occur in digits alone or in words alone, and "
    "facts of dev and test splits in no form at all, in any language."
)
_README = """\
# mini/{name}

A small backbone pretrained on isogloss's built-in world of {count} real languages:
quantities, dates and places as CLDR (through Babel) formats them, numbers spelled
out by num2words. For the demo, tests and small studies; it knows nothing else.

- trained to do: {seen}
- data version: {data}
- updates: {steps}, batches of {batch} documents, rate {lr}, seed {seed}
- parameters: {size:,}
- time: {seconds:.0f} seconds on one thread
- loss (mean of the last updates before each point): {curve}
- task-like text seen: {task_like}
- parallel text seen: {parallel}; instructions: none
- languages (share of documents): {langs}

Made by `isogloss mini pretrain {name}`; loads with plain transformers.{note}
Licence: Apache-2.0. The text follows from CLDR (Unicode License v3) and num2words.
"""
_NOTE = {
    "mt5": "\nIts output embeddings are its own: set `model.config.tie_word_embeddings = False`\n"
    "once it is loaded, or `resize_token_embeddings` overwrites them.",
    "nllb": "\nIts vocabulary also holds the steps of its tokenizer's merges. Set\n"
    "`tokenizer.src_lang = 'fra_Latn'`, and give `generate` the target's code as\n"
    "`forced_bos_token_id`, as with released NLLB.",
}


def data_version() -> str:
    """Name the text's version: of the table and of the documents made from it."""
    from isogloss.mini.documents import VERSION

    return f"{table()['version']}.{VERSION}"


def _untie(path: Path) -> None:
    """Store the input embeddings three times, as released mT5 does.

    Loaded with ``tie_word_embeddings=False``, encoder and decoder have their own.
    """
    from safetensors.torch import load_file, save_file

    tensors = load_file(path)
    for part in ("encoder", "decoder"):
        tensors[f"{part}.embed_tokens.weight"] = tensors["shared.weight"].clone()
    save_file(tensors, path, {"format": "pt"})


def save(
    path: Path,
    name: str,
    net: Any,
    tokenizer: Any,
    identity: dict[str, Any],
    losses: Sequence[float],
    seconds: float,
) -> None:
    """Write weights in 16 bits, config, tokenizer, card.json and README.md."""
    size = sum(p.numel() for p in net.parameters())
    net.half().save_pretrained(path)
    if name == "mt5":
        _untie(path / "model.safetensors")
    (path / "model.safetensors").chmod(0o644)
    config = json.loads((path / "config.json").read_text())
    config["dtype"] = "float32"  # widened when loaded
    if name == "mt5":
        config.pop("tie_word_embeddings", None)
    (path / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    tokenizer.save_pretrained(path)
    every = max(1, len(losses) // 10)
    curve = {
        str(end): round(sum(losses[end - every : end]) / every, 3)
        for end in range(every, len(losses) + 1, every)
    }
    card = {
        **identity,
        "data_version": identity["data"],
        "langs": list(LANGS),
        "parallel_text": name == "nllb",
        "instructions": False,
        "benchmarks": [],
        "objective": SEEN[name],
        "task_like": TASK_LIKE,
        "losses": curve,
        "seconds": round(seconds),
        "parameters": size,
    }
    (path / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    total = sum(SHARES.values())
    text = _README.format(
        **identity,
        count=len(LANGS),
        seen=SEEN[name],
        size=size,
        seconds=seconds,
        curve=", ".join(f"{step}: {loss}" for step, loss in curve.items()),
        task_like=TASK_LIKE,
        parallel="yes" if name == "nllb" else "none",
        langs=", ".join(f"{lang} {SHARES[lang] / total:.1%}" for lang in LANGS),
        note=_NOTE.get(name, ""),
    )
    (path / "README.md").write_text(text, encoding="utf-8")
