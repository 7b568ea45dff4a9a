"""Summarise a how-to article in its own language (WikiLingua, as GEM has it).

Articles of wikiHow in 18 languages, and their steps' headlines as a summary of
several sentences. Article and summary are of the same language; GEM's split keeps an
article's translations together, so none is trained on in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.reader.release import Release, summaries

LANGS = (
    "ar", "cs", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko", "nl", "pt", "ru", "th",
    "tr", "vi", "zh",
)  # fmt: skip
MOST = {"train": None, "dev": 2000, "test": 2000}
RELEASE = Release(
    name="wikilingua",
    files="{lang}/{split}.jsonl",
    langs={lang: lang for lang in LANGS},
    columns=("gem_id", "source", "target"),
    hub="GEM/wiki_lingua",
    revision="refs/convert/parquet",
    dev="validation",
)


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Read one split of one language."""
    # The hub's folders hold samples of dev and test besides: the same items again.
    items: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {}
    for where, row in RELEASE.rows(lang, split, data):
        if row.get("source_language", lang) == row.get("target_language", lang) == lang:
            items.setdefault((row["source"], row["target"]), (where, row))
    rows = [*items.values()][: MOST[split]]
    return summaries(rows, lang, name="gem_id", text="source", target="target")


TASK = Task(
    version="1",
    kind="generate",
    langs=LANGS,
    load=load,
    metrics=("rouge_l", "rouge_2", "chrf", "correct_language"),
    available=RELEASE.available,
    digest=RELEASE.digest,
    moving=RELEASE.moving,
    source="https://github.com/esdurmus/Wikilingua",
    licence="CC BY-NC-SA 3.0",
    cite="Ladhak, Durmus, Cardie and McKeown (2020), WikiLingua: A New Benchmark Dataset for "
    "Cross-Lingual Abstractive Summarization, Findings of EMNLP 2020, arXiv:2010.03093; "
    "GEM: Gehrmann et al. (2022), arXiv:2206.11249",
)
