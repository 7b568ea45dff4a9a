"""Free text: summaries, translations, answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isogloss.core.types import Example, Prediction
from isogloss.models.batch import Item
from isogloss.models.head import text
from isogloss.models.head.head import flags, grouped
from isogloss.models.head.seq import TextHead
from isogloss.models.head.surroundings import stopped
from isogloss.models.model import Model


class Generate(TextHead):
    """Answer with the target as it stands; the answers to chunks are joined by a space."""

    kinds = ("generate",)
    snippet = ("writes",)

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Read the generated ids as text."""
        written = []
        for item, raw in zip(items, raws, strict=True):
            answer, limit = text.written(model.tokenizer, *raw), raw[1]
            answer, limit = stopped(model, examples[item.index], answer, limit)
            written.append((answer.strip(), limit))
        found = []
        for example, parts in zip(examples, grouped(examples, items, written), strict=True):
            value = " ".join(each for _, (each, _) in parts)
            hit = ("limit",) if any(limit for _, (_, limit) in parts) else ()
            found.append(Prediction(example.id, value, flags=flags(parts, *hit)))
        return found


HEADS = (Generate,)
