"""Sounds: WAV files of any rate and width, as one channel at the network's rate."""

from __future__ import annotations

import math
import wave
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.input import Input, Media

FRAMES = 50
"""A second's cost: the frames that wav2vec 2.0 makes of it (Baevski et al. 2020, 2006.11477)."""
SHORTEST = 0.025
"""Seconds that such a frame hears."""


def cost(processor: Any, value: Media) -> int:
    """Count frames, and assert that there is one."""
    seconds = _seconds(processor, value)
    if seconds < SHORTEST:
        what = f"{value} lasts {seconds * 1000:.0f} ms, and a frame {SHORTEST * 1000:.0f}"
        raise IsoglossError(what, "take it out of the data, or join it with what follows")
    return math.ceil(seconds * FRAMES)


def encode(processor: Any, value: Media, most: int) -> Any:
    """Give the first so many frames as samples between -1 and 1: (samples,)."""
    import numpy as np

    samples, rate = _samples(processor, value)
    if samples.ndim > 1:
        samples = samples.mean(-1)
    if rate != processor.sampling_rate:
        from scipy.signal import resample_poly

        shared = math.gcd(rate, processor.sampling_rate)
        samples = resample_poly(samples, processor.sampling_rate // shared, rate // shared)
    return samples[: most * processor.sampling_rate // FRAMES].astype(np.float32)


def collate(processor: Any, values: Sequence[Any]) -> Mapping[str, Any]:
    """Normalise and pad: values and mask, (items, samples) each."""
    found: Mapping[str, Any] = processor(
        list(values),
        sampling_rate=processor.sampling_rate,
        padding=True,
        return_attention_mask=True,
        return_tensors="np",
    )
    return found


def _seconds(processor: Any, value: Media) -> float:
    """Tell a sound's length, of a file from its head alone."""
    if not isinstance(value.held, bytes | Path):
        samples, rate = _samples(processor, value)
        return len(samples) / rate
    with _opened(value) as file:
        return file.getnframes() / file.getframerate()


def _samples(processor: Any, value: Media) -> tuple[Any, int]:
    """Give samples, (time,) or (time, channels), and their rate; a bare array has the network's."""
    import numpy as np

    if isinstance(value.held, bytes | Path):
        with _opened(value) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            content = file.readframes(file.getnframes())
        return _floats(content, width).reshape(-1, channels), rate
    samples, rate = value.held if isinstance(value.held, tuple) else (value.held, 0)
    return np.asarray(samples), rate or processor.sampling_rate


def _floats(content: bytes, width: int) -> Any:
    """Read samples of some bytes each: of one byte unsigned, of more little-endian."""
    import numpy as np

    if width == 1:
        return np.frombuffer(content, np.uint8) / 128.0 - 1.0
    if width == 3:  # no type of numpy's: the lowest byte of four stays empty
        wide = np.zeros((len(content) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
        content, width = wide.tobytes(), 4
    return np.frombuffer(content, f"<i{width}") / float(2 ** (8 * width - 1))


def _opened(value: Media) -> wave.Wave_read:
    try:
        return wave.Wave_read(BytesIO(value.content()))
    except (wave.Error, EOFError) as error:
        what = f"{value} can't be read as a WAV file: {str(error) or 'it ends too early'}"
        hint = f"write it as PCM: ffmpeg -i {value} -ac 1 -ar 16000 new.wav"
        raise IsoglossError(what, hint) from error


INPUT = Input(
    auto="AutoFeatureExtractor",
    files=("preprocessor_config.json", "processor_config.json"),
    cost=cost,
    encode=encode,
    collate=collate,
    unit="frames of 20 ms",
)
