"""What a run would drop or refuse is said by the plan, and by the command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import tiny
from isogloss import Study, plugin
from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.store import Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry

STUDY = """
name    = "s"
tasks   = ["mine"]
models  = ["{model}"]
targets = ["fr", "de"]

[fit]
steps = 2
batch = 4

[recipes]
{recipes}

[task.mine]
kind  = "classify"
langs = ["en", "fr", "de"]
files = "data/{{lang}}/{{split}}.jsonl"
"""


def lines(count: int) -> str:
    return "".join(
        f'{{"text": "word {n}", "target": "{"ab"[n % 2]}"}}\n' for n in range(count)
    )  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Iterator[object]:
    """Write own data with training examples in English, and a few in French, and a study of it."""
    counts = {"en/train": 20, "en/test": 6, "fr/train": 6, "fr/test": 6, "de/test": 6}
    for name, count in counts.items():
        path = tmp_path / "data" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines(count))

    def written(recipes: str, model: str = "mini/xlmr") -> Path:
        path = tmp_path / "study.toml"
        path.write_text(STUDY.format(recipes=recipes, model=model))
        return path

    yield written
    plugin._added["task"].pop("mine", None)


def test_languages_without_labels_are_named(study, tmp_path: Path, capsys) -> None:
    path = study('few = "shots(k=4, steps=2)"\nmany = "shots(k=16, steps=2)"\nplain = ""')
    plan = plan_study(Study.load(path))
    gaps = {cell.label: set(plan.empty.get(cell.run.id, ())) for cell in plan.cells}
    assert gaps == {"few": {"de"}, "many": {"fr", "de"}, "plain": set()}
    main(["plan", str(path), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().out
    assert "3 of 3 scores to do, 2 of them will be empty" in said
    assert "few will have no score in de, which leaves all means" in said
    assert "4 labelled examples in 'de', mine has 0" in said
    # What the plan says is what the run does.
    out = tmp_path / "out"
    run_study(Study.load(path), out)
    rows = [row for row in Store(out).rows() if row.split == "test" and not row.condition]
    assert {(row.label, row.target) for row in rows if row.value is None} == {
        ("few", "de"),
        ("many", "fr"),
        ("many", "de"),
    }


@pytest.mark.parametrize(
    ("recipe", "model", "message"),
    [
        ("lora() + adapter()", "mini/xlmr", "adapter can't be added to a model that has lora"),
        ("prompt_tuning(length=4) + lora()", "mini/mt5", "lora can't be added"),
        ("average(last=5)", "mini/xlmr", "set snapshots = 5"),
        ("lora(quantize='4bit')", "mini/xlmr", "bitsandbytes, which is not installed"),
        ("translate_test()", "mini/xlmr", "needs a translator and mine has none"),
        ("mix_in(langs=['de'], labels=True)", "mini/xlmr", "labelled training data in 'de'"),
        ("mix_in(langs=['xqx'], labels=True)", "mini/xlmr", "unknown language"),
        ("tag(lang='fr', like='en')", "mini/mt5", "has no language tags"),
        ("tag(lang='sw', like='en', new=True)", "mini/mbart", "one of like and new"),
        ("prompt_tuning(length=4) + tag(lang='sw', new=True)", "mini/mbart", "before the method"),
    ],
)
def test_what_would_stop_is_refused(
    recipe: str, model: str, message: str, study, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    path = study(f'one = "{recipe}"', model)
    for command in ("plan", "run"):
        with pytest.raises(SystemExit) as stop:
            main([command, str(path), "--out", str(tmp_path / "out")])
        assert stop.value.code == 2
        said = capsys.readouterr().err
        assert message in said
        assert "recipe one on mine" in said
    assert not list((tmp_path / "out").glob("weights/*"))


def test_all_is_said_at_once(study) -> None:
    path = study('one = "lora() + adapter()"\ntwo = "average(last=9)"\nthree = ""')
    with pytest.raises(IsoglossError, match="2 errors") as caught:
        plan_study(Study.load(path))
    assert "recipe one" in str(caught.value)
    assert "recipe two" in str(caught.value)


def test_languages_without_a_tag_are_named() -> None:
    plain = Study.of(
        {
            "name": "s", "tasks": ["verbalise"], "models": ["mini/nllb"], "targets": ["fr"],
            "fit": {"steps": 1}, "recipes": {"full": ""},
        }
    )  # fmt: skip
    assert not plan_study(plain).empty
    from isogloss.language.model_code import untagged
    from isogloss.models.family.backbone import backbone

    for name in ("mini/mbart", "mini/nllb"):
        found = backbone(name)
        assert found.path is not None
        assert untagged(found.path, found.architecture, ["en", "eu", "fr"]) == ["eu"]
    found = backbone("mini/mt5")
    assert found.path is not None
    assert untagged(found.path, found.architecture, ["eu"]) == []


@pytest.mark.parametrize(
    "recipe",
    [
        "lora(r=-8)", "lora(dropout=1.5)", "adapter(size=0)", "prompt_tuning(length=0)",
        "prompt_tuning(mlp=-1)", "mix(temperature=0)", "mix(ratio=[1.0, -1.0])", "rare(top=0)",
        "rare(labels=0)", "bea(top=[0])", "budget(examples=0)", "shots(k=-1)", "shots(lr=0)",
        "average(last=0)", "average(rates=[0])", "mix_in(langs=['sw'], share=1.5)",
        "mix_in(langs=[])", "smooth(size=-1)", "intermediate(langs=['sw'], steps=0)",
        "arithmetic(langs=['sw'], lr=-1)", "lora(start=-1)",
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused_when_read(recipe: str) -> None:
    with pytest.raises(IsoglossError, match="must be"):
        parse(recipe)


@pytest.mark.parametrize("labels", [["☀", "☁"], ["sun", "moon"]])
def test_labels_that_a_tokenizer_cannot_tell_apart(
    study, tmp_path: Path, labels: list[str]
) -> None:
    for path in (tmp_path / "data").rglob("*.jsonl"):
        text = path.read_text()
        for old, new in zip("ab", labels, strict=True):
            text = text.replace(f'"{old}"', f'"{new}"')
        path.write_text(text)
    model = str(tiny.checkpoint("mt5", tmp_path / "made"))
    path = study('plain = ""\nlow = { recipe = "", lr = 1e-5 }', model)
    if labels == ["sun", "moon"]:
        assert plan_study(Study.load(path)).cells
        return
    with pytest.raises(IsoglossError, match="'☀' and '☁' are the same to the tokenizer") as caught:
        plan_study(Study.load(path))
    assert str(caught.value).count("☀") == 1  # once, not for each recipe


def test_a_finetuned_head_for_other_labels(study, tmp_path: Path) -> None:
    import transformers

    for count, kind in ((3, "Sequence"), (2, "Sequence"), (3, "Token")):
        folder = shutil.copytree(
            tiny.checkpoint("xlmr", tmp_path / "made"), tmp_path / f"{kind}-{count}"
        )
        with torch.random.fork_rng(devices=[]):
            made = getattr(transformers, f"AutoModelFor{kind}Classification")
            made.from_pretrained(folder, num_labels=count).save_pretrained(folder)
        path = study('plain = ""', str(folder))
        if (count, kind) != (3, "Sequence"):
            assert plan_study(Study.load(path)).cells
            continue
        with pytest.raises(IsoglossError, match=r"was finetuned for 3 labels .* the task has 2"):
            plan_study(Study.load(path))


def test_looking_at_labels_loads_no_network(study, tmp_path: Path) -> None:
    path = study('plain = ""', str(tiny.checkpoint("mt5", tmp_path / "made")))
    code = (
        "import sys; from isogloss import Study, plan_study; plan_study(Study.load(sys.argv[1])); "
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["False", "False"]


def test_two_additions_to_one_network_are_refused(study) -> None:
    with pytest.raises(IsoglossError, match="lora can't be added to a model that has adapter"):
        plan_study(Study.load(study('both = "adapter() + lora(r=2)"')))


@pytest.mark.parametrize("recipe", ["shots(k=2, steps=1)", "rare(labels=2)", "bea(labels=2)"])
def test_what_breaks_leaves_no_empty_row(
    small, tiny_xlmr: str, tmp_path: Path, recipe: str
) -> None:
    """An empty row says that a method can't serve a language, and nothing else."""

    def broken(lang: str, split: str, data: Path | None) -> list[Example]:
        if (lang, split) == ("de", "train") and at.get("broken"):
            raise IsoglossError("de/train.jsonl:1 is broken", "save it again")
        return small.load(lang, split, data)

    at: dict[str, bool] = {}
    task = replace(small, load=broken)
    plugin.offer(task)
    study = Study(
        name="s", tasks=("small",), models=(tiny_xlmr,), sources=(("en", "fr"),), targets=("de",),
        recipes={"it": RecipeEntry(recipe)}, fit=Fit(steps=1, batch=4),
    )  # fmt: skip
    plan = plan_study(study)
    assert not any(plan.empty.values())
    at["broken"] = True
    with pytest.raises(IsoglossError, match="is broken"):
        plan_study(study)
