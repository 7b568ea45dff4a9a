"""Build items and predictions in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction

TEXTS = {
    "en": "The river rose by three metres after two days of heavy rain.",
    "ru": "Река поднялась на три метра после двух дней сильного дождя.",
    "el": "Το ποτάμι ανέβηκε τρία μέτρα μετά από δύο ημέρες βροχής.",
    "ar": "ارتفع النهر ثلاثة أمتار بعد يومين من الأمطار الغزيرة.",
    "he": "הנהר עלה בשלושה מטרים אחרי יומיים של גשם כבד.",
    "ne": "दुई दिनको भारी वर्षापछि नदी तीन मिटरले बढ्यो।",
    "ta": "இரண்டு நாள் கனமழைக்குப் பிறகு ஆறு மூன்று மீட்டர் உயர்ந்தது.",
    "ka": "ორდღიანი ძლიერი წვიმის შემდეგ მდინარემ სამი მეტრით აიწია.",
    "am": "ከሁለት ቀናት ከባድ ዝናብ በኋላ ወንዙ በሦስት ሜትር ከፍ አለ።",
    "ko": "이틀 동안 폭우가 내린 뒤 강물이 삼 미터 불어났다.",
    "ja": "二日間の大雨の後、川は三メートル増水しました。",
    "zh": "连续两天大雨之后，河水上涨了三米。",
    "th": "แม่น้ำสูงขึ้นสามเมตรหลังจากฝนตกหนักสองวัน",
    "km": "ទន្លេបានឡើងបីម៉ែត្របន្ទាប់ពីភ្លៀងធ្លាក់ខ្លាំងពីរថ្ងៃ",
    "my": "နှစ်ရက်ကြာ မိုးသည်းထန်စွာရွာပြီးနောက် မြစ်ရေသုံးမီတာတက်လာသည်။",
}
"""One meaning in fifteen scripts."""

Run = Callable[..., float]


def items(golds: Sequence[Any], inputs: Sequence[Any] | None = None) -> list[Example]:
    texts = inputs or [""] * len(golds)
    return [
        Example(str(i), "en", {"text": text}, gold)
        for i, (gold, text) in enumerate(zip(golds, texts, strict=True))
    ]


def guesses(values: Sequence[Any]) -> list[Prediction]:
    return [Prediction(str(i), value) for i, value in enumerate(values)]


@pytest.fixture
def run() -> Run:
    """Score predicted values against gold values."""

    def score(
        metric: Metric,
        golds: Sequence[Any],
        values: Sequence[Any],
        lang: str = "en",
        inputs: Sequence[Any] | None = None,
    ) -> float:
        stats = metric.stats(items(golds, inputs), guesses(values), lang)
        assert stats.dtype == float
        assert stats.ndim == 2
        return float(metric.score(stats.sum(0)))

    return score


@pytest.fixture
def texts() -> dict[str, str]:
    """One meaning in fifteen scripts."""
    return TEXTS
