"""Tag the parts of speech of Universal Dependencies.

One treebank per language, never a mix. CoNLL-U (`ud/UD_*/xx_yyy-ud-split.conllu`)
goes before the two-column form (`ud-2col/xx_yyy/split.txt`); multiword tokens and
empty nodes are no words. English is EWT, whatever other treebank is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.task import SPLITS, Task
from isogloss.core.types import Example
from isogloss.kind.example import build, check_ids
from isogloss.reader import conll, folder, hub, treebank

LABELS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART",
    "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X",
)  # fmt: skip
USUAL = {
    "af": "afribooms", "ajp": "madar", "aqz": "tudet", "ar": "padt", "be": "hse", "bg": "btb",
    "bm": "crb", "bn": "bru", "br": "keb", "ca": "ancora", "cs": "pdt", "cy": "ccg", "da": "ddt",
    "de": "gsd", "el": "gdt", "en": "ewt", "es": "gsd", "et": "edt", "eu": "bdt", "fa": "perdt",
    "fi": "tdt", "fo": "oft", "fr": "gsd", "ga": "idt", "gd": "arcosg", "gl": "ctg", "gsw": "uzh",
    "he": "htb", "hi": "hdtb", "hr": "set", "hsb": "ufal", "hu": "szeged", "hy": "armtdp",
    "id": "gsd", "is": "icepahc", "it": "isdt", "ja": "gsd", "kk": "ktb", "ko": "gsd",
    "krl": "kkpp", "ku": "mg", "lt": "alksnis", "lv": "lvtb", "mr": "ufal", "mt": "mudt",
    "nb": "bokmaal", "nl": "alpino", "nn": "nynorsk", "pcm": "nsc", "pl": "pdb", "pt": "bosque",
    "ro": "rrt", "ru": "gsd", "sa": "vedic", "sah": "yktdt", "se": "giella", "si": "stb",
    "sk": "snk", "sl": "ssj", "sr": "set", "sv": "talbanken", "ta": "mwtt", "te": "mtg",
    "th": "pud", "tl": "trg", "tr": "boun", "ug": "udt", "uk": "iu", "ur": "udtb", "vi": "vtb",
    "wo": "wtb", "yo": "ytb", "yue": "hk", "zh": "gsdsimp",
}  # fmt: skip
"""Language -> the treebank that is taken by preference."""
TEST_ONLY = (
    "ajp", "aqz", "bm", "bn", "br", "fo", "gsw", "krl", "sah", "si", "ta", "th", "tl", "yo", "yue",
)  # fmt: skip
NO_DEV = ("hsb", "kk", "ku", "sa", "se")
"""Languages whose usual treebank, on the hub, lacks train and dev, or dev alone."""
PREFIXES = {"no_bokmaal": "nb", "no_nynorsk": "nn", "sme": "se", "kmr": "ku"}
"""Names of files whose first part is not the language's code."""
HUB = "commul/universal_dependencies"
REVISION = "2.17"


def _files(data: Path) -> treebank.Files:
    there = [data / name for name in ("ud", "ud-2col") if (data / name).is_dir()]
    if not there:
        folder.of(data, "ud")
    paths = [
        path
        for root in there
        for suffix in ("conllu", "txt")
        for path in sorted(root.glob(f"*/*.{suffix}"))
    ]
    return treebank.choose(paths, USUAL, PREFIXES)


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Read one split of one language."""
    if data is None:
        return _load_hub(lang, split)
    path = treebank.file_of(_files(data), lang, split, "udpos")
    if path is None:
        return []
    layout = conll.UPOS if path.suffix == ".conllu" else conll.TWO
    placed = []
    for number, sentence in enumerate(conll.read(path, layout), 1):
        where = f"{path}:{sentence.line}"
        name = sentence.id or f"{split}-{number}"
        values = {"words": sentence.words, "target": sentence.tags}
        example = build("tag", values, where=where, id=name, lang=lang, labels=LABELS)
        placed.append((where, example))
    check_ids(placed)
    return [example for _, example in placed]


def _config(lang: str) -> str:
    if lang not in USUAL:
        raise unknown("language of udpos:", lang, USUAL)
    full = f"{lang}_{USUAL[lang]}"
    spelled = {code: name for name, code in PREFIXES.items()}.get(lang, full)
    return spelled if "_" in spelled else f"{spelled}_{USUAL[lang]}"


def _load_hub(lang: str, split: str) -> list[Example]:
    config = _config(lang)
    if split not in hub.splits(HUB, config, REVISION):
        return []
    found = []
    for number, row in enumerate(hub.rows(HUB, config, split, REVISION), 1):
        where = f"{HUB} {config} {split} {number}"
        if len(row["tokens"]) != len(row["upos"]):
            raise IsoglossError(f"{where}: words and tags differ in number", "use --data DIR")
        pairs = [pair for pair in zip(row["tokens"], row["upos"], strict=True) if pair[1] != "_"]
        values = {"words": [word for word, _ in pairs], "target": [tag for _, tag in pairs]}
        name = row.get("sent_id") or row.get("idx") or f"{split}-{number}"
        found.append(build("tag", values, where=where, id=name, lang=lang, labels=LABELS))
    return found


def available(data: Path | None) -> Mapping[str, tuple[str, ...]]:
    """List the splits of each language."""
    if data is None:
        some = dict.fromkeys(TEST_ONLY, ("test",)) | dict.fromkeys(NO_DEV, ("train", "test"))
        return {lang: some.get(lang, SPLITS) for lang in USUAL}
    return treebank.splits(_files(data))


def digest(lang: str, split: str, data: Path | None) -> str:
    """Fingerprint the training file."""
    if data is None:
        return hub.fingerprint(HUB, _config(lang), split, REVISION)
    return treebank.digest(_files(data), lang, split, "udpos")


TASK = Task(
    version="1",
    kind="tag",
    langs=tuple(USUAL),
    load=load,
    metrics=("tag_accuracy",),
    labels=LABELS,
    fields=("words",),
    available=available,
    digest=digest,
    moving=hub.moving(HUB, REVISION),
    source="https://universaldependencies.org",
    licence="CC BY-SA 4.0 for most treebanks; each names its own",
    cite="de Marneffe, Manning, Nivre and Zeman (2021), Universal Dependencies, "
    "Computational Linguistics 47(2); and the contributors named in each treebank",
)
