"""Pictures of coloured shapes and sounds of tones, with captions and labels in two languages."""

from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 230)}
SHAPES = ("disc", "bar", "cross")
WORDS = {
    "en": {},
    "de": {"red": "rot", "green": "grün", "blue": "blau", "disc": "Kreis", "bar": "Balken",
           "cross": "Kreuz"},
}  # fmt: skip
RATE = 16_000


def picture(colour: str, shape: str, size: int = 40) -> np.ndarray[Any, Any]:
    """Draw a shape: (size, size, 3), bytes."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    inside = {
        "disc": x**2 + y**2 < 0.12,
        "bar": abs(y) < 0.15,
        "cross": (abs(x) < 0.1) | (abs(y) < 0.1),
    }[shape]
    return np.where(inside[..., None], COLOURS[colour], 245).astype(np.uint8)


def caption(colour: str, shape: str, lang: str) -> str:
    """Tell what a picture shows."""
    return " ".join(WORDS[lang].get(word, word) for word in (colour, shape))


def tone(high: bool, seconds: float, rate: int = RATE) -> np.ndarray[Any, Any]:
    """Make a tone of 200 or 1,600 Hz: (samples,), between -1 and 1."""
    return 0.4 * np.sin(2 * np.pi * (1600 if high else 200) * np.arange(int(seconds * rate)) / rate)


def write_wav(path: Path, samples: np.ndarray[Any, Any], rate: int = RATE, width: int = 2) -> Path:
    """Write samples, (time,) or (time, channels), as a WAV file of some bytes a sample."""
    whole = np.round(samples * (2 ** (8 * width - 1) - 1)).astype("<i8")
    if width == 1:
        whole = whole + 128
    content = whole[..., None].view(np.uint8).reshape(*whole.shape, 8)[..., :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(content)
    return path


def write_lines(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    """Write JSON lines."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def write_pictures(folder: Path) -> None:
    """Write nine pictures, and all splits of their captions in two languages."""
    from PIL import Image

    (folder / "shapes").mkdir()
    for colour in COLOURS:
        for shape in SHAPES:
            Image.fromarray(picture(colour, shape)).save(folder / f"shapes/{colour}-{shape}.png")
    for lang in WORDS:
        lines = [
            {"text": caption(colour, shape, lang), "target": f"shapes/{colour}-{shape}.png"}
            for colour in COLOURS
            for shape in SHAPES
        ]
        for split in ("train", "dev", "test"):
            write_lines(folder / f"{lang}-{split}.jsonl", lines)


def write_sounds(folder: Path) -> None:
    """Write eight tones of other lengths, and all splits of their labels in two languages."""
    for lang in WORDS:
        (folder / lang).mkdir()
        lines = []
        for n in range(8):
            high, name = n % 2 == 1, f"{lang}/{n}.wav"
            write_wav(folder / name, tone(high, 0.05 + 0.01 * n))
            lines.append({"sound": name, "target": "high" if high else "low"})
        for split in ("train", "dev", "test"):
            write_lines(folder / f"{lang}-{split}.jsonl", lines)
