"""Pictures: all that Pillow opens, upright and in colours."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import media
from isogloss.core.errors import IsoglossError
from isogloss.core.input import Media
from isogloss.input import image

PIL = pytest.importorskip("PIL.Image")
PROCESSOR = SimpleNamespace(size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224})
RED = media.picture("red", "bar", 20)[:, :10]


def saved(picture: Any, kind: str = "PNG", **options: Any) -> Media:
    """Give the bytes of a file of a picture."""
    file = BytesIO()
    picture.save(file, kind, **options)
    return Media(file.getvalue(), "a picture")


def test_modes_come_out_in_colours() -> None:
    picture = PIL.fromarray(RED)
    for mode in ("L", "RGBA", "P", "1"):
        found = image.encode(PROCESSOR, saved(picture.convert(mode)), 0)
        assert (found.mode, found.size) == ("RGB", (10, 20))
    assert (np.asarray(image.encode(PROCESSOR, Media(RED), 0)) == RED).all()


def test_a_picture_is_turned_as_its_camera_says() -> None:
    exif = PIL.Exif()
    exif[0x0112] = 6
    found = image.encode(PROCESSOR, saved(PIL.fromarray(RED), "JPEG", exif=exif), 0)
    assert found.size == (20, 10)


def test_cost_is_what_the_network_sees() -> None:
    assert image.cost(PROCESSOR, Media(RED)) == 14 * 14


def test_what_is_no_picture_says_so() -> None:
    with pytest.raises(IsoglossError, match=r"a\.png can't be read as a picture"):
        image.cost(PROCESSOR, Media(b"no picture", "a.png"))
    with pytest.raises(IsoglossError, match="can't be read"):
        image.cost(PROCESSOR, Media(np.zeros(3), "a.png"))
    whole = saved(PIL.fromarray(media.picture("red", "disc", 200)))
    with pytest.raises(IsoglossError, match="can't be read"):
        image.encode(PROCESSOR, Media(whole.held[: len(whole.held) // 2], "a.png"), 0)
