"""What runs read is in their identity, and nothing else can be read: played through `run`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from isogloss import plugin
from isogloss.core.errors import Failed, IsoglossError
from isogloss.core.material import TARGET, Reading
from isogloss.core.method import Context, Method, Predict
from isogloss.core.run import Fit, Run
from isogloss.core.task import Supply, Task
from isogloss.core.types import Example
from isogloss.material import translate
from isogloss.material.supply import supply
from isogloss.run import material
from isogloss.store import Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry, Study

TRY: list[Callable[[Context, Any], Any]] = []
"""What `cheat` does at its hooks."""


def study(tiny_xlmr: str, *recipes: str, **change: Any) -> Study:
    base = Study(
        name="test",
        tasks=("small",),
        models=(tiny_xlmr,),
        targets=("fr", "de"),
        fit=Fit(steps=2, batch=4, lr=1e-3),
        recipes={recipe or "plain": RecipeEntry(recipe) for recipe in recipes},
    )
    return replace(base, **change)


@dataclass(frozen=True)
class Cheat(Method):
    """Reach for more than it needs."""

    stage: str = "data"

    needs = ("target_labels", "target_text", "translator")

    def needed(self) -> tuple[str, ...]:
        return ()

    def data(self, train: list[Example], ctx: Context) -> list[Example]:
        return self._at("data", train, ctx, None)

    def model(self, model: Any, ctx: Context) -> Any:
        return self._at("model", model, ctx, model)

    def adapt(self, model: Any, lang: str, ctx: Context) -> Any:
        return self._at("adapt", model, ctx, model)

    def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
        return self._at("predict", predict, ctx, None)

    def _at(self, stage: str, thing: Any, ctx: Context, model: Any) -> Any:
        if stage == self.stage:
            TRY[0](ctx, model)
        return thing


@pytest.fixture
def cheat(small: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """Know the method as `cheat`; the task has all that could be had."""
    monkeypatch.setitem(plugin._added["method"], "cheat", Cheat)
    text = {"text": lambda lang: ["un deux"]}
    given = replace(small.supply, gives={**small.supply.gives, **text})
    plugin.offer(replace(small, supply=given, inputs=lambda path, lang, split: []))


def _widen(ctx: Context, model: Any) -> Any:
    return dataclasses.replace(ctx, allowed=("target_labels",)).labels("fr")  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("stage", "reach", "says"),
    [
        ("data", lambda ctx, _: ctx.labels("fr"), "uses target_labels without declaring it"),
        ("adapt", lambda ctx, _: ctx.labels("de"), "uses target_labels without declaring it"),
        ("data", lambda ctx, _: ctx.inputs("fr"), "uses target_text without declaring it"),
        ("predict", lambda ctx, _: ctx.translate(["a"], "fr", "en"), "uses translator without"),
        ("data", lambda ctx, _: ctx.task.load("fr", "test", None), "reaches for the data of small"),
        (
            "predict",
            lambda ctx, _: ctx.task.supply.gives["text"]("fr"),
            "reaches for the data of small",
        ),
        ("model", lambda _, model: model.task.load("fr", "test", None), "reaches for the data"),
        ("adapt", lambda _, model: model.task.supply.gives["text"]("fr"), "reaches for the data"),
        ("model", lambda ctx, model: ctx.predict(model, []), "reads answers at its model stage"),
        ("data", _widen, "dataclass"),
    ],
)
def test_what_is_not_needed_is_refused(
    stage: str, reach: Any, says: str, cheat: None, tiny_xlmr: str, tmp_path: Path
) -> None:  # fmt: skip
    TRY[:] = [reach]
    with pytest.raises(Failed, match=says):
        run_study(study(tiny_xlmr, f"cheat(stage='{stage}')", targets=("fr",)), tmp_path)
    assert not any(row.target == "fr" for row in Store(tmp_path).rows())


def test_no_public_name_of_the_context_leads_to_data(
    cheat: None, tiny_xlmr: str, tmp_path: Path
) -> None:
    seen: dict[str, Any] = {}

    def look(ctx: Context, model: Any) -> None:
        for name in (each for each in dir(ctx) if not each.startswith("_")):
            seen[name] = getattr(ctx, name)
        seen["model.task"] = model.task

    TRY[:] = [look]
    run_study(study(tiny_xlmr, "cheat(stage='adapt')", targets=("fr",)), tmp_path)
    methods = {name for name, value in vars(Context).items() if not name.startswith("_")}
    assert set(seen) == {*methods, "model.task"}
    for task in (seen["task"], seen["model.task"]):
        assert (task.available, task.digest, task.inputs, task.definition) == (None, None, None, {})
        assert task.labels == ("colour", "number")


@dataclass(frozen=True)
class Hidden(Method):
    """Read labels of a language and tell of another."""

    needs = ("target_labels",)

    def reads(self, run: Run) -> tuple[Reading, ...]:
        return (Reading("examples", (TARGET,), "predict"),)

    def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
        from isogloss.core.errors import Uncovered

        try:
            ctx.labels("de" if lang == "fr" else lang, 1)
        except IsoglossError as error:  # as methods do that can't serve a language
            raise Uncovered(error.what, error.hint) from error
        return predict


def test_what_is_not_announced_is_refused(
    small: Task, tiny_xlmr: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(plugin._added["method"], "hidden", Hidden)
    words = "hidden reads training examples in de at its predict stage without announcing it"
    with pytest.raises(Failed, match=words):
        run_study(study(tiny_xlmr, "hidden()"), tmp_path)
    run_study(study(tiny_xlmr, "hidden()", targets=("de",)), tmp_path / "de")


def test_a_material_that_is_none_is_refused() -> None:
    class Odd(Method):
        def reads(self, run: Run) -> tuple[Reading, ...]:
            return (Reading("txt", ("fr",), "data"),)

    run = Run("small", "m", ("en",))
    run.__dict__["parsed"] = type(run.parsed)((Odd(),))
    with pytest.raises(IsoglossError, match=r"unknown material 'txt'\n  did you mean 'text'"):
        run.readings  # noqa: B018


def _corpus(folder: Path, **texts: str) -> Supply:
    folder.mkdir(parents=True, exist_ok=True)
    for lang, text in texts.items():
        (folder / f"{lang}.txt").write_text(text)
    return supply({"text": "{lang}.txt"}, folder)


def test_two_corpora_are_two_runs(tmp_path: Path) -> None:
    recipes = {
        "plain": RecipeEntry(),
        "mix_in": RecipeEntry("mix_in(langs=['fr'])"),
        "arithmetic": RecipeEntry("arithmetic(langs=['fr'])"),
    }

    def keys(given: Supply) -> dict[str, tuple[str, str]]:
        made = Study(
            name="s", tasks=("verbalise",), models=("mini/mt5",), targets=("fr",),
            fit=Fit(steps=2), recipes=recipes, supply=given,
        )  # fmt: skip
        return {cell.label: (cell.run.id, cell.run.train_key) for cell in plan_study(made).cells}

    first = keys(_corpus(tmp_path / "a", fr="un\n", en="one\n", de="eins\n"))
    moved = keys(_corpus(tmp_path / "b", fr="un\n", en="one\n", de="zwei\n"))
    other = keys(_corpus(tmp_path / "c", fr="deux\n", en="one\n", de="eins\n"))
    assert first == moved  # the same French in another folder; nobody reads German
    assert first["plain"] == other["plain"]
    assert first["mix_in"][0] != other["mix_in"][0]
    assert first["mix_in"][1] != other["mix_in"][1]
    assert first["arithmetic"][0] != other["arithmetic"][0]
    assert first["arithmetic"][1] == other["arithmetic"][1]  # its text is its parts'


def test_what_acts_after_training_shares_it(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    found = study(tiny_xlmr, "", "translate_test()", "shots(k=2, steps=1)")
    assert plan_study(found).trainings == 1
    run_study(found, tmp_path)
    assert len([*(tmp_path / "weights").glob("*/phase-*")]) == 1
    assert {row.needs for row in Store(tmp_path).rows()} == {"", "translator", "target_labels"}


def test_a_translator_is_known_by_its_revision(
    small: Task, tiny_xlmr: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ids(revision: str, *recipes: str) -> list[str]:
        monkeypatch.setattr(translate, "revision", lambda name: revision)
        given = supply({"translator": "some/nllb"}, Path())
        return [cell.run.id for cell in plan_study(study(tiny_xlmr, *recipes, supply=given)).cells]

    one, two = (ids(revision, "", "translate_test()") for revision in ("r1", "r2"))
    assert one[0] == two[0]
    assert one[1] != two[1]


OWN = """
name    = "s"
tasks   = ["mine"]
models  = ["{model}"]
targets = {targets}

