"""Language similarities that a model gave: computed in ``models``, read from here."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.reader import text

MEASURES = ("cosine", "cka", "svcca", "retrieval")
POOLS = ("mean", "weighted_early", "weighted_late", "last")


@dataclass(frozen=True)
class Likeness:
    """How alike a model finds languages, layer by layer."""

    langs: tuple[str, ...]
    """BCP-47."""
    layers: tuple[int, ...]
    """0 is the embeddings, the last one the top."""
    values: tuple[tuple[tuple[float, ...], ...], ...]
    """Per layer, in the order of ``layers``, languages x languages; 1 is most alike."""
    measure: str
    """One of ``MEASURES``."""
    pool: str
    """One of ``POOLS``: how a sentence's states became one vector."""
    model: str
    n: int
    """Parallel sentences."""
    depth: int
    """The model's top layer."""
    revision: str = ""
    """The model's."""
    cut: int = 0
    """Texts that were longer than the model reads, over all languages."""

    def chosen(self, layer: int | None = None) -> int:
        """Give the layer that is read when nobody says which.

        It is the only one, or the one nearest to two thirds of the way up: the
        middle tells languages apart least by their surface, and mPLM-Sim's
        published table is of layer 8 of XLM-R base's 12.

        Raises:
            IsoglossError: the layer that was asked for is not there.
        """
        if layer is None:
            return min(self.layers, key=lambda each: (abs(each - 2 * self.depth / 3), each))
        if layer not in self.layers:
            raise IsoglossError(
                f"no layer {layer} in the similarities of {self.model}",
                f"there are: {', '.join(map(str, self.layers))}",
            )
        return layer

    def matrix(self, layer: int | None = None) -> tuple[tuple[float, ...], ...]:
        """Give one layer's languages x languages; see ``chosen``."""
        return self.values[self.layers.index(self.chosen(layer))]

    def pairs(self, layer: int | None = None) -> dict[tuple[str, str], float]:
        """Map each ordered pair of two languages to its value in one layer."""
        rows = zip(self.langs, self.matrix(layer), strict=True)
        return {
            (one, other): value
            for one, row in rows
            for other, value in zip(self.langs, row, strict=True)
            if one != other
        }

    def save(self, path: str | Path) -> None:
        """Write a JSON file."""
        content = {"kind": "likeness", **dataclasses.asdict(self)}
        Path(path).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Likeness:
        """Read a file that ``save`` wrote.

        Raises:
            IsoglossError: there is no such file, or it holds something else.
        """
        try:
            content: dict[str, Any] = text.parse(text.read(Path(path)))
            if content.pop("kind") != "likeness":
                raise ValueError("another kind of file")
            for name in ("langs", "layers"):
                content[name] = tuple(content[name])
            content["values"] = tuple(tuple(map(tuple, layer)) for layer in content["values"])
            found = cls(**content)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _foreign(path, str(error)) from None
        size = len(found.langs)
        square = [len(rows) == size == len(row) for rows in found.values for row in rows]
        if len(found.values) != len(found.layers) or not found.layers or not all(square):
            raise _foreign(path, "its matrices do not fit its languages and layers")
        return found


def _foreign(path: str | Path, why: str) -> IsoglossError:
    return IsoglossError(
        f"{path} holds no similarities of a model: {why}",
        "write it with likeness(model, texts).save(path)",
    )
