"""Open the page in a real browser and look at the picture."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from collections import Counter
from pathlib import Path

import pytest

from isogloss import report
from isogloss.store import Store

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LIGHT, DARK = (255, 255, 255), (20, 24, 29)
BLUE, RED = (11, 95, 165), (194, 70, 0)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here"),
]


@pytest.fixture(scope="module")
def html(made: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report.write_html(report.build(made), tmp_path_factory.mktemp("page") / "report.html")


def picture(html: Path, folder: Path, size: str, *flags: str) -> Counter[tuple[int, ...]]:
    """Take a picture of the page and count its colours."""
    shot = folder / "shot.png"
    place = [f"--window-size={size}", f"--screenshot={shot}", f"--user-data-dir={folder}"]
    command = [str(BROWSER), *FLAGS, *flags, *place, html.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    return colours(shot.read_bytes())


def colours(png: bytes) -> Counter[tuple[int, ...]]:
    """Decode a PNG without interlacing and count every third pixel's colour."""
    width, height, _, kind = struct.unpack(">IIBB", png[16:26])
    deep = {2: 3, 6: 4}[kind]
    at, data = 8, b""
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    raw, stride = zlib.decompress(data), width * deep
    found: Counter[tuple[int, ...]] = Counter()
    above = bytearray(stride)
    for y in range(height):
        start = y * (stride + 1)
        above = unfilter(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, deep)
        if y % 3 == 0:
            found.update(tuple(above[x : x + 3]) for x in range(0, stride, 3 * deep))
    return found


def unfilter(kind: int, line: bytearray, above: bytearray, deep: int) -> bytearray:
    """Undo one line's PNG filter."""
    for i in range(len(line) if kind else 0):
        left = line[i - deep] if i >= deep else 0
        corner = above[i - deep] if i >= deep else 0
        up = above[i]
        if kind == 4:
            guess = left + up - corner
            errors = (abs(guess - left), abs(guess - up), abs(guess - corner))
            add = (left, up, corner)[errors.index(min(errors))]
        else:
            add = (0, left, up, (left + up) // 2)[kind]
        line[i] = (line[i] + add) & 255
    return line


def near(found: Counter[tuple[int, ...]], colour: tuple[int, ...]) -> int:
    """Count pixels within a hair of a colour."""
    pairs = found.items()
    return sum(
        n for one, n in pairs if all(abs(a - b) < 6 for a, b in zip(one, colour, strict=True))
    )


def test_light(html: Path, tmp_path: Path) -> None:
    found = picture(html, tmp_path, "1000,3000")
    assert found.most_common(1)[0][0] == LIGHT
    assert near(found, BLUE) > 1000  # well-solved languages
    assert near(found, RED) > 100  # the marks of collapsed ones
    assert len(found) > 100


def test_dark(html: Path, tmp_path: Path) -> None:
    found = picture(html, tmp_path, "500,500", "--blink-settings=preferredColorScheme=0")
    assert found.most_common(1)[0][0] == DARK
