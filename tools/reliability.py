"""Measure how far the identifier can be trusted, for each language and length.

Reads the text of the Universal Declaration of Human Rights, NTREX-128 and SIB-200 from a
folder of data and writes figures only, to ``metrics/data/reliability.tsv``. Run it again when
the identifier, the candidates or a threshold of the judge changes:

    python tools/reliability.py DATA
"""

from __future__ import annotations

import csv
import random
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from isogloss.data.language import language
from isogloss.metrics.fidelity import judge
from isogloss.metrics.fidelity.candidate import BIG, neighbours, siblings
from isogloss.metrics.fidelity.reliability import SIZES, TABLE
from isogloss.metrics.fidelity.text import words

MOST = 200
"""Texts of each language and length, at most."""
FOREIGN = 300
"""Texts in the big languages that are tried on each language."""
SEED = 0
COLUMNS = "lang words n right wrong foreign passed near near_share taken"
HEADER = """\
# How often the built-in identifier is right, by language and length in words.
# Built by tools/reliability.py; do not edit by hand. Identifier: {identifier}
# Text: Universal Declaration of Human Rights (UDHR in XML, github.com/eric-muller/udhr),
# NTREX-128 (Federmann et al. 2022), SIB-200 (Adelani et al. 2024): figures only.
# n texts in the language: right, wrong, the rest not judged. foreign texts in the big
# languages: passed as right. near: the neighbour whose texts pass most often, and its share.
# taken: the language that wrong verdicts name most often.
"""


def texts(data: Path) -> dict[str, list[str]]:
    """Collect texts by language."""
    found: dict[str, list[str]] = {}
    for path in sorted((data / "udhr").glob("udhr_*.xml")):
        root = ElementTree.parse(path).getroot()
        tag = "zh-Hant" if path.stem.endswith("hant") else root.get("iso639-3") or ""
        paragraphs = [node.text for node in root.iter() if node.tag.endswith("para") and node.text]
        found.setdefault(language(tag).code, []).extend(paragraphs)
    for path in sorted((data / "ntrex").glob("newstest*.txt")):
        tag = {"zho-CN": "zh", "swa": "sw"}.get(name := path.stem.split(".")[1], name)
        found.setdefault(language(tag).code, []).extend(path.read_text("utf-8").splitlines())
    for path in sorted((data / "sib200").glob("*/test.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
        found.setdefault(language(path.parent.name).code, []).extend(row["text"] for row in rows)
    return found


def pieces(lines: list[str], length: int, salt: str) -> list[str]:
    """Cut stretches of a length in words, one of each text, in random places."""
    rng = random.Random(f"{SEED} {length} {salt}")
    found = []
    for text in rng.sample(lines, len(lines)):
        known = words(text)
        if len(known) >= length:
            start = rng.randrange(len(known) - length + 1)
            found.append(text[known[start].start : known[start + length - 1].end])
        if len(found) == MOST:
            break
    return found


def measure(cut: dict[tuple[str, int], list[str]], lang: str, length: int) -> list[str]:
    """Give one line of the table."""
    using = judge()
    verdicts = using(cut[lang, length], lang)
    right = sum(one.right for one in verdicts)
    wrong = [one for one in verdicts if one.judged and not one.right]
    taken = Counter(one.lang for one in wrong if one.lang).most_common(1)
    big = sorted(set(BIG) - siblings(lang) - neighbours(lang))
    share = -(-FOREIGN // len(big))
    foreign = [text for code in big for text in cut.get((code, length), [])[:share]]
    passed = sum(one.right for one in using(foreign, lang))
    near, most = "", 0.0
    for code in sorted(neighbours(lang)):
        theirs = using(cut.get((code, length), []), lang)
        judged = [one for one in theirs if one.judged]
        if judged and (rate := sum(one.right for one in judged) / len(judged)) > most:
            near, most = code, rate
    cells = (
        lang, length, len(verdicts), right, len(wrong), len(foreign), passed, near,
        f"{most:.3f}" if near else "", taken[0][0] if taken else "",
    )  # fmt: skip
    return [str(cell) for cell in cells]


def main(data: Path) -> None:
    """Measure every language and write the table."""
    found = texts(data)
    cut = {(lang, n): pieces(lines, n, lang) for lang, lines in found.items() for n in SIZES}
    identifier = judge().signature("en").split("|")[0]
    lines = ["\t".join(COLUMNS.split())]
    for lang in sorted(found):
        lines += ["\t".join(measure(cut, lang, n)) for n in SIZES if len(cut[lang, n]) >= 20]
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(HEADER.format(identifier=identifier) + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
