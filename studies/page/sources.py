"""The page of a study over source languages, by the sections that the study asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from isogloss.analysis.archive import Packed
from isogloss.analysis.format import listed
from isogloss.core.errors import unknown
from isogloss.report.figure import Picture
from isogloss.report.md import safe
from page import literature_claims, predictor, transfer

SECTIONS = {
    "answers": literature_claims.answers,
    "matrix": transfer.matrix,
    "number": transfer.number,
    "kin": predictor.kin,
    "features": predictor.features,
    "published": predictor.published,
}


def page(
    packed: Packed, name: str, asked: Sequence[str], pictures: dict[str, Picture]
) -> Iterator[str]:
    """Write the sections in their order; the pictures are kept by their file.

    Raises:
        IsoglossError: an unknown section.
    """
    found = transfer.Found(packed)

    def keep(group: Sequence[Picture]) -> list[str]:
        lines = []
        for picture in group:
            pictures[f"{picture.name}.svg"] = picture
            lines += ["", f"![{safe(picture.title)}]({name}/{picture.name}.svg)"]
            lines += ["", f"{safe(picture.title)}. {safe(picture.note)}"]
        return lines

    yield transfer.opening(found)
    yield from ("", f"# {safe(str(packed.study().get('name', name)))}")
    for section in asked:
        if section not in SECTIONS:
            raise unknown("section of a finding:", section, SECTIONS)
        yield from SECTIONS[section](found, keep)
    read = found.read
    if read:
        files = listed([f"[{file}]({name}/{file})" for file in read])
        yield from ("", f"Beside the evidence stand {files}, which tools/sources.py makes.")
