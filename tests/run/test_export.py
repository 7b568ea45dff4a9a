"""Exported runs: what is written is what was scored, and its card tells how it is used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

import sample
import tiny
from command import call
from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.method import Context, Method
from isogloss.core.recipe import parse
from isogloss.core.run import Fit, Generate, Run
from isogloss.core.task import Supply, Task
from isogloss.core.types import Example
from isogloss.models.addition.prompt import Prompted
from isogloss.models.load import build
from isogloss.models.model import Asked
from isogloss.models.save import export as write
from isogloss.models.save import load, written
from isogloss.models.snippet import snippet
from isogloss.run.export import _lost, _prompted, export
from isogloss.run.pipeline import Setting, access
from isogloss.store import Store
from isogloss.study.grid import run_study
from isogloss.study.study import RecipeEntry, Study

CODE = re.compile(r"```python\n(.*?)```", re.S)
OUTSIDE = """
import json, os, sys, warnings

class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "isogloss":
            raise ImportError("isogloss is not here")

sys.meta_path.insert(0, Gone())
warnings.simplefilter("ignore")
out = sys.stdout
sys.stdout = sys.stderr
for line in sys.stdin:
    folder, asked = json.loads(line)
    os.chdir(folder)
    space = {}
    exec(open("use.py").read(), space)
    print(json.dumps([space["answer"](*each) for each in asked]), file=out)
"""
RECIPES = {
    "full": RecipeEntry(),
    "mean": RecipeEntry("average(last=2)"),
    "shots": RecipeEntry("shots(k=4, steps=8, lr=0.05)"),
    "abroad": RecipeEntry("translate_test()"),
    "chance": RecipeEntry("majority()"),
    "small": RecipeEntry("adapter(size=4)"),
    "lora": RecipeEntry("lora(r=2)"),
    "hooked": RecipeEntry("hooking()"),
}
WORDS = {
    "en": ["red", "green", "blue", "one", "two", "three"],
    "fr": ["rouge", "vert", "bleu", "un", "deux", "trois"],
    "zh-Hant": ["紅", "綠", "藍", "一", "二", "三"],
}


@dataclass(frozen=True)
class Hooking(Method):
    """Shift the head's output in a way that no file holds."""

    def model(self, model: Any, ctx: Context) -> Any:
        model.net.classifier.register_forward_hook(lambda *given: given[-1] * 2)
        return model


@dataclass(frozen=True)
class Shifting(Method):
    """Change a number of the network that is no tensor."""

    def model(self, model: Any, ctx: Context) -> Any:
        model.net.base_model.embeddings.LayerNorm.eps = 10.0
        return model


def words(lang: str, split: str, data: Path | None) -> list[Example]:
    """Colours and numbers."""
    part = {"train": 0, "dev": 1, "test": 2}[split]
    return [
        Example(f"{split}-{i}-{j}", lang, {"text": f"{a} {b}"}, "colour" if i < 3 else "number")
        for i, a in enumerate(WORDS[lang])
        for j, b in enumerate(WORDS[lang])
        if (i + 2 * j) % 3 == part
    ]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, tiny_xlmr: str) -> Iterator[Path]:
    """Run a study of all sorts of methods once."""
    task = Task(
        version="1",
        kind="classify",
        langs=tuple(WORDS),
        load=words,
        metrics=("accuracy",),
        labels=("colour", "number"),
        supply=Supply(
            translate=lambda texts, source, target: [f"{target} {each}" for each in texts],
            translator="prefix",
        ),
        licence="CC0",
        name="words",
    )
    plugin.offer(task)
    plugin._added["method"]["hooking"] = Hooking
    folder = tmp_path_factory.mktemp("export") / "out"
    run_study(
        Study(
            name="export",
            tasks=("words",),
            models=(tiny_xlmr,),
            targets=("fr", "zh-Hant"),
            fit=Fit(steps=6, batch=4, lr=3e-3, snapshots=2, max_source=32),
            recipes=RECIPES,
            watch=("fr",),
        ),
        folder,
    )
    yield folder
    plugin._added["task"].pop("words")
    plugin._added["method"].pop("hooking")


def run_of(out: Path, name: str) -> Run:
    """Find the run of a recipe."""
    return next(
        r for r in Store(out).runs().values() if r.recipe == str(parse(RECIPES[name].recipe))
    )


def scored(out: Path, run: Run, lang: str) -> list[str]:
    """Give the answers that the scores were taken from."""
    return [prediction.value for prediction in Store(out).predictions(run.id, lang)]


def texts(lang: str) -> list[str]:
    return [example.inputs["text"] for example in words(lang, "test", None)]


def card(folder: Path) -> tuple[dict[str, Any], str]:
    """Read a card: its front matter, and its text."""
    _, front, text = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), text


