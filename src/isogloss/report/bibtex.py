"""What a report cites, as BibTeX entries with keys to cite them by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from isogloss.report.model import Report
from isogloss.report.tex import escape

_ABOUT = re.compile(r"^[^(),\d:]*: ")
"""What a work is cited for, before its authors."""
_YEAR = re.compile(r"[ ,(]*\b((?:19|20)\d\d)\)?(?:, |$)")
_ARXIV = re.compile(r"(?:arXiv:)?(\d{4}\.\d{4,5})$")
_ACL = re.compile(r"[A-Z]\d\d-\d{4}$")


@dataclass(frozen=True)
class Reference:
    """A work as the catalogue cites it: `Hu et al. 2022, 2106.09685`."""

    authors: str
    year: str
    title: str
    venue: str
    arxiv: str
    url: str

    @property
    def stem(self) -> str:
        """Give the first author's name and the year."""
        first = (*self._names, "")[0]
        plain = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode().lower()
        return (re.sub(r"\W", "", plain) or "work") + (self.year or self.arxiv.replace(".", "-"))

    @property
    def _names(self) -> tuple[str, ...]:
        text = re.sub(r" et al\.?", " and others", self.authors)
        return tuple(filter(None, re.split(r", | and | & ", text)))

    def entry(self, key: str) -> str:
        """Write it as an entry; the catalogue spells no titles out of most papers."""
        arxiv = f"arXiv {self.arxiv}" if self.arxiv else ""
        fields = {
            "author": " and ".join(_author(name) for name in self._names),
            "title": self.title or arxiv or self.venue or self.url or self.authors,
            "year": self.year,
            "howpublished": self.venue,
            "eprint": self.arxiv,
            "archivePrefix": "arXiv" if self.arxiv else "",
            "url": self.url,
        }
        lines = [
            f"  {name} = {{{value if name in ('author', 'url') else escape(value)}}},"
            for name, value in fields.items()
            if value
        ]
        return "\n".join([f"@misc{{{key},", *lines, "}"])


def read(text: str) -> list[Reference]:
    """Read what the catalogue cites: works, parted by semicolons."""
    works = (_read(part.strip()) for part in text.split(";"))
    return [work for work in works if work is not None]


def keyed(texts: Iterable[str]) -> dict[Reference, str]:
    """Give every work a key of its own, in the order in which they are cited."""
    keys: dict[Reference, str] = {}
    for work in dict.fromkeys(work for text in texts for work in read(text)):
        twins = sum(other.stem == work.stem for other in keys)
        keys[work] = work.stem + ("" if not twins else chr(ord("a") + twins))
    return keys


def bibtex(report: Report) -> str:
    """Write everything that a report cites as BibTeX."""
    keys = keyed(report.bibliography)
    return "\n\n".join(work.entry(key) for work, key in keys.items()) + "\n"


def _author(name: str) -> str:
    """Keep the words of a surname together."""
    return f"{{{escape(name)}}}" if " " in name else escape(name)


def _read(text: str) -> Reference | None:
    """Read one work; what has no year, number or address is none."""
    text = _ABOUT.sub("", text)
    dated = _YEAR.search(text)
    authors, rest = text.partition(", ")[::2]
    if dated:
        authors, rest = text[: dated.start()], text[dated.end() :]
    parts, arxiv, url = [], "", ""
    for part in filter(None, (each.strip() for each in rest.split(", "))):
        if number := _ARXIV.match(part):
            arxiv = number[1]
        elif _ACL.match(part):
            url = f"https://aclanthology.org/{part}"
        elif part.startswith("http"):
            url = part
        else:
            parts.append(part)
    if alone := _ARXIV.match(text):
        authors, arxiv = "", alone[1]
    if not (dated or arxiv or url):
        return None
    venue = parts.pop() if len(parts) > 1 else ""
    return Reference(authors, dated[1] if dated else "", ", ".join(parts), venue, arxiv, url)
