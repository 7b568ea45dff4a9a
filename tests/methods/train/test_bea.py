"""Models of single sources as annotators whose errors are learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss import plugin
from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.core.types import Example, Prediction
from isogloss.kind.entity import entities
from isogloss.methods.train.bea import Bea, infer, reliability
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry, Study
from isogloss.testing import tiny, toy
from isogloss.testing.trace import FIT

Open = Callable[..., Any]
CLASSES = 3
LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
GOOD = np.full((CLASSES, CLASSES), 0.1) + 0.7 * np.eye(CLASSES)
TURNED = GOOD[[1, 2, 0]]  # takes 0 for 1, 1 for 2, 2 for 0
CHANCE = np.full((CLASSES, CLASSES), 1 / CLASSES)


def annotate(
    confusions: Sequence[Any], n: int = 2000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw truths, and each annotator's votes by its confusion matrix."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(CLASSES, n, p=(0.5, 0.3, 0.2))
    votes = [[rng.choice(CLASSES, p=confusion[t]) for t in truth] for confusion in confusions]
    return truth, np.array(votes).T


def majority(votes: np.ndarray) -> np.ndarray:
    return np.array([Counter(row.tolist()).most_common(1)[0][0] for row in votes])


class TestInference:
    def test_confusions_are_recovered_and_the_vote_is_beaten(self) -> None:
        confusions = [GOOD, GOOD, GOOD, TURNED, TURNED, CHANCE]
        truth, votes = annotate(confusions)
        posterior, found = infer(votes, np.full(len(truth), -1), CLASSES)
        assert np.abs(found - np.array(confusions)).max() < 0.08
        voted = (majority(votes) == truth).mean()
        inferred = (posterior.argmax(axis=1) == truth).mean()
        assert inferred > voted + 0.1
        np.testing.assert_allclose(np.exp(posterior).sum(axis=1), 1)
        worth = reliability(found, [False, True, True])
        assert min(worth[:3]) > 0.7 > 0.4 > worth[5] > max(worth[3:5])

    def test_a_model_by_chance_hardly_counts(self) -> None:
        truth, votes = annotate([GOOD, GOOD, GOOD, CHANCE])
        known = np.full(len(truth), -1)
        with_it, _ = infer(votes, known, CLASSES)
        without, _ = infer(votes[:, :3], known, CLASSES)
        assert (with_it.argmax(axis=1) == without.argmax(axis=1)).mean() > 0.97

    def test_known_truths_set_a_wrong_majority_right(self) -> None:
        truth, votes = annotate([GOOD, TURNED, TURNED, TURNED])
        blind, _ = infer(votes, np.full(len(truth), -1), CLASSES)
        known = np.where(np.arange(len(truth)) < 100, truth, -1)
        told, found = infer(votes, known, CLASSES)
        rest = slice(100, None)
        assert (blind.argmax(axis=1) == truth)[rest].mean() < 0.3
        assert (told.argmax(axis=1) == truth)[rest].mean() > 0.9
        assert np.abs(found[1] - TURNED).max() < 0.1

    def test_all_known_is_counting(self) -> None:
        truth, votes = annotate([GOOD], n=50)
        _, (found,) = infer(votes, truth, CLASSES)
        from scipy.special import digamma

        counts = np.array([[((truth == t) & (votes[:, 0] == v)).sum() for v in range(3)]
                           for t in range(3)])  # fmt: skip
        expected = np.exp(digamma(counts + 1.0))
        np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True))

    def test_order_and_repetition_move_nothing(self) -> None:
        truth, votes = annotate([GOOD, GOOD, TURNED], n=300)
        known = np.full(len(truth), -1)
        first, _ = infer(votes, known, CLASSES)
        again, _ = infer(votes[::-1], known, CLASSES)
        np.testing.assert_allclose(first, again[::-1])
        assert np.array_equal(first, infer(votes, known, CLASSES)[0])


def sentences(n: int, seed: int, right: float) -> list[tuple[str, ...]]:
    """Tag n sentences of six words; an annotator finds each entity with a probability."""
    gold, errors = np.random.default_rng(7), np.random.default_rng(seed)
    found = []
    for _ in range(n):
        tags = ["O"] * 6
        for start in (0, 3):
            kind = ("PER", "LOC")[int(gold.random() < 0.5)]
            if errors.random() > right:
                kind = {"PER": "LOC", "LOC": "PER"}[kind]
            if errors.random() <= right:
                tags[start : start + 2] = [f"B-{kind}", f"I-{kind}"]
        found.append(tuple(tags))
    return found


def answers(**right: float) -> dict[str, list[Prediction]]:
    return {
        name: [Prediction(f"s{i}", tags) for i, tags in enumerate(sentences(120, seed, share))]
        for seed, (name, share) in enumerate(right.items())
    }


def score(found: Sequence[Prediction]) -> float:
    gold = sentences(120, 0, 1.0)
    right = sum(len(entities(p.value) & entities(t)) for p, t in zip(found, gold, strict=False))
    sizes = sum(
        len(entities(p.value)) + len(entities(t)) for p, t in zip(found, gold, strict=False)
    )
    return 2 * right / sizes


class TestTags:
    @pytest.mark.parametrize("level", ["entity", "token"])
    def test_better_than_its_best_model(self, level: Any) -> None:
        given = answers(de=0.85, ru=0.8, tr=0.8, fi=0.35, ja=0.3)
        found = Bea(level=level).judged(given, LABELS)
        assert [p.id for p in found] == [f"s{i}" for i in range(120)]
        assert all(len(p.value) == 6 for p in found)
        assert score(found) > max(map(score, given.values())) + 0.05
        assert found == Bea(level=level).judged(given, LABELS)

    @pytest.mark.parametrize("level", ["entity", "token"])
    def test_the_vote(self, level: Any) -> None:
        said = {"de": "B-PER", "ru": "B-PER", "tr": "B-LOC", "fi": "O"}
        given = {name: [Prediction("s", (tag, "O"))] for name, tag in said.items()}
        method = Bea(level=level, vote=True)
        assert method.judged(given, LABELS)[0].value == ("B-PER", "O")
        tie = {name: given[name] for name in ("tr", "fi")}
        assert method.judged(tie, LABELS)[0].value == ("O", "O")

    def test_the_best_go_on(self, caplog: pytest.LogCaptureFixture) -> None:
        given = answers(fi=0.3, de=0.85, ja=0.3, ru=0.8, tr=0.8)
        with caplog.at_level("DEBUG", "isogloss"):
            found = Bea(top=(3,)).judged(given, LABELS, lang="sw")
        first, second = caplog.messages
        assert {word for word in second.split() if len(word) == 2} - {"in"} == {"de", "ru", "tr"}
        assert "bea in sw" in first
        best = {name: given[name] for name in ("de", "ru", "tr")}
        assert [p.value for p in found] == [p.value for p in Bea().judged(best, LABELS)]

    def test_truth_is_fixed_and_gold_is_not_answered(self) -> None:
        right, wrong = ("B-PER", "O"), ("B-LOC", "O")
        said = [Prediction(f"s{i}", right) for i in range(40)]
        lies = [Prediction(f"s{i}", wrong) for i in range(40)]
        gold = [Example(f"s{i}", "sw", {}, right) for i in range(20, 40)]
        given = {"de": lies, "ru": lies, "fi": said}
        assert Bea().judged(given, LABELS)[0].value == wrong
        found = Bea(labels=20).judged(given, LABELS, gold)
        assert [p.value for p in found] == [right] * 20

    def test_entities_that_no_model_finds_count_as_missed(self) -> None:
        none = [Prediction(f"s{i}", ("O", "O")) for i in range(10)]
        gold = [Example(f"s{i}", "sw", {}, ("B-PER", "O")) for i in range(5, 10)]
        found = Bea(labels=5).judged({"de": none, "ru": none}, LABELS, gold)
        assert [p.value for p in found] == [("O", "O")] * 5
        assert Bea().judged({"de": none, "ru": none}, LABELS)[0].value == ("O", "O")

    def test_of_two_that_overlap_the_likelier_stays(self) -> None:
        long, short = ("B-PER", "I-PER", "O"), ("B-PER", "O", "O")
        given = {
            name: [Prediction(f"s{i}", tags) for i in range(30)]
            for name, tags in {"de": long, "ru": long, "fi": short}.items()
        }
        assert {p.value for p in Bea().judged(given, LABELS)} == {long}

    def test_parts_of_speech_are_judged_by_the_word(self) -> None:
        given = {name: [Prediction("s", ("NOUN", "VERB"))] for name in ("de", "ru")}
        (found,) = Bea().judged(given, ("NOUN", "VERB"))
        assert found.value == ("NOUN", "VERB")


class TestMethod:
    def ask(self, open_context: Open, recipe: str, kind: str = "classify") -> Any:
        (method,) = parse(recipe).methods
        ctx = open_context(method, kind, "xlm-roberta")
        asked = []

        def predict(model: Any, examples: Sequence[Example]) -> list[Prediction]:
            asked.append((model, examples))
            return [Prediction(e.id, "odd", flags=("cut",)) for e in examples]

        ctx.trained, ctx.loops = (lambda run: run.sources[0]), {"predict": predict}
        test = [replace(e, target=None) for e in toy.load(kind, "sw", "test")]
        return method.predict(None, "sw", ctx)(test), asked, test

    def test_every_model_is_asked_once_and_scores_are_kept(self, open_context: Open) -> None:
        found, asked, test = self.ask(open_context, "bea()")
        assert [model for model, _ in asked] == ["en", "de"]
        assert [p.id for p in found] == [e.id for e in test]
        assert {p.value for p in found} == {"odd"}
        assert found[0].flags == ("cut",)
        assert sum(np.exp(list(found[0].scores.values()))) == pytest.approx(1)

    def test_labelled_examples_are_asked_without_labels(self, open_context: Open) -> None:
        found, asked, test = self.ask(open_context, "bea(labels=5)")
        assert [len(examples) for _, examples in asked] == [len(test) + 5] * 2
        assert all(e.target is None for _, examples in asked for e in examples)
        assert len(found) == len(test)

    def test_too_few_labels(self, open_context: Open) -> None:
        with pytest.raises(Uncovered, match="500 labelled examples in 'sw'"):
            self.ask(open_context, "bea(labels=500)")

    def test_parts_are_the_runs_on_single_sources(self) -> None:
        sources = ("en", "de", "tr")
        read = tuple(("examples", lang, f"print of {lang}") for lang in sources)
        run = Run("verbalise", "m", sources, "lora(r=2) + bea(top=[2])", 3, FIT, material=read)
        plain = Run("verbalise", "m", ("de",), "lora(r=2)", 3, FIT, material=read)
        assert [part.sources for part in run.parts] == [("en",), ("de",), ("tr",)]
        assert run.parts[1] == plain
        assert run.parts[1].train_key == plain.train_key
        assert plain.train_key == replace(plain, material=read[1:2]).train_key
        assert plain.train_key != replace(plain, material=read[:1]).train_key
        assert replace(run, recipe="bea() + lora(r=2)").parts[1] == plain

    @pytest.mark.parametrize(
        ("recipe", "sources", "words"),
        [
            ("bea()", ("en",), "at least 2 sources; the run has en"),
            ("bea(top=[3])", ("en", "de"), "top=3 of 2 models"),
            ("bea(top=[2, 2])", ("en", "de", "ru"), "top=2 of 2 models"),
            ("bea() + shots()", ("en", "de"), "Shots would adapt none"),
        ],
    )
    def test_refusals(self, recipe: str, sources: tuple[str, ...], words: str) -> None:
        with pytest.raises(IsoglossError, match=words):
            Run("verbalise", "m", sources, recipe, fit=FIT).check()

    def test_runs_beside_the_runs_on_its_sources(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        task = toy.task("tag")
        task = replace(task, digest=lambda lang, split, data: f"toy {lang}", name="toy_tag")
        monkeypatch.setattr(
            plugin, "_added", {g: {} for g in plugin.FOLDERS} | {"task": {"toy_tag": task}}
        )
        study = Study(
            name="ensemble",
            tasks=("toy_tag",),
            models=(str(tiny.backbone("xlm-roberta")),),
            sources=(("en",), ("en", "de")),
            targets=("sw",),
            fit=FIT,
            recipes={name: RecipeEntry(name) for name in ("mix(ratio=[3.0, 1.0])", "bea(labels=4)")}
            | {"rare(labels=8)": RecipeEntry("rare(labels=8)"), "plain": RecipeEntry("")},
        )
        plan = plan_study(study)
        assert [what for what, _ in plan.skipped] == [
            f"{name} on toy_tag, {study.models[0]}" for name in study.recipes if name != "plain"
        ]
        assert all("takes at least 2 sources, not en alone" in why for _, why in plan.skipped)
        assert plan.trainings == 6  # en, de, both, the mix, and empty ones of bea and rare
        rows = run_study(study, tmp_path).rows
        needs = {row.recipe: row.needs for row in rows if "de" in row.sources}
        assert needs == {
            "": "",
            "mix(ratio=[3.0, 1.0])": "",
            "bea(labels=4)": "target_labels,test_inputs",
            "rare(labels=8)": "target_labels,target_text",
        }
        assert {row.note for row in rows if "mix" in row.recipe} == {"mix of en 36, de 12"}
        assert len(list(tmp_path.glob("weights/*/phase-1"))) == 4

    def test_labels_are_declared_where_used(self) -> None:
        assert Bea().needed() == ("test_inputs",)
        assert Bea(labels=100).needed() == ("test_inputs", "target_labels")
