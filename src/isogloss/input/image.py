"""Pictures, of any format that Pillow opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.input import Input, Media

PATCH = 16
"""Side of what costs as much as a token, in pixels."""


def _open(value: Media) -> Any:
    """Open a picture without decoding it."""
    import PIL.Image

    content = value.content()
    try:
        if isinstance(content, bytes):
            return PIL.Image.open(BytesIO(content))
        return PIL.Image.fromarray(_pixels(content))
    except (OSError, ValueError, TypeError) as error:
        raise _broken(value, error) from error


def _pixels(array: Any) -> Any:
    if str(array.dtype) != "uint8" or array.ndim not in (2, 3):
        shown = f"{array.dtype}, {tuple(array.shape)}"
        raise ValueError(f"an array of {shown} has no pixels: they are uint8, (height, width, 3)")
    return array


def _broken(value: Media, error: Exception) -> IsoglossError:
    what = f"{value} can't be read as a picture: {type(error).__name__}: {error}"
    return IsoglossError(what, "save it again, as PNG or JPEG")


def cost(processor: Any, value: Media) -> int:
    """Count the patches of what the network sees, and assert that it is a picture."""
    _open(value)
    seen = getattr(processor, "crop_size", None) or processor.size
    side = seen.get("shortest_edge") or PATCH
    height, width = seen.get("height") or side, seen.get("width") or side
    return max(1, height * width // PATCH**2)


def encode(processor: Any, value: Media, most: int) -> Any:
    """Decode a picture, upright and in colours; its size is the processor's matter."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(_open(value)).convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise _broken(value, error) from error


def collate(processor: Any, values: Sequence[Any]) -> Mapping[str, Any]:
    """Scale, crop and normalise: (items, channels, height, width)."""
    found: Mapping[str, Any] = processor(images=list(values), return_tensors="np")
    return found


INPUT = Input(
    auto="AutoImageProcessor",
    files=("preprocessor_config.json", "processor_config.json"),
    cost=cost,
    encode=encode,
    collate=collate,
    unit="patches",
    module="PIL",
    extra="image",
)
