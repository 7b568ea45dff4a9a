"""Summarise a news article in one or two sentences, in its own language (XL-Sum).

Version 2 of the data: articles of the BBC in 45 languages. They are others in each
language, so scores don't compare between languages. Dev and test are the first
2,000 articles of a language at most; published work crops test so.
"""

from __future__ import annotations

from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.reader.release import Release, summaries

NAMES = {
    "am": "amharic", "ar": "arabic", "az": "azerbaijani", "bn": "bengali", "cy": "welsh",
    "en": "english", "es": "spanish", "fa": "persian", "fr": "french", "gd": "scottish_gaelic",
    "gu": "gujarati", "ha": "hausa", "hi": "hindi", "id": "indonesian", "ig": "igbo",
    "ja": "japanese", "ko": "korean", "ky": "kyrgyz", "mr": "marathi", "my": "burmese",
    "ne": "nepali", "om": "oromo", "pa": "punjabi", "pcm": "pidgin", "ps": "pashto",
    "pt": "portuguese", "rn": "kirundi", "ru": "russian", "si": "sinhala", "so": "somali",
    "sr": "serbian_cyrillic", "sr-Latn": "serbian_latin", "sw": "swahili", "ta": "tamil",
    "te": "telugu", "th": "thai", "ti": "tigrinya", "tr": "turkish", "uk": "ukrainian",
    "ur": "urdu", "uz-Cyrl": "uzbek", "vi": "vietnamese", "yo": "yoruba",
    "zh": "chinese_simplified", "zh-Hant": "chinese_traditional",
}  # fmt: skip
"""Language -> its name in the data."""
MOST = {"train": None, "dev": 2000, "test": 2000}
RELEASE = Release(
    name="xlsum",
    files="{lang}_{split}.jsonl",
    langs=NAMES,
    columns=("id", "text", "summary"),
    hub="csebuetnlp/xlsum",
    revision="refs/convert/parquet",
    dev="val",
)


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Read one split of one language."""
    rows = RELEASE.rows(lang, split, data)[: MOST[split]]
    return summaries(rows, lang, name="id", text="text", target="summary")


TASK = Task(
    version="1",
    kind="generate",
    langs=tuple(NAMES),
    load=load,
    metrics=("rouge_2", "rouge_l", "chrf", "correct_language"),
    available=RELEASE.available,
    digest=RELEASE.digest,
    moving=RELEASE.moving,
    source="https://github.com/csebuetnlp/xl-sum",
    licence="CC BY-NC-SA 4.0",
    cite="Hasan et al. (2021), XL-Sum: Large-Scale Multilingual Abstractive Summarization for "
    "44 Languages, Findings of ACL 2021, arXiv:2106.13822",
)
