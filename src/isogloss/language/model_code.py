"""How mBART, M2M100 and NLLB spell languages, and which their tokenizer's files know."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from isogloss.language.registry import find_language

TAGGED = ("mbart", "m2m_100")
"""Architectures whose input and output name their language."""


def spellings(lang: str, architecture: str) -> tuple[str, ...]:
    """List the tags that a language may have in mBART, or in NLLB and M2M100.

    The last of mBART's is how models made like it spell languages that it lacks.
    """
    facts = find_language(lang)
    if architecture == "mbart":
        return tuple(filter(None, (facts.mbart, f"{facts.code}_{facts.code.upper()}")))
    m2m = f"__{facts.m2m.strip('_')}__" if facts.m2m else None
    return tuple(filter(None, (facts.nllb, facts.flores, m2m)))


def untagged(folder: Path, architecture: str, langs: Iterable[str]) -> list[str]:
    """List the languages that a backbone has no tag for, without loading its tokenizer.

    Empty where it has no tags at all, or its files don't tell.
    """
    file = folder / "tokenizer.json"
    if architecture not in TAGGED or not file.is_file():
        return []
    found = json.loads(file.read_bytes())
    known = {token["content"] for token in found.get("added_tokens", ())}
    vocabulary = found["model"]["vocab"]
    known.update(vocabulary if isinstance(vocabulary, dict) else (piece for piece, _ in vocabulary))
    return [lang for lang in langs if not known.intersection(spellings(lang, architecture))]
