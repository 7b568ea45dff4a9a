"""A task of each kind with a few examples in three languages, for tiny models."""

from __future__ import annotations

from typing import Any

from isogloss import plugin
from isogloss.core.task import Task
from isogloss.core.types import Answer, Example
from isogloss.testing import toy

LANGS = ("en", "de", "fr")


def task(kind: str, **settings: Any) -> Task:
    """Make a task without data."""
    made: dict[str, dict[str, Any]] = {
        "generate": {"prompt": "travel"},
        "classify": {"labels": ("travel", "time", "place"), "fields": ("text", "pair")},
        "tag": {"labels": ("O", "B-LOC", "I-LOC"), "fields": ("words",)},
        "span": {"fields": ("question", "context")},
        "choose": {"fields": ("text", "options")},
        "retrieve": {"fields": ("text", "options")},
        "prefer": {"fields": ("prompt", "chosen", "rejected")},
    }
    values: dict[str, Any] = {"name": kind, "version": "1", "kind": kind, "langs": LANGS}
    values |= {"load": lambda *_: [], "metrics": ("accuracy",)}
    asks = plugin.kind(kind)
    asked = made.get(kind) or {"labels": asks.toy_labels, "fields": asks.fields}
    return Task(**{**values, **asked, **settings})


def examples(kind: str) -> list[Example]:
    """Give three labelled examples of different length."""
    long = "zwei Wochen und mehr als das Schiff"
    pool = ("five", "ship", "ville", "zwei")
    rows: dict[str, list[tuple[dict[str, Any], Any]]] = {
        "generate": [
            ({"text": "five days"}, "in five days"),
            ({"text": long}, "nach zwei Wochen"),
            ({"text": "la ville"}, "la ville"),
        ],
        "classify": [
            ({"text": "five days", "pair": "two"}, "time"),
            ({"text": long, "pair": "die Stadt"}, "travel"),
            ({"text": "la ville", "pair": "x"}, "place"),
        ],
        "tag": [
            ({"words": ("five", "days", "\u200b")}, ("O", "O", "O")),
            (
                {"words": ("zwei", "Wochen", "in", "der", "Stadt")},
                ("O", "O", "O", "B-LOC", "I-LOC"),
            ),
            ({"words": ("la", "ville")}, ("B-LOC", "I-LOC")),
        ],
        "span": [
            (
                {"question": "when", "context": "the ship sails in five days to the city"},
                (Answer("in five days", 15),),
            ),
            (
                {"question": "wann kommt es", "context": "das Schiff kommt nach zwei Wochen " * 6},
                (Answer("nach zwei Wochen", 17),),
            ),
            ({"question": "ou", "context": "la ville"}, (Answer("ville", 3),)),
        ],
        "choose": [
            ({"text": "five days", "options": ("a", "the ship sails", "city")}, 1),
            ({"text": long, "options": ("nach", "zwei Wochen")}, 0),
            ({"text": "la ville", "options": ("la", "le", "les")}, 2),
        ],
        "prefer": [
            ({"prompt": "five days", "chosen": "in five days", "rejected": "the city"}, "chosen"),
            ({"prompt": long, "chosen": "zwei Wochen", "rejected": "nach"}, "chosen"),
            ({"prompt": "la ville", "chosen": "la", "rejected": "le les la"}, "chosen"),
        ],
        "retrieve": [
            ({"text": "five days", "options": pool}, 0),
            ({"text": long, "options": pool}, 3),
            ({"text": "la ville", "options": pool}, 2),
        ],
    }
    if kind not in rows:
        toys = [toy.load(kind, lang, "test")[2 * n] for n, lang in enumerate(toy.LANGS)]
        rows[kind] = [({**each.inputs}, each.target) for each in toys]
    return [
        # The shared options of retrieval are of one language.
        Example(str(n), lang, inputs, target, {"options": "en"} if kind == "retrieve" else {})
        for n, (lang, (inputs, target)) in enumerate(zip(LANGS, rows[kind], strict=True))
    ]
