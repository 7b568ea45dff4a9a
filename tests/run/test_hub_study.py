"""studies/collapse-hub.toml runs to the end, on tiny checkpoints of the same classes."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

import tiny
from isogloss import Study, report
from isogloss.cli import main
from isogloss.core.machine import Machine
from isogloss.core.types import Row
from isogloss.store import Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry
from isogloss.tasks import xlsum

PATH = Path(__file__).parents[2] / "studies" / "collapse-hub.toml"
MODELS = {
    "google/mt5-base": "mt5",
    "DKYoon/mt5-base-lm-adapt": "mt5",
    "facebook/mbart-large-50": "mbart50",
    "facebook/nllb-200-distilled-600M": "m2m100",
}
CPU = Machine(device="cpu", progress=False)
TEXT = {
    "en": ("the ferry|the old bus|the night train|the kite", " left late| was full| is here|?"),
    "ar": ("العبارة|الحافلة القديمة|قطار الليل|الطائرة", " تأخرت| ممتلئة| هنا|؟"),
    "es": ("el barco|el autobús viejo|el tren nocturno|la cometa", " salió tarde| va lleno| ya|?"),
    "hi": ("नाव|पुरानी बस|रात की गाड़ी|पतंग", " देर से चली| भरी थी| यहाँ है|?"),
    "ru": ("паром|старый автобус|ночной поезд|змей", " ушёл поздно| был полон| уже здесь|?"),
    "th": ("เรือข้ามฟาก|รถเมล์เก่า|รถไฟกลางคืน|ว่าว", "ออกช้า|เต็มแล้ว|อยู่ที่นี่|?"),
    "tr": ("vapur|eski otobüs|gece treni|uçurtma", " geç kalktı| doluydu| burada|?"),
    "vi": ("chiếc phà|xe buýt cũ|tàu đêm|con diều", " đi muộn| đã đầy| ở đây|?"),
    "zh": ("渡船|旧公共汽车|夜间火车|风筝", "晚点了|满员了|在这里|吗?"),
}
"""Language -> what travels, and what it does."""
PLACES = {"train": ("Normans", 0, 8), "dev": ("Teacher", 8, 12), "test": ("Warsaw", 12, 16)}
"""Split -> an article of XQuAD, and the texts that it gets."""


def texts(lang: str) -> list[tuple[str, str]]:
    """Make 16 texts: what travels, and a sentence of it."""
    who, what = (part.split("|") for part in TEXT[lang])
    return [(one, f"{one}{did}") for one, did in product(who, what)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write both data sets in their original form."""
    for name in ("xlsum", "xquad"):
        (tmp_path / name).mkdir()
    for lang in TEXT:
        articles = []
        for split, (title, first, last) in PLACES.items():
            rows, paragraphs = [], []
            for number, (who, said) in enumerate(texts(lang)[first:last], first):
                rows.append({"id": f"{lang}-{number}", "text": f"{said}. {who}.", "summary": said})
                answers = [{"text": who, "answer_start": 0}]
                asked = {"id": f"q{number}", "question": f"{who}?", "answers": answers}
                paragraphs.append({"context": said, "qas": [asked]})
            spelled = f"{xlsum.NAMES[lang]}_{'val' if split == 'dev' else split}.jsonl"
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
            (tmp_path / "xlsum" / spelled).write_text("".join(lines), encoding="utf-8")
            articles.append({"title": title, "paragraphs": paragraphs})
        (tmp_path / "xquad" / f"xquad.{lang}.json").write_text(json.dumps({"data": articles}))
    return tmp_path


@pytest.fixture
def small(folder: Path) -> Study:
    """Give the study with tiny models, few steps, rates and seeds, and short outputs."""
    said = PATH.read_text(encoding="utf-8").replace("steps=2000", "steps=1")
    for name, made in MODELS.items():
        path = tiny.checkpoint(made, folder / name.replace("/", "-"), positions=1024)
        said = said.replace(f'"{name}"', f'"{path}"')
    (folder / PATH.name).write_text(said, encoding="utf-8")
    study = Study.load(folder / PATH.name, data=folder)
    return replace(
        study,
        fit=replace(study.fit, steps=5),
        generate=replace(study.generate, max_tokens=8),
        recipes={
            name: replace(arm, lr=few(name, arm.rates(study)))
            for name, arm in study.recipes.items()
        },
        select=dict(study.select) | {"confirm": [1]},
    )


def few(name: str, rates: Collection[float]) -> tuple[float, ...]:
    """Keep the rates that claims name, or else one."""
    if name in ("full", "average"):
        return tuple(rate for rate in rates if rate >= 1e-4)
    return (1e-3,) if 1e-3 in rates else tuple(rates)[:1]


def ended(study: Study, out: Path) -> list[Row]:
    """Run a study; every score is there, or says why not."""
    run_study(study, out, machine=CPU)
    store = Store(out)
    assert not store.errors()
    done = store.done()
    assert all(done[cell.run.id].issuperset(cell.pairs) for cell in plan_study(study).cells)
    rows = list(store.rows())
    assert {row.target for row in rows} == set(TEXT)
    return rows


def test_its_gpu_hours_are_told_without_the_hub(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["plan", str(PATH), "--out", str(tmp_path), "--gpu", "a100"])
    said = capsys.readouterr().out
    assert re.search(r"time: about \d+ h for \d+ runs, on one a100, a rough estimate", said)
    assert "skipped" not in said
    assert "not known" not in said
    for label, arm in Study.load(PATH).recipes.items():
        for name in MODELS:
            planned = bool(re.search(rf" {label} +\w+  {name} ", said))
            assert planned == (name in (arm.models or MODELS))
    for name in MODELS:
        assert f"warning: the hub is out of reach and {name} is not pinned" in said


def test_its_models_and_tasks_run(small: Study, tmp_path: Path) -> None:
    assert not plan_study(small).skipped
    one = replace(small, recipes={"full": RecipeEntry("", (1e-3,))}, watch=(), select={})
    rows = ended(one, tmp_path / "out")
    assert {row.task for row in rows} == set(small.tasks)
    assert {row.model for row in rows} == set(small.models)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_runs_to_the_end(small: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rows = ended(small, out)
    assert {row.seed for row in rows} == {0, 1}
    assert all(row.note.startswith("undefined here") for row in rows if row.value is None)
    built = report.build(Store(out))
    assert [claim.says for claim in built.claims] == [claim["says"] for claim in small.claims]
    for claim in built.claims:
        # Both sides of a claim were run; the same system may have been selected on both.
        assert claim.verdict != "not tested" or "results" not in claim.numbers, claim
