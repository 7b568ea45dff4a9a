"""Measure how far the identifier can be trusted, for each language and length.

Reads the text of the Universal Declaration of Human Rights, the whole of NTREX-128 and SIB-200
from the folders ``udhr``, ``ntrex`` and ``sib200`` of a folder of data, and writes figures only,
to ``fidelity/reliability.tsv``. Run it again when the identifier, the candidates, a word that
tells siblings apart or a threshold of the judge changes:

    python tools/reliability.py DATA [LANG...]

The thresholds were chosen on the Declaration, on SIB-200 and on the files of NTREX-128 in
``SEEN``; so a language is measured on the rest of NTREX-128 alone where that has it. The words
that tell siblings apart were chosen on its first ``HALF`` lines; so only the others are used.
"""

from __future__ import annotations

import csv
import random
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from isogloss.core.errors import IsoglossError
from isogloss.fidelity import judge
from isogloss.fidelity.candidate import BIG, neighbours, related_languages, siblings
from isogloss.fidelity.reliability import SIZES, TABLE
from isogloss.fidelity.text import words
from isogloss.fidelity.verdict import PASSED
from isogloss.language.registry import find_language

MOST = 200
"""Texts of each language and length, at most."""
LEAST = 20
"""Texts of a language and length below which it is not measured."""
FOREIGN = 300
"""Texts in the big languages that are tried on each language."""
SEED = 0
HALF = 1000
"""Lines of each file of NTREX-128 that the words which tell siblings apart were chosen on."""
SEEN = frozenset(
    ["ar", "de", "en", "es", "fo", "ha", "id", "mt", "ru", "sw", "tr", "wo", "yo", "zh"]
)
"""Languages whose files of NTREX-128 the thresholds were chosen on."""
COLUMNS = (
    "lang words n right sibling wrong foreign passed near near_share kin kin_share taken fresh"
)
HEADER = """\
# How often the built-in identifier is right, by language and length in words.
# Built by tools/reliability.py; do not edit by hand. Identifier: {identifier}
# Text: Universal Declaration of Human Rights (UDHR in XML, github.com/eric-muller/udhr),
# NTREX-128 (Federmann et al. 2022), SIB-200 (Adelani et al. 2024): figures only.
# n texts in the language: right, right or in a sibling, wrong, the rest not judged. foreign
# texts in the big languages: passed. near: the neighbour whose texts pass most often, and its
# share. kin: the sibling whose texts are called right most often, and its share. taken: the
# language that wrong verdicts name most often. fresh: no threshold was chosen on this text.
"""


def texts(data: Path) -> tuple[dict[str, list[str]], frozenset[str]]:
    """Collect texts by language, the fresh ones alone where there are any; name the fresh."""
    found: dict[str, list[str]] = {}
    fresh: dict[str, list[str]] = {}
    for path in sorted((data / "ntrex").glob("newstest2019-[rs]*.txt")):
        tag = {"zho-CN": "zh", "zho-TW": "zh-Hant", "swa": "sw", "msa": "ms"}.get(
            name := path.stem.split(".")[1], name
        )
        try:
            lang = find_language(tag).code
        except IsoglossError:  # a variety that the registry doesn't know
            continue
        kept = found if lang in SEEN else fresh
        kept.setdefault(lang, []).extend(path.read_text("utf-8").splitlines()[HALF:])
    for path in sorted((data / "udhr").glob("udhr_*.xml")):
        root = ElementTree.parse(path).getroot()
        tag = "zh-Hant" if path.stem.endswith("hant") else root.get("iso639-3") or ""
        paragraphs = [node.text for node in root.iter() if node.tag.endswith("para") and node.text]
        found.setdefault(find_language(tag).code, []).extend(paragraphs)
    for path in sorted((data / "sib200").glob("*/test.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
        found.setdefault(find_language(path.parent.name).code, []).extend(
            row["text"] for row in rows
        )
    return found | fresh, frozenset(fresh)


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
    """Give one line of the table, but for the last cell."""
    using = judge()
    verdicts = using(cut[lang, length], lang)
    kinds = Counter(one.kind for one in verdicts)
    wrong = [one for one in verdicts if one.judged and not one.right]
    taken = Counter(one.lang for one in wrong if one.lang).most_common(1)
    big = sorted(set(BIG) - siblings(lang) - neighbours(lang))
    share = -(-FOREIGN // len(big))
    foreign = [text for code in big for text in cut.get((code, length), [])[:share]]
    passed = sum(one.right for one in using(foreign, lang))
    near, most = nearest(cut, lang, length, neighbours(lang), PASSED)
    other, called = nearest(cut, lang, length, related_languages(lang), ("right",))
    cells = (
        lang, length, len(verdicts), kinds["right"], kinds["sibling"], len(wrong), len(foreign),
        passed, near, f"{most:.3f}" if near else "", other, f"{called:.3f}" if other else "",
        taken[0][0] if taken else "",
    )  # fmt: skip
    return [str(cell) for cell in cells]


def nearest(
    cut: dict[tuple[str, int], list[str]],
    lang: str,
    length: int,
    among: Iterable[str],
    passing: tuple[str, ...],
) -> tuple[str, float]:
    """Find the language whose texts get a passing verdict most often, and how often."""
    found, most = "", 0.0
    for code in sorted(among):
        theirs = judge()(cut.get((code, length), []), lang)
        judged = [one for one in theirs if one.judged]
        if judged and (rate := sum(one.kind in passing for one in judged) / len(judged)) > most:
            found, most = code, rate
    return found, most


def main(data: Path, langs: list[str]) -> None:
    """Measure every language, or some and keep the others' lines, and write the table."""
    found, fresh = texts(data)
    cut = {(lang, n): pieces(lines, n, lang) for lang, lines in found.items() for n in SIZES}
    kept = TABLE.read_text("utf-8").splitlines() if langs else []
    lines = {}
    for line in kept:
        lang, words, *_ = f"{line}\t".split("\t")
        if words.isdigit() and lang not in langs:
            lines[lang, int(words)] = line
    for lang in langs or found:
        for n in SIZES:
            if len(cut[lang, n]) >= LEAST:
                lines[lang, n] = "\t".join([*measure(cut, lang, n), str(int(lang in fresh))])
        print(lang, flush=True)
    identifier = judge().signature("en").split("|")[0]
    table = ["\t".join(COLUMNS.split()), *(lines[key] for key in sorted(lines))]
    TABLE.write_text(HEADER.format(identifier=identifier) + "\n".join(table) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
