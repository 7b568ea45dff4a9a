"""Results made up for the report: a collapse, its cure, and things to be warned of."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isogloss import plugin
from isogloss.core.run import Fit, Run
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction, Row
from isogloss.store import RunFolder, Store

TEXTS = {
    "en": ("in {} days", "in twenty-six days"),
    "fr": ("dans {} jours", "dans vingt-six jours"),
    "de": ("in {} Tagen", "in sechsundzwanzig Tagen"),
    "es": ("dentro de {} días", "dentro de veintiséis días"),
    "ru": ("через {} дней", "через двадцать шесть дней"),
    "tr": ("{} gün sonra", "yirmi altı gün sonra"),
    "fi": ("{} päivän päästä", "kahdenkymmenenkuuden päivän päästä"),
    "ar": ("خلال {} يومًا", "خلال ستة و عشرون يومًا"),
    "he": ("בעוד {} ימים", "בעוד עשרים ושישה ימים"),
    "ja": ("{}日後", "二十六日後"),
    "ko": ("{}일 후", "이십육일 후"),
    "vi": ("sau {} ngày nữa", "sau hai mươi sáu ngày nữa"),
    "th": ("ในอีก {} วัน", "ในอีก ยี่สิบหก วัน"),
}
TASK = Task(
    version="1",
    kind="generate",
    langs=tuple(TEXTS),
    load=lambda *_: [],
    metrics=("exact_match", "chrf"),
    cite="Nobody et al. 2026, 2601.00001",
    licence="CC0",
    name="made_up",
)
SHARES = ("exact_match", "correct_language", "copied", "repeated", "empty", "limit")


@dataclass(frozen=True)
class Arm:
    """One recipe at one rate: how well it does, and in the right language."""

    label: str
    recipe: str
    lr: float
    skill: float
    fidelity: float
    source: float = 0.99
    needs: str = ""
    trained: int = 1_812_480
    note: str = ""
    model: str = field(default="mini/mt5", repr=False)


ARMS = (
    Arm("untouched", "untouched()", 1e-4, 0.10, 0.93, 0.09, trained=0),
    Arm("full", "", 3e-5, 0.42, 0.92, 0.95),
    Arm("full", "", 1e-4, 0.48, 0.93),
    Arm("full", "", 1e-3, 0.22, 0.55),
    Arm("full", "", 1e-2, 0.01, 0.02, 0.97),
    Arm("adapter", "adapter(size=32)", 1e-3, 0.51, 0.95, 0.97, trained=104_448),
    Arm("mixed in", "mix_in(langs=['sw'])", 1e-4, 0.59, 0.96, needs="target_text"),
)


def fill(
    out: Path, arms: Sequence[Arm] = ARMS, seeds: Sequence[int] = (0, 1), n: int = 60
) -> Store:
    """Make a results folder."""
    plugin.offer(TASK)
    store = Store(out)
    for arm in arms:
        for seed in seeds:
            _write(store, arm, seed, n)
    return store


def _write(store: Store, arm: Arm, seed: int, n: int) -> None:
    run = Run("made_up", arm.model, ("en",), arm.recipe, seed, Fit(lr=arm.lr, steps=300))
    with RunFolder(store.out / "runs" / _digest(arm, seed), run) as folder:
        for lang, split in [("en", "dev"), *((lang, "test") for lang in TEXTS)]:
            rng = random.Random(f"{arm} {seed} {lang} {split}")
            values = _values(arm, lang, n, rng)
            items = [_example(lang, i) for i in range(n)]
            answers = [_answer(lang, i, values, rng) for i in range(n)]
            stats = {name: [[value, 1.0] for value in values[name]] for name in SHARES}
            rows = [_row(arm, seed, lang, split, name, values[name]) for name in SHARES]
            rows += [
                _row(arm, seed, lang, split, "correct_language", _own(lang, n), "reference"),
                _row(arm, seed, lang, split, "copied", [0.0] * n, "reference"),
                _row(arm, seed, lang, split, "chrf", [100 * v for v in values["exact_match"]]),
            ]
            folder.commit(lang, split, answers, rows, examples=items, stats=stats)


def _values(arm: Arm, lang: str, n: int, rng: random.Random) -> dict[str, list[float]]:
    """Draw each item's values; some languages are harder than others."""
    ease = random.Random(lang).uniform(0.35, 1.5)
    fidelity = 1.0 if lang == "en" else min(1.0, arm.fidelity + (ease - 1) * 0.06)
    skill = arm.source if lang == "en" else min(0.97, arm.skill * ease)
    right = [float(rng.random() < fidelity) for _ in range(n)]
    found = {name: [0.0] * n for name in SHARES}
    found["correct_language"] = right
    hit = min(1.0, skill / max(fidelity, 0.01))
    found["exact_match"] = [float(ok and rng.random() < hit) for ok in right]
    found["copied"] = [float(not ok and rng.random() < 0.1) for ok in right]
    return found


def _example(lang: str, i: int) -> Example:
    source, target = TEXTS[lang]
    return Example(f"{lang}-{i}", lang, {"text": source.format(26 + i)}, target)


def _answer(lang: str, i: int, values: dict[str, list[float]], rng: random.Random) -> Prediction:
    right = TEXTS[lang][1]
    if values["exact_match"][i]:
        text = right
    elif values["correct_language"][i]:
        text = f"{right} {right.split()[0]}"
    else:
        text = rng.choice([TEXTS["en"][1], "twenty-six hours ago", "twenty days"])
    return Prediction(f"{lang}-{i}", text)


def _row(
    arm: Arm,
    seed: int,
    lang: str,
    split: str,
    metric: str,
    values: list[float],
    condition: str = "",
) -> Row:
    value = sum(values) / len(values)
    half = (
        1.96
        * (value / max(values, default=1) * (1 - value / (max(values) or 1)) / len(values)) ** 0.5
        if value
        else 0.0
    )
    top = 100.0 if metric == "chrf" else 1.0
    return Row(
        run=_digest(arm, seed),
        cell=_digest(arm, -1),
        task="made_up",
        task_version="1",
        model=arm.model,
        recipe=arm.recipe,
        lr=arm.lr,
        step=300 if arm.trained else 0,
        needs=arm.needs,
        sources="en",
        target=lang,
        condition=condition,
        split=split,
        metric=metric,
        signature="",
        value=value,
        n=len(values),
        seed=seed,
        low=max(0.0, value - half * top),
        high=min(top, value + half * top),
        trained=arm.trained,
        size=1_812_480,
        seconds=41.5 if arm.trained else 0.0,
        machine="cpu fp32 x86_64",
        note=arm.note,
        created="2026-11-21T09:00:00Z",
        version="0.1.0",
        label=arm.label,
    )


def _own(lang: str, n: int) -> list[float]:
    return [float(i % 20 != 0) for i in range(n)]


def _digest(arm: Arm, seed: int) -> str:
    return hashlib.sha256(f"{arm.model} {arm.recipe} {arm.lr} {seed}".encode()).hexdigest()[:12]
