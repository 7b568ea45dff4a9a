"""What is complete is not computed again: parts, adaptations, and what came before a training."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss import plugin
from isogloss.core.errors import Failed, IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.material import Reading
from isogloss.core.method import Context, Loss, Method, Predict, Train
from isogloss.core.run import Fit, Run
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.models.train import left, manifest
from isogloss.models.train.text import fit_text
from isogloss.run.export import export
from isogloss.run.keep import kept
from isogloss.run.part import Parts, bound, size
from isogloss.run.pipeline import Setting, _Scorer, access, adapted, predicted, trained
from isogloss.run.use import answer, reopen
from isogloss.store import Held, Results, Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry, Study

FREE = ("seconds", "created", "machine")
HERE = Machine(device="cpu", progress=False)


def study(model: str, recipe: str, **change: Any) -> Study:
    base = Study(
        name="once",
        tasks=("small",),
        models=(model,),
        targets=("fr",),
        fit=Fit(steps=2, batch=4, lr=1e-3),
        recipes={"it": RecipeEntry(recipe)},
    )
    return replace(base, **change)


def table(results: Results) -> list[str]:
    """Rows as text, without the columns that may differ between equal runs."""
    return sorted(
        str({f: getattr(row, f) for f in row.__slots__ if f not in FREE}) for row in results.rows
    )


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count the networks that are built, the trainings, and their updates."""
    import isogloss.models.load as load
    import isogloss.models.train.fit as fit

    found: Counter[str] = Counter()

    def counted(of: Any, name: str, what: str) -> None:
        old = getattr(of, name)

        def new(*args: Any, **options: Any) -> Any:
            found[what] += 1
            return old(*args, **options)

        monkeypatch.setattr(of, name, new)

    counted(load, "build", "built")
    counted(fit._Training, "run", "trained")
    counted(fit._Training, "_update", "updates")
    return found


def add(monkeypatch: pytest.MonkeyPatch, **methods: type[Method]) -> None:
    for name, method in methods.items():
        monkeypatch.setitem(plugin._added["method"], name, method)