[fit]
steps = 2
batch = 4

[recipes]
few = "shots(k=2, steps=1)"

[task.mine]
kind  = "classify"
langs = ["en", "fr", "de"]
files = "{{lang}}/{{split}}.jsonl"
"""


def test_other_shots_of_a_language_are_never_mixed(tiny_xlmr: str, tmp_path: Path) -> None:
    def write(name: str, labels: Sequence[str]) -> None:
        path = tmp_path / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        lines = (f'{{"text": "w {n}", "target": "{label}"}}\n' for n, label in enumerate(labels))
        path.write_text("".join(lines))

    def run(targets: str) -> Any:
        (tmp_path / "study.toml").write_text(OWN.format(model=tiny_xlmr, targets=targets))
        return run_study(Study.load(tmp_path / "study.toml"), tmp_path / "out")

    for name in ("en/train", "en/test", "fr/train", "fr/test", "de/train", "de/test"):
        write(name, "abab")
    run('["fr"]')
    weights = {
        path: path.stat().st_mtime_ns for path in (tmp_path / "out/weights").rglob("*.safetensors")
    }
    rows = run('["fr", "de"]').rows  # one more language trains nothing
    assert weights == {
        path: path.stat().st_mtime_ns for path in (tmp_path / "out/weights").rglob("*.safetensors")
    }
    read = {row.target: row.material for row in rows}
    assert read["en"] == ""
    assert len({*read.values()}) == 3
    write("de/train", "baba")
    with pytest.raises(Failed, match="scores in de that were made with other training examples"):
        run('["fr", "de"]')
    assert Store(tmp_path / "out").rows() == rows
    write("de/train", "abab")
    assert run('["fr", "de"]').rows == rows
    assert not Store(tmp_path / "out").errors()


def test_an_adaptation_is_known_by_what_it_reads() -> None:
    def digest(name: str, langs: tuple[str, ...]) -> str:
        return f"{name} {langs}"

    few = Run("verbalise", "m", ("en",), "shots(k=2)")
    found = {lang: material.adapt_digest(few, lang, digest) for lang in ("en", "fr", "de")}
    assert found["en"] == ""  # its examples are the training's
    assert found["fr"] != found["de"]
    assert material.adapt_digest(replace(few, recipe="translate_test()"), "fr", digest) == ""
    added = replace(few, recipe="arithmetic(langs=['fr'])")
    one, two = (replace(added, material=(("text", "fr", text),)) for text in "ab")
    assert material.adapt_digest(one, "fr", digest) != material.adapt_digest(two, "fr", digest)


def test_what_is_given_without_a_fingerprint_is_hashed(small: Task) -> None:
    one, two = (
        material.digests(
            replace(small, supply=Supply({"text": lambda lang, t=text: [t]})), None, {}
        )
        for text in ("un", "deux")
    )
    assert one("text", ("fr",)) != two("text", ("fr",)) != ""
    assert one("parallel", ("en", "fr")) == ""
