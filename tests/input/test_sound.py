"""Sounds: every width, number of channels and rate of WAV comes out as the same samples."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import media
from isogloss.core.errors import IsoglossError
from isogloss.core.input import Media
from isogloss.input import sound

PROCESSOR = SimpleNamespace(sampling_rate=media.RATE)
TONE = media.tone(False, 0.1)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_widths_and_channels(width: int, channels: int, tmp_path: Path) -> None:
    samples = TONE if channels == 1 else np.stack([TONE * 2, TONE * 0], -1)
    value = Media(media.write_wav(tmp_path / "a.wav", samples, width=width))
    found = sound.encode(PROCESSOR, value, 100)
    assert found.dtype == np.float32
    assert np.abs(found - TONE).max() < 2 ** (2 - 8 * width) + 1e-6


def test_other_rates_are_brought_to_the_networks(tmp_path: Path) -> None:
    value = Media(media.write_wav(tmp_path / "a.wav", media.tone(False, 0.1, 44_100), 44_100))
    found = sound.encode(PROCESSOR, value, 100)
    assert len(found) == len(TONE)
    assert np.abs(found - TONE)[100:-100].max() < 0.01
    rated = sound.encode(PROCESSOR, Media((media.tone(False, 0.1, 8000), 8000)), 100)
    assert np.abs(rated - TONE)[200:-200].max() < 0.01


def test_length_is_told_without_reading_all_and_cut(tmp_path: Path) -> None:
    value = Media(media.write_wav(tmp_path / "a.wav", TONE))
    assert sound.cost(PROCESSOR, value) == 5
    assert sound.cost(PROCESSOR, Media(TONE)) == 5
    assert len(sound.encode(PROCESSOR, value, 2)) == 2 * media.RATE // 50


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "ends too early"), (b"RIFF1234WAVEfmt ", "WAV"), (b"text", "WAV")]
)
def test_what_is_no_sound_says_so(content: bytes, says: str) -> None:
    with pytest.raises(IsoglossError, match=says) as caught:
        sound.cost(PROCESSOR, Media(content, "a.wav"))
    assert "ffmpeg" in caught.value.hint


def test_what_is_too_short_for_a_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match="lasts 10 ms"):
        sound.cost(PROCESSOR, Media(media.write_wav(tmp_path / "a.wav", TONE[:160])))