def shown(text: str) -> list[str]:
    """List the languages in a card's table."""
    return re.findall(r"^\| (\S+) \| [\d.]+ \|", text, re.M)


def test_what_was_adapted_is_exported_as_it_was_scored(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of(out, "shots")
    assert call("export", run.id, tmp_path / "none", "--out", out) == 2
    error = capsys.readouterr().err
    assert "shots(k=4, steps=8, lr=0.05) makes another model for each language" in error
    assert "name one: --lang fr (scored: en, fr, zh-Hant)" in error
    assert not (tmp_path / "none").exists()
    assert call("export", run.id, tmp_path / "fr", "--out", out, "--lang", "fra") == 0
    for lang in ("zh-Hant", "en"):
        export(run.id, tmp_path / lang, lang=lang, out=out)
    weights = {f.parent.name: f.read_bytes() for f in tmp_path.glob("*/model.safetensors")}
    assert len(set(weights.values())) == 3
    for lang in ("fr", "zh-Hant", "en"):
        found = load(tmp_path / lang).answer([{"text": each} for each in texts(lang)], lang)
        assert [each.value for each in found] == scored(out, run, lang)
        text = card(tmp_path / lang)[1]
        assert shown(text) == [lang]
        assert "measured with a model of its own: shots(k=4" in text
        assert f"Adapted to `{lang}`" in text
    plain = export(run_of(out, "full").id, tmp_path / "plain", out=out)
    assert (plain / "model.safetensors").read_bytes() == weights["en"]


def test_averaged_weights_are_exported(out: Path, tmp_path: Path) -> None:
    run = run_of(out, "mean")
    folder = export(run.id, tmp_path / "mean", out=out)
    found = load(folder).answer([{"text": each} for each in texts("fr")], "fr")
    stored = Store(out).shown(run.id, "fr")
    assert [each.value for each in found] == [each.prediction.value for each in stored]
    for one, two in zip(found, stored, strict=True):
        assert one.scores == pytest.approx(two.prediction.scores, abs=1e-4)
    full = export(run_of(out, "full").id, tmp_path / "full", out=out)
    names = "model.safetensors"
    assert (folder / names).read_bytes() != (full / names).read_bytes()


def test_what_acts_at_prediction_leaves_no_score(
    out: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "isogloss")
    text = card(export(run_of(out, "abroad").id, tmp_path / "abroad", out=out))[1]
    assert "scores of fr, zh-Hant are left out: measured with translate_test()" in caplog.text
    assert "plain transformers opens it" in caplog.text
    assert shown(text) == ["en"]
    assert "fr, zh-Hant: measured with translate_test(), which is no part of the weights" in text
    with pytest.raises(IsoglossError, match=r"majority\(\) answers without a model of its own"):
        export(run_of(out, "chance").id, tmp_path / "chance", out=out)
    assert [path.name for path in tmp_path.iterdir()] == ["abroad"]


def test_every_method_that_adapts_asks_for_a_language(out: Path) -> None:
    methods = [plugin.method(name) for name in plugin.entries("method")]
    run = run_of(out, "full")
    setting = Setting(Store(out), Machine(), {})
    adapting = []
    for cls in methods:
        text = cls.example or f"{plugin.name_of(cls)}()"
        made = replace(run, recipe=text, sources=("en", "fr"))
        (method,) = made.parsed.methods
        if "adapt" in method.stages:
            adapting.append(plugin.name_of(cls))
            with pytest.raises(IsoglossError, match="makes another model for each language"):
                _lost(made, access(made, setting), None, ["zh-Hant"])
        if "predict" in method.stages and "adapt" not in method.stages and not method.needs:
            with pytest.raises(IsoglossError, match="nothing to export"):
                _lost(made, access(made, setting), None, ["zh-Hant"])
    assert {"arithmetic", "rare", "shots"} <= set(adapting)
    many = replace(run, recipe="bea()", sources=("en", "fr"))
    with pytest.raises(IsoglossError, match=r"bea\(\) answers without[^.]*\n.*single sources"):
        _lost(many, access(many, setting), None, ["zh-Hant"])


def test_snapshots_are_no_scores_of_the_model(out: Path, tmp_path: Path) -> None:
    run = run_of(out, "full")
    rows = Store(out).results().select(run=run.id, target="fr", metric="accuracy").rows
    assert len({row.step for row in rows}) > 1
    text = card(export(run.id, tmp_path / "full", out=out))[1]
    (last,) = [row for row in rows if row.step == max(row.step for row in rows)][-1:]
    assert f"| fr | {last.value:.3f} | {last.low:.3f} to {last.high:.3f} | {last.n} |" in text


def test_a_card_is_the_hubs(out: Path, tmp_path: Path) -> None:
    run = run_of(out, "full")
    front, text = card(export(run.id, tmp_path / "full", out=out))
    assert front["language"] == ["en", "fr", "zh"]
    assert front["license"] == "unknown"
    assert front["library_name"] == "transformers"
    assert front["pipeline_tag"] == "text-classification"
    assert front["base_model_relation"] == "finetune"
    assert {"isogloss", "cross-lingual-transfer", "classify"} <= set(front["tags"])
    assert front["metrics"] == ["accuracy"]
    (index,) = front["model-index"]
    langs = {each["dataset"]["config"] for each in index["results"]}
    assert langs == set(shown(text)) == {"en", "fr", "zh-Hant"}
    assert front["base_model"] == "xlmr"
    config = json.loads((tmp_path / "full" / "config.json").read_text())
    assert config["id2label"] == {"0": "colour", "1": "number"}
    assert config["label2id"] == {"colour": 0, "number": 1}
    assert "Labels: `colour`, `number`" in text
    assert "Inputs over 32 tokens are cut at the end" in text
    assert str(tmp_path) not in text


def untrained(name: str, kind: str, folder: Path) -> tuple[Path, list[list[Any]], list[Any]]:
    """Export a backbone as it is: its folder, what to ask its code, and the right answers."""
    model = build(str(tiny.checkpoint(name, folder)), sample.task(kind), seed=3)
    asked = Asked(Fit(max_source=40, max_target=12), Generate(max_tokens=5))
    where = folder / f"{name}-{kind}"
    write(model, where, fit=asked.fit, generate=asked.generate)
    code = snippet(model, written(where), asked, sample.LANGS)
    (where / "use.py").write_text(code)
    model.asked, speaks = asked, "lang):" in code.rpartition("def answer(")[2]
    given = [(each.inputs, each.lang) for each in sample.examples(kind)]
    right = [model.answer([inputs], lang)[0].value for inputs, lang in given]
    return where, [[*inputs.values(), *[lang] * speaks] for inputs, lang in given], right


def test_a_cards_code_runs_in_a_fresh_process(out: Path, tmp_path: Path) -> None:
    kept = []
    for name in ("full", "lora"):
        run = run_of(out, name)
        folder = export(run.id, tmp_path / name, out=out)
        (code,) = CODE.findall(card(folder)[1])
        assert "isogloss" not in code
        (folder / "use.py").write_text(code)
        for lang in ("fr", "zh-Hant"):
            kept.append((folder, [[each] for each in texts(lang)], scored(out, run, lang)))
    kept += [untrained(*case, tmp_path) for case in (("m2m100", "generate"), ("llama", "choose"))]
    done = subprocess.run(
        [sys.executable, "-c", OUTSIDE],
        input="\n".join(json.dumps([str(folder), asked]) for folder, asked, _ in kept),
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found == [right for *_, right in kept]


def test_adapters_say_what_opens_them(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of(out, "small")
    front, text = card(export(run.id, tmp_path / "small", out=out))
    assert front["library_name"] == "isogloss"
    assert front["base_model_relation"] == "adapter"
    assert "Neither transformers nor peft can express `adapter(size=4)`" in text
    (code,) = CODE.findall(text)
    monkeypatch.chdir(tmp_path / "small")
    space: dict[str, Any] = {}
    exec(code, space)
    assert capsys.readouterr().out.strip() in ("colour", "number")
    found = [space["answer"](each, lang="fr") for each in texts("fr")]
    assert found == scored(out, run, "fr")
    with pytest.raises(IsoglossError, match="an input lacks 'text'"):
        load(Path(os.curdir)).answer([{"txt": "rouge"}], "fr")


def test_what_cant_be_written_is_refused_by_name(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(out, "hooked").id
    with pytest.raises(IsoglossError, match=r"(?s)a function on classifier .*hooking\(\)"):
        export(run, tmp_path / "hooked", out=out)
    monkeypatch.setitem(plugin._added["method"], "hooking", Shifting)
    with pytest.raises(IsoglossError, match=r"(?s)can't write this model: read back.*hooking\(\)"):
        export(run, tmp_path / "hooked", out=out)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_left_alone(out: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(IsoglossError, match="is not empty"):
        export(run_of(out, "full").id, tmp_path, out=out)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_prompt_of_one_language_has_that_ones_scores(out: Path) -> None:
    model = SimpleNamespace(head=Prompted(None, 100, 2, ("en", "fr"), 2))
    rows = [SimpleNamespace(target=lang) for lang in ("en", "fr", "tr")]
    assert set(_prompted(model, "fr", rows)) == {"en", "tr"}
    assert set(_prompted(model, "en", rows)) == {"fr"}  # tr has the first one's
    assert not _prompted(SimpleNamespace(head=None), "fr", rows)
