"""Where the claims of papers are tested on the built-in world.

Each backbone has the rate that a study at seed 0 took for it, or its method's paper.
"""

from dataclasses import replace

from isogloss.core.claim import Bench

VERBALISE = Bench(
    "claims",
    task="verbalise",
    models=("mini/mt5", "mini/mbart"),
    targets=("fr", "ru", "tr", "fi", "ar", "ja", "vi"),
    fit={"steps": 150, "lr": 1e-4, "snapshots": 5},
)
"""Generation from English; the rate is the one that collapse.toml's policy took for mini/mt5."""
TAG_QUANTITY = Bench(
    "ensemble",
    task="tag_quantity",
    models=("mini/xlmr",),
    sources=("en", "de", "ru", "tr", "fi"),
    targets=("fr", "uk", "az", "hu", "ar", "ja", "vi"),
    fit={"steps": 150, "lr": 3e-4},
)
"""Tagging from five sources, whose models all recipes share."""
TAG_FROM_ENGLISH = replace(TAG_QUANTITY, name="tag_from_english", sources=("en",))
"""The same from English alone."""
MEASURE_KIND = Bench(
    "text",
    task="measure_kind",
    models=("mini/xlmr",),
    targets=("uk", "hu", "bn", "am", "te", "az"),
    fit={"steps": 100, "lr": 5e-4},
    seeds=(1, 2, 3),
)
"""Classes of text from English, in languages of which the backbone saw little; the task is the
one of three whose scores at seed 0 were furthest from their ceiling."""