class TestParts:
    def test_each_is_opened_once(
        self, small: Task, tiny_xlmr: str, tmp_path: Path, counts: Counter[str]
    ) -> None:
        found = study(tiny_xlmr, "bea()", sources=(("en", "de"),), targets=("fr", "en", "de"))
        run_study(found, tmp_path)
        assert counts["built"] == 3
        run_study(
            replace(
                found,
                recipes={"a": RecipeEntry("bea(vote=True)"), "b": RecipeEntry("bea(labels=4)")},
            ),
            tmp_path,
        )
        assert counts["built"] == 3 + 2 + 2  # two parts for both runs, and each run's own
        assert counts["trained"] == 2

    def test_what_a_user_does_to_a_part_is_gone(
        self, small: Task, tiny_xlmr: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @dataclass(frozen=True)
        class Spoil(Method):
            """Set all weights of the part to zero."""

            def parts(self, run: Run) -> tuple[Run, ...]:
                return (replace(run, recipe=""),)

            def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
                part = ctx.part(self.parts(ctx.run)[0])
                seen.append(sum(float(p.detach().abs().sum()) for p in part.net.parameters()))
                with torch.no_grad():
                    for parameter in part.net.parameters():
                        parameter.zero_()
                return predict

        seen: list[float] = []
        add(monkeypatch, spoil=Spoil)
        run_study(study(tiny_xlmr, "spoil()", targets=("fr", "de")), tmp_path)
        assert len(seen) == 4
        assert len(set(seen)) == 1
        assert seen[0]

    def test_the_bound(self, small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
        run = plan_study(study(tiny_xlmr, "")).cells[0].run
        setting = Setting(Store(tmp_path), HERE, {})
        model = trained(run, access(run, setting), setting)
        one, opened = size(model), []

        def ask(parts: Parts, seed: int) -> None:
            part = replace(run, seed=seed)
            parts.give(part, lambda: opened.append(seed) or model.copy())

        parts = Parts(2 * one + one // 2)
        for seed in (0, 1, 0, 2, 0, 1):  # 1 was used least recently when 2 came
            ask(parts, seed)
            assert parts.bytes <= parts.bound
        assert opened == [0, 1, 2, 1]
        opened.clear()
        tight = Parts(one - 1)
        for _ in range(2):
            ask(tight, 0)
        assert (opened, tight.bytes) == ([0, 0], 0)

    def test_the_bound_follows_from_the_machine(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        from isogloss.run import part

        whole = bound()
        assert whole > 0
        assert bound(4) == pytest.approx(whole / 4, abs=1)
        limit = tmp_path / "memory.max"
        monkeypatch.setattr(part, "CGROUP", limit)
        limit.write_text("4000000\n")
        assert bound() == 4000000 * part.SHARE
        limit.write_text("max\n")
        assert bound() >= whole

    def test_weights_methods_tell_parts_apart(self, tiny_xlmr: str) -> None:
        plain = Run("verbalise", "m", ("en",), fit=Fit(snapshots=3))
        mean = replace(plain, recipe="average(last=2)")
        more = replace(plain, recipe="average(last=3)")
        assert plain.train_key == mean.train_key == more.train_key
        assert len({run.weights_key for run in (plain, mean, more)}) == 3


SHOTS = "shots(k=4, steps=3)"


class TestAdaptation:
    def test_trained_once_a_language(
        self, small: Task, tiny_xlmr: str, tmp_path: Path, counts: Counter[str]
    ) -> None:
        arm = RecipeEntry(SHOTS, lr=(1e-3, 1e-2))
        found = study(
            tiny_xlmr, "", recipes={"it": arm}, targets=("fr", "de"), select={"lr": "oracle"}
        )
        assert {("fr", "dev"), ("fr", "test")} <= set(plan_study(found).cells[0].pairs)
        results = run_study(found, tmp_path)
        assert counts["trained"] == 2 * 3
        shutil.rmtree(tmp_path / "runs")
        again = run_study(found, tmp_path)
        assert counts["trained"] == 2 * 3
        assert table(again) == table(results)
        key = next(iter(Store(tmp_path).runs()))
        (tmp_path / "new.jsonl").write_text(json.dumps({"text": "rouge vert"}))
        answer(key, tmp_path / "new.jsonl", "fr", out=tmp_path)
        export(key, tmp_path / "exported", lang="fr", out=tmp_path)
        assert counts["trained"] == 2 * 3
        about = [json.loads(p.read_text()) for p in tmp_path.glob("adapted/*/about.json")]
        assert sorted(each["lang"] for each in about) == ["de", "de", "fr", "fr"]

    def test_a_kill_in_the_middle_is_resumed(
        self,
        small: Task,
        tiny_xlmr: str,
        tmp_path: Path,
        counts: Counter[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        import isogloss.models.train.fit as fit

        found = study(tiny_xlmr, "shots(k=4, steps=6)")
        whole = run_study(found, tmp_path / "whole")
        counts.clear()
        save = fit._Training._save

        def killed(training: Any) -> None:
            save(training)
            if training.folder.name == "adapt-1" and training.step == 4:
                raise SystemExit("killed")

        saving = replace(HERE, save_every=0.0)
        monkeypatch.setattr(fit._Training, "_save", killed)
        with pytest.raises(SystemExit, match="killed"):
            run_study(found, tmp_path / "cut", machine=saving)
        monkeypatch.setattr(fit._Training, "_save", save)
        (folder,) = (tmp_path / "cut" / "adapted").iterdir()
        assert (left.read(folder), manifest.whole(folder / "adapt-1")) == (None, False)
        assert counts["updates"] == 2 + 4
        again = run_study(found, tmp_path / "cut", machine=saving)
        assert counts["updates"] == 2 + 6
        assert table(again) == table(whole)
        assert not list(folder.glob("adapt-1/resume"))

    @pytest.mark.parametrize("name", ["model.safetensors", "manifest.json", "complete"])
    def test_what_is_cut_short_is_made_again(
        self,
        small: Task,
        tiny_xlmr: str,
        tmp_path: Path,
        counts: Counter[str],
        caplog: pytest.LogCaptureFixture,
        name: str,
    ) -> None:
        found = study(tiny_xlmr, SHOTS)
        whole = run_study(found, tmp_path)
        (path,) = (tmp_path / "adapted").rglob(name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        shutil.rmtree(tmp_path / "runs")
        again = run_study(found, tmp_path)
        assert counts["trained"] == (2 if name == "complete" else 3)
        assert "it is made again" in caplog.text
        assert table(again) == table(whole)

    def test_it_depends_on_what_it_is_of(self, small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
        def keys(recipe: str, digest: str = "1", lang: str = "fr", asked: Any = ()) -> set[str]:
            task = replace(small, digest=lambda lang, split, data: digest)
            setting = Setting(Store(tmp_path), HERE, {"small": task})
            run = Run("small", tiny_xlmr, ("en",), recipe, task_version="1")
            ctx = access(run, setting)
            places = ctx.at("adapt", lang).place, ctx.at("predict", lang, asked).place
            return {place.key() for place in places}

        changes: list[dict[str, Any]] = [
            {},
            {"recipe": "shots(k=5)"},
            {"recipe": "lora(r=2) + shots(k=4)"},
            {"digest": "2"},
            {"lang": "de"},
        ]
        found = [keys(**{"recipe": "shots(k=4)", **change}) for change in changes]
        assert len(set.union(*found)) == 2 * len(changes)
        late = keys("shots(k=4) + translate_test()") & found[0]
        assert len(late) == 1  # what acts on predictions moves no adaptation
        one, other = Example("1", "fr", {"text": "rouge"}), Example("1", "fr", {"text": "vert"})
        assert len(keys("shots(k=4)", asked=[one]) & keys("shots(k=4)", asked=[other])) == 1

    def test_another_process_is_waited_for(
        self, small: Task, tiny_xlmr: str, tmp_path: Path
    ) -> None:
        run = plan_study(study(tiny_xlmr, SHOTS)).cells[0].run
        setting = Setting(Store(tmp_path), HERE, {}, wait=False)
        ctx = access(run, setting)
        model = trained(run, ctx, setting)
        folder = ctx.at("adapt", "fr").place.folder
        with setting.store.holding(folder), pytest.raises(Held):
            adapted(run, model, "fr", ctx)
        done = adapted(run, model, "fr", ctx)
        with setting.store.holding(folder):  # who opens a complete one holds up nobody
            again = adapted(run, model, "fr", ctx)
        for one, other in zip(done.net.parameters(), again.net.parameters(), strict=True):
            assert torch.equal(one, other)

    def test_a_model_on_its_way_leaves_nothing(
        self, small: Task, tiny_xlmr: str, tmp_path: Path
    ) -> None:
        found = study(tiny_xlmr, SHOTS, fit=Fit(steps=4, batch=4, lr=1e-2))
        plain = run_study(found, tmp_path / "plain")
        watched = run_study(replace(found, watch=("fr",)), tmp_path / "watched")
        assert len(list((tmp_path / "watched" / "adapted").iterdir())) == 1
        rows = [row for row in table(watched) if row in table(plain)]
        assert rows == table(plain)

    def test_two_trainings_of_one_adaptation(
        self,
        small: Task,
        tiny_xlmr: str,
        tmp_path: Path,
        counts: Counter[str],
    ) -> None:
        found = study(tiny_xlmr, "rare(labels=4, epochs=1)", sources=(("en", "de"),))
        whole = run_study(found, tmp_path)
        assert counts["trained"] == 4  # two parts, and two for French
        shutil.rmtree(tmp_path / "runs")
        counts.clear()
        assert table(run_study(found, tmp_path)) == table(whole)
        # the parts that label are not asked again; a source has the one on it alone
        assert (counts["trained"], counts["built"]) == (0, 3)

    def test_the_common_model_is_not_trained(
        self, small: Task, tiny_xlmr: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @dataclass(frozen=True)
        class InPlace(Method):
            """Train the model that all languages start from."""

            def adapt(self, model: Any, lang: str, ctx: Context) -> Any:
                return ctx.fit(model, ctx.labels("en"), steps=1)

        @dataclass(frozen=True)
        class ByText(Method):
            """Train the body of that model, under another layer."""

            def reads(self, run: Run) -> tuple[Reading, ...]:
                return (Reading("text", ("en",), "adapt"),)

            def adapt(self, model: Any, lang: str, ctx: Context) -> Any:
                return fit_text(model, {"en": ctx.text("en")}, ctx, steps=1)

        add(monkeypatch, in_place=InPlace, by_text=ByText)
        for recipe in ("in_place()", "by_text()"):
            with pytest.raises(Failed, match="adapt trains the model that other languages start"):
                run_study(study(tiny_xlmr, recipe), tmp_path / recipe)


def log(stage: str, seen: list[str], ctx: Context) -> None:
    seen.append(stage)
    ctx.part(Log().parts(ctx.run)[0])


@dataclass(frozen=True)
class Log(Method):
    """Tell of each hook that runs, and open a part in each."""

    version = "1"

    def parts(self, run: Run) -> tuple[Run, ...]:
        return (replace(run, recipe=""),)


class TestFinished:
    """A finished run that meets one more language opens its weights and predicts."""

    def test_hooks_and_parts_of_the_training(
        self,
        small: Task,
        tiny_xlmr: str,
        tmp_path: Path,
        counts: Counter[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        seen: list[str] = []

        @dataclass(frozen=True)
        class Distil(Log):
            """Open the teacher in every stage of the training."""

            def data(self, train: list[Example], ctx: Context) -> list[Example]:
                log("data", seen, ctx)
                return train

            def model(self, model: Any, ctx: Context) -> Any:
                def start() -> Any:
                    log("start", seen, ctx)
                    return {"bias": ctx.part(self.parts(ctx.run)[0]).net.classifier.out_proj.bias}

                seen.append("model")
                with torch.no_grad():
                    model.net.classifier.out_proj.bias.copy_(ctx.cache("start", start)["bias"])
                return model

            def loss(self, loss: Loss, model: Any, ctx: Context) -> Loss:
                log("loss", seen, ctx)
                return loss

            def train(self, train: Train, ctx: Context) -> Train:
                log("train", seen, ctx)
                return train

        add(monkeypatch, distil=Distil)
        found = study(tiny_xlmr, "distil()")
        run_study(found, tmp_path)
        assert sorted(seen) == ["data", "loss", "model", "start", "train"]
        assert (counts["built"], counts["trained"]) == (2, 2)
        seen.clear()
        counts.clear()
        more = replace(found, targets=("fr", "de"))
        results = run_study(more, tmp_path)
        assert seen == ["model"]
        assert (counts["built"], counts["trained"]) == (1, 0)
        assert table(results) == table(run_study(more, tmp_path / "at once"))

    def test_what_the_train_stage_does_besides(
        self,
        small: Task,
        tiny_xlmr: str,
        tmp_path: Path,
        counts: Counter[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        calls: list[str] = []

        @dataclass(frozen=True)
        class Halve(Method):
            """Freeze the embeddings after the training, halve them, and say so."""

            grown: bool = False

            def train(self, train: Train, ctx: Context) -> Train:
                def halved(model: Any, examples: Any, **options: Any) -> Any:
                    calls.append("train")
                    model = train(model, examples, **options)
                    table = model.net.get_input_embeddings().weight
                    table.requires_grad = False
                    table.data.mul_(0.5)
                    model.note.append("halved")
                    if self.grown:
                        model.net.add_module("more", torch.nn.Linear(1, 1))
                    return model

                return halved

        add(monkeypatch, halve=Halve)
        for recipe, opened in (("halve()", 1), ("halve(grown=True)", 2)):
            out = tmp_path / str(opened)
            found = study(tiny_xlmr, recipe)
            whole = run_study(found, out)
            shutil.rmtree(out / "runs")
            assert table(run_study(found, out)) == table(whole)
            assert {row.note for row in whole.rows} == {"halved"}
            assert len(calls) == opened
            calls.clear()
            (key,) = Store(out).runs()
            _, model, _ = reopen(key, out=out)
            assert not model.net.get_input_embeddings().weight.requires_grad
            calls.clear()
        assert counts["trained"] == 2
        # the file beside the snapshots is checked like these
        (beside,) = tmp_path.rglob(left.BESIDE)
        beside.write_bytes(beside.read_bytes()[:-9])
        shutil.rmtree(tmp_path / "1" / "runs")
        run_study(study(tiny_xlmr, "halve()"), tmp_path / "1")
        assert (calls, counts["trained"]) == (["train"], 2)

    @pytest.mark.parametrize(
        "recipe",
        [
            "factorized_prompts(langs=['fr'], length=2, part=2, steps=1, texts=8)",
            "intermediate(langs=['fr'], steps=1, texts=8) + lora(r=2)",
        ],
    )
    def test_a_training_of_two_phases(
        self, tmp_path: Path, counts: Counter[str], recipe: str
    ) -> None:
        fit = Fit(steps=1, batch=4, lr=1e-2)
        plan = plan_study(study("mini/mt5", recipe, tasks=("verbalise",), fit=fit))
        run, setting = plan.cells[0].run, Setting(Store(tmp_path), HERE, {})
        one, two = (trained(run, access(run, setting), setting) for _ in range(2))
        assert (counts["built"], counts["trained"]) == (2, 2)
        first, second = map(left.outline, (one, two))
        assert (first.sums, first.trained) == (second.sums, second.trained)
        assert one.note == two.note

    def test_without_the_training_data(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """How long answers may be is kept; a training that has to run its hooks says so."""
        plan = plan_study(study("mini/mt5", "", tasks=("verbalise",), fit=Fit(steps=1, batch=4)))
        run, store, task = plan.cells[0].run, Store(tmp_path), plugin.task("verbalise")
        asked = [replace(each, target=None) for each in task.load("fr", "test", None)[:4]]

        def gone(lang: str, split: str, data: Path | None) -> list[Example]:
            raise IsoglossError("the disk is away")

        found = []
        for known in (task, replace(task, load=gone)):
            setting = Setting(store, HERE, {"verbalise": known})
            ctx = access(run, setting)
            found.append(predicted(run, trained(run, ctx, setting), "fr", asked, ctx))
        assert found[0] == found[1]
        assert not caplog.records
        mark = store.weights(run.train_key) / left.MARK
        mark.write_text(json.dumps({**json.loads(mark.read_text()), "opens": None}))
        with pytest.raises(IsoglossError, match="the disk is away"):
            trained(run, ctx, setting)
        assert f"{mark} is not what was written" in caplog.text
        said = {"trainings": ["phase-1"], "opens": None}
        mark.write_text(json.dumps({**said, "sum": left._crc(said)}))
        assert predicted(run, trained(run, ctx, setting), "fr", asked, ctx) == found[0]
        assert "goes on without its training data: the disk is away" in caplog.text

    def test_every_stage_has_its_trainings(
        self,
        small: Task,
        tiny_xlmr: str,
        tmp_path: Path,
        counts: Counter[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        @dataclass(frozen=True)
        class Busy(Method):
            """Train in the model, train, weights and predict stages."""

            def model(self, model: Any, ctx: Context) -> Any:
                return ctx.fit(model, ctx.labels("en"), steps=1)

            def train(self, train: Train, ctx: Context) -> Train:
                return lambda model, examples: ctx.fit(train(model, examples), examples, steps=2)

            def weights(self, model: Any, ctx: Context) -> Any:
                return ctx.fit(ctx.fit(model, ctx.labels("en"), steps=1), ctx.labels("en"), steps=2)

            def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
                def answer(examples: Any) -> Any:
                    other = ctx.fit(models[-1].copy(), ctx.labels("en"), steps=1)
                    return ctx.predict(other, examples)

                return answer

        models: list[Any] = []
        keep = _Scorer.keep

        def seen(scorer: Any, model: Any, *place: Any) -> None:
            models.append(model)
            keep(scorer, model, *place)

        monkeypatch.setattr(_Scorer, "keep", seen)
        add(monkeypatch, busy=Busy)
        found = study(tiny_xlmr, "busy()")
        whole = run_study(found, tmp_path)
        trainings = sorted(path.parent.name for path in tmp_path.rglob("manifest.json"))
        assert trainings == sorted(
            ["model-1", "phase-1", "train-1", "weights-1", "weights-2", *["predict-1"] * 3]
        )
        counts.clear()
        shutil.rmtree(tmp_path / "runs")
        assert table(run_study(found, tmp_path)) == table(whole)
        assert counts["trained"] == 0
        assert next(tmp_path.glob("weights/*/train-1")).is_dir()


class TestCache:
    def cache(self, store: Store, recipe: str = "shots(k=4)", lang: str = "fr") -> Any:
        run = Run("verbalise", "m", ("en",), recipe)
        ctx = access(run, Setting(store, HERE, {})).at("adapt", lang)
        return ctx.of(run.parsed.methods[0], "adapt", lang).cache

    def test_made_once_and_read_as_it_was(self, tmp_path: Path) -> None:
        made: list[int] = []
        store = Store(tmp_path)

        def make() -> Any:
            made.append(1)
            return {"a": torch.arange(3), "b": [1.5, "x", None, (2, 3)]}

        found = [self.cache(store)(["key", 1], make) for _ in range(2)]
        for value in found:
            assert value["a"].tolist() == [0, 1, 2]
            assert value["b"] == [1.5, "x", None, (2, 3)]
        assert len(made) == 1
        self.cache(store)(["key", 2], make)
        self.cache(store, lang="de")(["key", 1], make)
        self.cache(store, "shots(k=5)")(["key", 1], make)
        assert len(made) == 4

    def test_shared_by_content(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        assert self.cache(store)("text", lambda: 1, shared=True) == 1
        assert self.cache(store, "shots(k=5)", "de")("text", lambda: 2, shared=True) == 1
        # others, and settings that need other supervision, have values of their own
        assert self.cache(store, "shots(k=0)")("text", lambda: 3, shared=True) == 3
        assert self.cache(store, "rare()")("text", lambda: 4, shared=True) == 4

    def test_processes_share_one_making(self, tmp_path: Path) -> None:
        """While one makes it, another waits; and takes what it finds then."""
        run = Run("verbalise", "m", ("en",), "shots(k=4)")

        def cache() -> Any:
            setting = Setting(Store(tmp_path), HERE, {}, wait=False)
            return access(run, setting).at("adapt", "fr").of(run.parsed.methods[0], "adapt", "fr")

        def make() -> Any:
            with pytest.raises(Held):
                cache().cache("text", lambda: 2, shared=True)
            cache().cache("other", lambda: 3, shared=True)
            return 1

        assert cache().cache("text", make, shared=True) == 1

        @contextmanager
        def holding(_: Path) -> Iterator[None]:
            kept(tmp_path, "late", lambda: 1)
            yield

        assert kept(tmp_path, "late", lambda: 2, holding) == 1

    def test_a_broken_file_is_made_again(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = Store(tmp_path)
        self.cache(store)("key", lambda: [1, 2])
        (path,) = tmp_path.rglob("*.pt")
        path.write_bytes(path.read_bytes()[:-20])
        assert self.cache(store)("key", lambda: [3]) == [3]
        assert f"{path} is not what was written" in caplog.text

    @pytest.mark.parametrize(
        ("key", "value", "says"),
        [
            ({1, 2}, 1, r"\{1, 2\} can't be the key of a kept value"),
            ("key", Example("1", "fr", {}), "a Example can't be kept by cache"),
            ("key", lambda: 1, "a function can't be kept by cache"),
        ],
    )
    def test_what_cant_be_kept(self, tmp_path: Path, key: Any, value: Any, says: str) -> None:
        with pytest.raises(IsoglossError, match=says):
            self.cache(Store(tmp_path))(key, lambda: value)
        assert not list(tmp_path.rglob("*.p*t"))
