"""Classify a sound."""

from __future__ import annotations

from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.input import Media
from isogloss.core.kind import Kind, Number, Values
from isogloss.core.types import Example
from isogloss.kind import classify, value

RATE = 16_000


def build(values: Values, where: str) -> tuple[dict[str, Any], Any]:
    """Read a sound and a label."""
    sound, target = values.get("sound"), values.get("target")
    if not isinstance(sound, Media):
        raise IsoglossError(f"{where}: no sound", "name a WAV file beside this one")
    return {"sound": sound}, None if target is None else value.label(target, where)


def toy(number: Number) -> Example:
    """Tell even numbers from odd ones, of tones for digits: the higher, the longer."""
    import numpy as np

    tones = [
        0.3 * np.sin(2 * np.pi * 100 * (digit + 2) * np.arange(RATE // 50 * digit) / RATE)
        for digit in number.digits
    ]
    sound = Media((np.concatenate(tones).astype(np.float32), RATE), number.said)
    even = classify.EVEN_ODD[number.digits[-1] % 2]
    return Example(number.id, number.lang, {"sound": sound}, even)


KIND = Kind(
    fields=("sound",),
    inputs={"sound": "sound"},
    build=build,
    read=classify.read,
    problem=classify.problem,
    toy=toy,
    toy_labels=classify.EVEN_ODD,
    metrics=("accuracy", "macro_f1"),
    labels=lambda target: (target,),
    hub="audio-classification",
    class_of="SequenceClassification",
    words=("audio-classification", "spoken-intent"),
)
