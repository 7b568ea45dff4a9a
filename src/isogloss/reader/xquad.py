"""XQuAD, split by article: what its span task and its generative one share.

XQuAD is a test set, and all its languages ask the same questions. So that nothing
asked at test time was seen in training, in whichever language, the 48 articles are
split: 30 to train, 6 to develop, 12 to test, the same ones in every language. The
order of the articles by the hash of their titles decided which. Scores are on the
12 articles and don't compare with scores on all of XQuAD.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.task import SPLITS
from isogloss.core.types import Example
from isogloss.kind.example import build, check_ids
from isogloss.reader import folder, hub, squad, text

SOURCE = "https://github.com/google-deepmind/xquad"
LICENCE = "CC BY-SA 4.0"
CITE = (
    "Artetxe, Ruder and Yogatama (2020), On the Cross-lingual Transferability of "
    "Monolingual Representations, ACL 2020, arXiv:1910.11856"
)
LANGS = ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")
TEST = (
    "1973_oil_crisis", "Amazon_rainforest", "Ctenophora", "French_and_Indian_War",
    "Fresno,_California", "Jacksonville,_Florida", "Newcastle_upon_Tyne", "Prime_number",
    "Private_school", "Sky_(United_Kingdom)", "Victoria_(Australia)", "Warsaw",
)  # fmt: skip
DEV = (
    "American_Broadcasting_Company", "Black_Death", "Geology", "Packet_switching",
    "Scottish_Parliament", "Teacher",
)  # fmt: skip
ARTICLES = (
    ("Super_Bowl_50", 74), ("Warsaw", 23), ("Normans", 8), ("Nikola_Tesla", 30),
    ("Computational_complexity_theory", 18), ("Teacher", 24), ("Martin_Luther", 23),
    ("Southern_California", 25), ("Sky_(United_Kingdom)", 25), ("Victoria_(Australia)", 24),
    ("Huguenot", 24), ("Steam_engine", 24), ("Oxygen", 23), ("1973_oil_crisis", 21),
    ("Apollo_program", 24), ("European_Union_law", 36), ("Amazon_rainforest", 35),
    ("Ctenophora", 32), ("Fresno,_California", 23), ("Packet_switching", 20), ("Black_Death", 23),
    ("Geology", 23), ("Newcastle_upon_Tyne", 25), ("Victoria_and_Albert_Museum", 25),
    ("American_Broadcasting_Company", 19), ("Genghis_Khan", 24), ("Pharmacy", 25),
    ("Immune_system", 25), ("Civil_disobedience", 39), ("Construction", 22),
    ("Private_school", 21), ("Harvard_University", 19), ("Jacksonville,_Florida", 25),
    ("Economic_inequality", 25), ("Doctor_Who", 25), ("University_of_Chicago", 24),
    ("Yuan_dynasty", 24), ("Kenya", 21), ("Intergovernmental_Panel_on_Climate_Change", 21),
    ("Chloroplast", 22), ("Prime_number", 24), ("Rhine", 26), ("Scottish_Parliament", 23),
    ("Islamism", 25), ("Imperialism", 25), ("United_Methodist_Church", 17),
    ("French_and_Indian_War", 16), ("Force", 21),
)  # fmt: skip
"""Titles in the order of the files, and how many questions each has."""
IDS = "1608045c10155e51"
"""Hash of all question ids in order: the hub gives no titles, so the order has to be this one."""
HUB = "google/xquad"
REVISION = "51adfef1c1287aab1d2d91b5bead9bcfb9c68583"


def split_of(article: str) -> str:
    """Give the split of an article."""
    return "test" if article in TEST else "dev" if article in DEV else "train"


def _files(data: Path) -> dict[str, Path]:
    root = folder.of(data, "xquad")
    found = {lang: root / f"xquad.{lang}.json" for lang in LANGS}
    there = {lang: path for lang, path in found.items() if path.is_file()}
    if not there:
        raise IsoglossError(f"no file of xquad in '{root}'", "they are called xquad.en.json …")
    return there


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Read one split of one language, as questions with the spans of their answers."""
    if data is None:
        return _load_hub(lang, split)
    files = _files(data)
    if lang not in files:
        raise unknown("language of xquad here:", lang, files)
    questions = squad.read(files[lang])
    titles = {question.article for question in questions}
    strange = titles - {title for title, _ in ARTICLES}
    if strange:
        raise IsoglossError(
            f"{files[lang]}: '{min(strange)}' is no article of XQuAD",
            "for other data in the form of SQuAD write a [task.NAME] of kind span",
        )
    placed = []
    for question in questions:
        if split_of(question.article) == split:
            values = {
                "question": question.question,
                "context": question.context,
                "target": question.answers,
            }
            example = build("span", values, where=question.where, id=question.id, lang=lang)
            placed.append((question.where, example))
    check_ids(placed)
    return [example for _, example in placed]


def _load_hub(lang: str, split: str) -> list[Example]:
    if lang not in LANGS:
        raise unknown("language of xquad:", lang, LANGS)
    rows = hub.rows(HUB, f"xquad.{lang}", "dev", REVISION)
    articles = _articles(row["id"] for row in rows)
    return [
        build(
            "span",
            {"question": row["question"], "context": row["context"], "target": row["answers"]},
            where=f"{HUB} xquad.{lang} {row['id']}",
            id=row["id"],
            lang=lang,
        )
        for row, article in zip(rows, articles, strict=True)
        if split_of(article) == split
    ]


def _articles(ids: Iterable[str]) -> list[str]:
    given = hashlib.sha256(" ".join(ids).encode()).hexdigest()[: len(IDS)]
    if given != IDS:
        raise IsoglossError(
            f"'{HUB}' has other questions, or another order, than XQuAD 1.1",
            "articles can't be told apart there: give the original files with --data DIR",
        )
    return [title for title, count in ARTICLES for _ in range(count)]


def available(data: Path | None) -> Mapping[str, tuple[str, ...]]:
    """List the splits of each language: all three wherever there is a file."""
    return dict.fromkeys(LANGS if data is None else _files(data), SPLITS)


def digest(lang: str, split: str, data: Path | None) -> str:
    """Fingerprint the file that a language's questions come from, of all splits."""
    if data is None:
        return f"{HUB}@{REVISION}"
    path = _files(data).get(lang)
    return text.digest([path] if path else [])
