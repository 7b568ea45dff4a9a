"""Find names of persons, places and organisations (Universal NER).

One treebank per language. The released English training file is taken where it is
there, else the pre-release of the same sentences. Tags other than PER, LOC and ORG
(OTH, and a stray B-O in the pre-release) are read as O, as the benchmark scores them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from isogloss.core.errors import unknown
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind.example import build, check_ids
from isogloss.reader import conll, folder, hub, treebank

LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
ALIASES = dict.fromkeys(("B-OTH", "I-OTH", "B-O", "I-O"), "O")
ALL, TEST = ("train", "dev", "test"), ("test",)
USUAL = {
    "ceb": ("gja", TEST),
    "da": ("ddt", ALL),
    "de": ("pud", TEST),
    "en": ("ewt", ALL),
    "hr": ("set", ALL),
    "pt": ("bosque", ALL),
    "qaf": ("arabizi", ()),
    "ru": ("pud", TEST),
    "sk": ("snk", ALL),
    "sr": ("set", ALL),
    "sv": ("talbanken", ALL),
    "tl": ("trg", TEST),
    "zh": ("gsdsimp", ALL),
}
"""Language -> treebank, and its splits on the hub."""
HUB = "universalner/universal_ner"
REVISION = "refs/convert/parquet"


def _files(data: Path) -> treebank.Files:
    paths = folder.of(data, "uner").glob("*/*.iob2")
    released_first = sorted(paths, key=lambda path: ("prerelease" in path.parent.name, path))
    return treebank.choose(released_first, {lang: name for lang, (name, _) in USUAL.items()}, {})


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Read one split of one language."""
    if data is None:
        return _load_hub(lang, split)
    path = treebank.file_of(_files(data), lang, split, "uner")
    if path is None:
        return []
    placed = []
    for number, sentence in enumerate(conll.read(path, conll.IOB2), 1):
        tags = tuple(ALIASES.get(tag, tag) for tag in sentence.tags)
        where = f"{path}:{sentence.line}"
        name = sentence.id or f"{split}-{number}"
        values = {"words": sentence.words, "target": tags}
        example = build("tag", values, where=where, id=name, lang=lang, labels=LABELS)
        placed.append((where, example))
    check_ids(placed)
    return [example for _, example in placed]


def _load_hub(lang: str, split: str) -> list[Example]:
    if lang not in USUAL:
        raise unknown("language of uner:", lang, USUAL)
    name, splits = USUAL[lang]
    if split not in splits:
        return []
    rows = hub.rows(HUB, *_place(lang, split))
    return [
        build(
            "tag",
            {"words": row["tokens"], "target": row["ner_tags"]},
            where=f"{HUB} {lang}_{name} {split} {row['idx']}",
            id=str(row["idx"]),
            lang=lang,
            labels=LABELS,
        )
        for row in rows
    ]


def _place(lang: str, split: str) -> tuple[None, str, str, str]:
    """Give configuration, split, revision and folder of a language on the hub."""
    return None, split, REVISION, f"{lang}_{USUAL[lang][0]}"


def available(data: Path | None) -> Mapping[str, tuple[str, ...]]:
    """List the splits of each language."""
    if data is None:
        return {lang: splits for lang, (_, splits) in USUAL.items() if splits}
    return treebank.splits(_files(data))


def digest(lang: str, split: str, data: Path | None) -> str:
    """Fingerprint the training file."""
    if data is None:
        return hub.fingerprint(HUB, *_place(lang, split))
    return treebank.digest(_files(data), lang, split, "uner")


TASK = Task(
    version="1",
    kind="tag",
    langs=tuple(USUAL),
    load=load,
    metrics=("entity_f1", "tag_accuracy"),
    labels=LABELS,
    aliases=ALIASES,
    fields=("words",),
    available=available,
    digest=digest,
    moving=hub.moving(HUB, REVISION),
    source="https://www.universalner.org",
    licence="CC BY-SA 4.0 (the PUD treebanks: CC BY-SA 3.0)",
    cite="Mayhew et al. (2024), Universal NER: A Gold-Standard Multilingual Named Entity "
    "Recognition Benchmark, NAACL 2024, arXiv:2311.09122",
)
