"""Tell what is asked of an assistant, and with which details (xSID 0.7).

The same requests in several languages and dialects. Where the English training file
is not there, as it is too large for some collections, the English validation file is
what is trained on, and there is no dev split.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.task import SPLITS, Task
from isogloss.core.types import Example
from isogloss.kind.example import build, check_ids
from isogloss.reader import conll, folder, text

INTENTS = (
    "AddToPlaylist", "BookRestaurant", "PlayMusic", "RateBook", "SearchCreativeWork",
    "SearchScreeningEvent", "alarm/cancel_alarm", "alarm/modify_alarm", "alarm/set_alarm",
    "alarm/show_alarms", "alarm/snooze_alarm", "alarm/time_left_on_alarm",
    "reminder/cancel_reminder", "reminder/set_reminder", "reminder/show_reminders", "weather/find",
)  # fmt: skip
SLOTS = (
    "album", "artist", "best_rating", "condition_description", "condition_temperature", "cuisine",
    "datetime", "entity_name", "facility", "genre", "location", "movie_name", "movie_type",
    "music_item", "object_location_type", "object_name", "object_part_of_series_type",
    "object_select", "object_type", "party_size_description", "party_size_number", "playlist",
    "rating_unit", "rating_value", "recurring_datetime", "reference", "reference-part",
    "reminder/todo", "restaurant_name", "restaurant_type", "served_dish", "service", "sort",
    "track", "weather/attribute",
)  # fmt: skip
CODES = {
    **{lang: lang for lang in ("ar", "da", "de", "en", "id", "it", "ja", "kk", "nl", "sr", "tr")},
    "zh": "zh",
    "bar": "de-st",
}
"""Language -> how files spell it; Bavarian is that of South Tyrol."""
LAYOUT = conll.Layout(2, 4, True, "\t")


def _files(data: Path | None) -> dict[str, dict[str, Path]]:
    """Find each language's splits; English validation trains where nothing else does."""
    if data is None:
        raise IsoglossError("xsid is read from its files", "give their folder: --data DIR")
    root = folder.of(data, "xsid")
    found: dict[str, dict[str, Path]] = {}
    for lang, code in CODES.items():
        names = {"train": "train", "dev": "valid", "test": "test"}
        paths = {split: root / f"{code}.{name}.conll" for split, name in names.items()}
        there = {split: path for split, path in paths.items() if path.is_file()}
        if lang == "en" and "train" not in there and "dev" in there:
            there["train"] = there.pop("dev")
        if there:
            found[lang] = there
    if not found:
        raise IsoglossError(f"no file of xsid in '{root}'", "they are called en.valid.conll …")
    return found


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Read one split of one language."""
    files = _files(data)
    if lang not in files:
        raise unknown("language of xsid here:", lang, files)
    path = files[lang].get(split)
    placed = []
    for number, sentence in enumerate(conll.read(path, LAYOUT) if path else (), 1):
        where = f"{path}:{sentence.line}"
        values = {
            "words": sentence.words,
            "target": sentence.tags,
            "intent": sentence.comments.get("intent"),
        }
        # English has no ids, and is in the order of the others'.
        name = f"{split}-{sentence.comments.get('id', number)}"
        example = build("joint", values, where=where, id=name, lang=lang, labels=TASK.labels)
        placed.append((where, example))
    check_ids(placed)
    return [example for _, example in placed]


def available(data: Path | None) -> Mapping[str, tuple[str, ...]]:
    """List the splits of each language."""
    if data is None:
        return {}
    there = _files(data)
    return {lang: tuple(s for s in SPLITS if s in held) for lang, held in there.items()}


def digest(lang: str, split: str, data: Path | None) -> str:
    """Fingerprint the training file."""
    path = _files(data).get(lang, {}).get(split)
    return text.digest([path] if path else [])


TASK = Task(
    version="1",
    kind="joint",
    langs=tuple(CODES),
    load=load,
    metrics=("slot_f1", "intent_accuracy", "frame_accuracy"),
    labels=(*INTENTS, "O", *(f"{start}-{slot}" for slot in SLOTS for start in "BI")),
    fields=("words",),
    available=available,
    digest=digest,
    source="https://github.com/mainlp/xsid",
    licence="CC BY-SA 4.0",
    cite="van der Goot et al. (2021), From Masked Language Modeling to Translation: Non-English "
    "Auxiliary Tasks Improve Zero-shot Spoken Language Understanding, NAACL 2021, arXiv:2105.07316",
    overlap=0.098,
)
