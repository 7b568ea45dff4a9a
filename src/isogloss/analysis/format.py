"""How numbers and names are spelled in running text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from isogloss import plugin

WORLD = "the mini world"
MINI = "mini/"
"""Begins the names of the backbones of the mini world."""
MADE = "made by isogloss.mini"
"""Begins the sources of its tasks."""
NAMES = {
    "bleu": "BLEU", "chrf": "chrF", "chrf_plus": "chrF++", "em": "EM", "f1": "F1",
    "rouge_1": "ROUGE-1", "rouge_2": "ROUGE-2", "rouge_l": "ROUGE-L", "squad": "SQuAD",
}  # fmt: skip
"""Names, and words of names, that the field spells otherwise."""


def spell(name: str) -> str:
    """Spell a name from the catalogue as words."""
    return NAMES.get(name) or " ".join(NAMES.get(word, word) for word in name.split("_"))


def sentence(text: str) -> str:
    """Begin with a capital, and leave the rest as it is; chrF keeps its spelling."""
    return text if text.startswith("chrF") else text[:1].upper() + text[1:]


def short_model(name: str, names: Collection[str] = ()) -> str:
    """Name a model's folder by as much of its path's end as tells it from the others.

    Hub ids and built-in names are short already.
    """
    parts = PurePath(name).parts
    if not _folder(name):
        return name
    ends = {PurePath(other).parts for other in names if other != name}
    for count in range(1, len(parts)):
        end = parts[-count:]
        if not any(other[-count:] == end for other in ends):
            return "/".join(end)
    return name


def _folder(name: str) -> bool:
    return PurePath(name).is_absolute() or name.startswith((".", "~")) or name.count("/") > 1


def measured_on(models: Collection[str], tasks: Collection[str]) -> str:
    """Name what results were measured on: the mini world, or else the backbones."""
    if all(model.startswith(MINI) for model in models) and all(map(_of_mini, tasks)):
        return WORLD
    return listed([short_model(model, models) for model in sorted(models)])


def _of_mini(task: str) -> bool:
    return plugin.built_in(task) and plugin.task(task).source.startswith(MADE)


def quoted(name: str) -> str:
    """Set a system's name off from the sentence."""
    return f"“{name}”"


def listed(parts: Sequence[str]) -> str:
    """Join words by commas and an `and`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def number(value: float, scale: float = 1.0) -> str:
    """Write a score: two decimals of a share, one of a percentage."""
    digits = 2 if scale <= 1 else 1
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def spell_rate(lr: float) -> str:
    """Spell a learning rate as people write it: 1e-4, 2.5e-5."""
    if not lr:
        return "0"
    mantissa, power = f"{lr:e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
