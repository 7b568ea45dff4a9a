"""What corpora have in common and how large they are, as features for choosing sources.

Words are those of ``data.word``: runs of letters, marks and digits in lower case. In scripts
without spaces between words (Thai, Han, kana, Khmer, ...) every letter counts as a word, so
their overlap and type-token ratio are those of letters, and compare only with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import nan
from pathlib import Path

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import find_language

FEWEST = 100
"""Words below which a text says nothing of its language: overlaps and rates are NaN."""
UNKNOWN = frozenset({"<unk>", "[UNK]", "<|unk|>"})
"""How tokenizers spell what they don't know."""
KEYS = (
    "word_overlap", "subword_overlap", "source_size", "target_size", "size_ratio", "source_ttr",
    "target_ttr", "ttr_distance", "same_script", "source_fertility", "target_fertility",
    "source_unknown", "target_unknown",
)  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """What is counted in the texts of one language."""

    lang: str
    """BCP-47."""
    size: int
    """Texts, that is examples."""
    tokens: int
    """Running words."""
    types: frozenset[str]
    """Distinct words."""
    subwords: frozenset[str] | None = None
    """Distinct tokens of the backbone's tokenizer; None without one."""
    pieces: int = 0
    """Running tokens of the backbone's tokenizer."""
    unknown: int = 0
    """Those among them that its vocabulary does not have."""
    script: str = ""
    """ISO 15924, the script that the registry names for the language's tag."""

    @property
    def enough(self) -> bool:
        """Tell whether there is text enough to compare with."""
        return self.tokens >= FEWEST

    @property
    def ttr(self) -> float:
        """Give the type-token ratio; it falls with the size of a text."""
        return len(self.types) / self.tokens if self.enough else nan

    @property
    def fertility(self) -> float:
        """Give the tokenizer's tokens per word."""
        known = self.enough and self.subwords is not None
        return self.pieces / self.tokens if known else nan

    @property
    def unknown_rate(self) -> float:
        """Give the share of the tokenizer's tokens that are unknown."""
        known = self.enough and self.subwords is not None and self.pieces
        return self.unknown / self.pieces if known else nan


def profile(
    texts: Iterable[str], lang: str, tokenize: Callable[[str], list[str]] | None = None
) -> Profile:
    """Count the words of texts, and a backbone's tokens where its tokenizer is given.

    Raises:
        IsoglossError: an unknown language, one string for all texts, or no word in them.
    """
    from isogloss.language.word import words

    known = find_language(lang)
    if isinstance(texts, str):
        raise IsoglossError(f"the text in '{known.code}' is one string", "give a list of texts")
    size, tokens, pieces, unknown = 0, 0, 0, 0
    types: set[str] = set()
    subwords: set[str] = set()
    for text in texts:
        found = words(text)
        size, tokens = size + 1, tokens + len(found)
        types.update(found)
        if tokenize is not None:
            split = tokenize(text)
            pieces, unknown = pieces + len(split), unknown + sum(p in UNKNOWN for p in split)
            subwords.update(split)
    if not tokens:
        raise IsoglossError(f"no word in the {size} texts in '{known.code}'", "give some text")
    return Profile(
        lang=known.code,
        size=size,
        tokens=tokens,
        types=frozenset(types),
        subwords=None if tokenize is None else frozenset(subwords - UNKNOWN),
        pieces=pieces,
        unknown=unknown,
        script=known.script,
    )


def statistics(source: Profile, target: Profile) -> dict[str, float]:
    """Compare the data of a source and a target language; NaN where something is not known.

    Overlaps are |A ∩ B| / (|A| + |B|) over types and ``ttr_distance`` is
    (1 - source / target)², as in LangRank (Lin et al. 2019).
    """
    same = nan if "Zzzz" in (source.script, target.script) else source.script == target.script
    both = source.enough and target.enough
    return {
        "word_overlap": _overlap(source.types, target.types) if both else nan,
        "subword_overlap": _overlap(source.subwords, target.subwords) if both else nan,
        "source_size": float(source.size),
        "target_size": float(target.size),
        "size_ratio": source.size / target.size,
        "source_ttr": source.ttr,
        "target_ttr": target.ttr,
        "ttr_distance": (1 - source.ttr / target.ttr) ** 2,
        "same_script": float(same),
        "source_fertility": source.fertility,
        "target_fertility": target.fertility,
        "source_unknown": source.unknown_rate,
        "target_unknown": target.unknown_rate,
    }


def _overlap(one: frozenset[str] | None, other: frozenset[str] | None) -> float:
    if one is None or other is None:
        return nan
    return len(one & other) / (len(one) + len(other))


def profiles(
    folder: Path, tokenize: Callable[[str], list[str]] | None = None
) -> dict[str, Profile]:
    """Count the words of a corpus folder, by language.

    See ``data.corpus`` for how its files are named.

    Raises:
        IsoglossError: nothing in it is named by a language, or a file is broken.
    """
    from isogloss.reader.corpus import corpus

    return {lang: profile(texts, lang, tokenize) for lang, texts in corpus(folder).items()}
