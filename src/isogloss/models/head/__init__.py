"""One head for each kind of task on each family of backbones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isogloss.models.head.head import Head


def head_for(kind: str, family: str) -> Head:
    """Give the head for a kind of task on a family of backbones.

    Encoders use transformers' own heads, the other families read and write text.
    """
    from isogloss.models.head import choose, classify, generate, retrieve, span, tag

    if family == "encoder":
        heads = {
            "classify": classify.ClassifyPooled,
            "tag": tag.TagTokens,
            "span": span.SpanTokens,
            "choose": choose.ChoosePooled,
            "retrieve": retrieve.Retrieve,
        }
    else:
        heads = {
            "generate": generate.Generate,
            "classify": classify.ClassifyText,
            "tag": tag.TagText,
            "span": span.SpanText,
            "choose": choose.ChooseText,
            "retrieve": retrieve.Retrieve,
        }
    if kind not in heads:
        from isogloss.core.errors import IsoglossError

        raise IsoglossError(
            f"no head for {kind} tasks on {family} backbones",
            f"this family does {', '.join(sorted(heads))}; take a mini/mt5-like model for the rest",
        )
    return heads[kind](kind, family)
