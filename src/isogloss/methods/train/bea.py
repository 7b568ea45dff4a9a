"""Combine models of single sources by what each of them takes for what."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Number
from isogloss.core.method import Context, Method, Predict, Train, untrained
from isogloss.core.run import Run, singles
from isogloss.core.types import Example, Prediction
from isogloss.kind import entity
from isogloss.kind.entity import OUTSIDE
from isogloss.mini.bench import TAG_QUANTITY

log = logging.getLogger("isogloss")

PRIOR = 1.0
"""Pseudo-count of every class, and of every cell of a confusion matrix."""
ROUNDS = 500
TOLERANCE = 1e-3
"""Largest change of a probability that ends the inference."""

Reading = Mapping[tuple[int, int], str]
"""An answer taken apart: (first word, word after the last) -> class."""


@dataclass(frozen=True)
class Bea(Method):
    """Combine models of single sources by what each of them takes for what.

    One model is trained on each source alone. Each has a confusion matrix; these
    and the true labels are inferred together, by variational Bayes, from the
    models' answers to all inputs of a language (Bayesian ensemble of annotators).
    So a model that disagrees with the others in a regular way is read aright, and
    one that errs at random hardly counts.
    """

    level: Literal["entity", "token"] = "entity"
    """What is judged of a tag sequence: every entity that some model finds, or every
    word; words, where the tags are not IOB2."""
    top: tuple[Count, ...] = ()
    """Go on with the best so many models, once for each number; the paper's are 20, 10."""
    labels: Number = 0
    """Labelled target examples whose truth is known to the inference; the paper's are 100."""
    vote: bool = False
    """Take what most models say, as a reference; ties go to the label that is listed first."""
    draw: Number = 0
    """Which of the draws of labelled examples; `shots` has the same ones."""

    needs = ("test_inputs", "target_labels")
    kinds = ("tag", "classify")
    least_sources = 2
    cite = "Rahimi et al. 2019, 1902.00193"
    claim = "A Bayesian ensemble of source models beats one model and majority voting"
    claims = (
        Claim(
            "A Bayesian ensemble of single-source models beats the English model",
            "1902.00193",
            TAG_QUANTITY,
            {
                "higher": {"recipe": "bea()", "sources": [*TAG_QUANTITY.sources]},
                "than": {"recipe": "", "sources": ["en"]},
            },
            also=({"recipe": ""},),
        ),
        Claim(
            "A Bayesian ensemble beats majority voting",
            "1902.00193",
            TAG_QUANTITY,
            {"higher": {"recipe": "bea()"}, "than": {"recipe": "bea(vote=True)"}},
        ),
        Claim(
            "A Bayesian ensemble by the word beats majority voting by the word",
            "1902.00193",
            TAG_QUANTITY,
            {
                "higher": {"recipe": "bea(level='token')"},
                "than": {"recipe": "bea(level='token', vote=True)"},
            },
        ),
        Claim(
            "100 labels help the ensemble",
            "1902.00193",
            TAG_QUANTITY,
            {"higher": {"recipe": "bea(labels=100)"}, "than": {"recipe": "bea()"}},
        ),
    )

    def needed(self) -> tuple[str, ...]:
        """Need labels only where some are asked for."""
        return self.needs if self.labels else ("test_inputs",)

    def check(self, run: Run) -> None:
        """Refuse to keep more models than there are, and to adapt what is not asked."""
        before = len(run.sources)
        for number in self.top:
            if not 1 <= number < before:
                raise IsoglossError(
                    f"bea: top={number} of {before} models",
                    "give fewer each time, and one at least",
                )
            before = number
        lost = [each for each in run.parsed.methods if "adapt" in each.stages]
        if lost:
            raise IsoglossError(
                f"bea asks models of single sources: {type(lost[0]).__name__} would adapt none",
                "take one of the two out of the recipe",
            )

    def parts(self, run: Run) -> tuple[Run, ...]:
        """Name the runs on single sources."""
        return singles(run, self)

    def cover(self, lang: str, ctx: Context) -> None:
        """Ask for the labelled examples."""
        self._gold(lang, ctx)

    def train(self, train: Train, ctx: Context) -> Train:
        """Leave the training to the parts."""
        return untrained

    def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
        """Ask every model, and infer the truth."""

        def answer(examples: Sequence[Example]) -> list[Prediction]:
            gold = self._gold(lang, ctx)
            asked = [*examples, *(replace(each, target=None) for each in gold)]
            answers = {
                run.sources[0]: ctx.predict(ctx.part(run), asked) for run in self.parts(ctx.run)
            }
            return self.judged(answers, ctx.task.labels, gold, lang)

        return answer

    def judged(
        self,
        answers: Mapping[str, Sequence[Prediction]],
        labels: Sequence[str],
        gold: Sequence[Example] = (),
        lang: str = "",
    ) -> list[Prediction]:
        """Infer the truth behind several models' answers.

        Args:
            answers: model -> its answers, those to the gold examples last.
            labels: the task's.
            gold: examples whose truth is known.
            lang: for the log.

        Returns:
            One prediction for each input that is not gold.
        """
        words = isinstance(next(iter(answers.values()))[0].value, tuple)
        level = self.level if words else "item"
        if level == "entity" and not entity.tells_entities(labels):
            level = "token"
        truths = [_read(example.target, level) for example in gold]
        for number in (len(answers), *self.top):
            answers = {source: answers[source] for source in list(answers)[:number]}
            read = [[_read(p.value, level) for p in found] for found in answers.values()]
            keys, votes, known = _votes(read, truths)
            classes = _classes(level, labels)
            numbers = _numbered(votes, known, classes, len(answers))
            posterior, confusion = infer(*numbers, len(classes))
            if self.vote:
                posterior = shares(numbers[0], len(classes))
            worth = reliability(confusion, [c != OUTSIDE for c in classes])
            ranked = sorted(zip(answers, worth, strict=True), key=lambda pair: -pair[1])
            told = ", ".join(f"{source} {value:.2f}" for source, value in ranked)
            log.debug("bea in %s, best first: %s", lang, told)
            answers = {source: answers[source] for source, _ in ranked}
        rows: list[list[tuple[tuple[int, int], Any]]] = [[] for _ in next(iter(answers.values()))]
        for (place, *span), row in zip(keys, posterior, strict=True):
            rows[place].append(((span[0], span[1]), row))
        found = list(zip(*answers.values(), strict=True))
        return [
            _written(given, row, classes, level)
            for given, row in zip(found[: len(found) - len(gold)], rows, strict=False)
        ]

    def _gold(self, lang: str, ctx: Context) -> list[Example]:
        if not self.labels:
            return []
        return ctx.labels(lang, self.labels, draw=self.draw)


def infer(votes: Any, known: Any, classes: int) -> tuple[Any, Any]:
    """Infer true classes and confusion matrices from the votes of several models.

    Args:
        votes: class that each model gives each item, ints (items, models).
        known: true class of each item, or -1, ints (items,).
        classes: how many there are.

    Returns:
        Log-probabilities (items, classes), as if no truth were known; and
        exp E[log V], each row made to sum to 1, (models, true class, given class).
    """
    import numpy as np
    from scipy.special import digamma, logsumexp

    # Items with the same votes have the same posterior: there are few kinds of them.
    rows, kind_of, count = np.unique(
        np.column_stack([votes, known]), axis=0, return_inverse=True, return_counts=True
    )
    given, truth = np.eye(classes)[rows[:, :-1]], rows[:, -1]
    sure = truth >= 0
    # From the vote; where truths are known, from these alone, which a wrong majority can't move.
    z = given.mean(axis=1) * (not sure.any())
    z[sure] = np.eye(classes)[truth[sure]]
    for _ in range(ROUNDS):
        counts = np.einsum("i,ik,ijl->jkl", count, z, given) + PRIOR
        confusion = digamma(counts) - digamma(counts.sum(axis=-1, keepdims=True))
        prior = digamma(count @ z + PRIOR) - digamma((count @ z + PRIOR).sum())
        posterior = prior + np.einsum("ijl,jkl->ik", given, confusion)
        posterior -= logsumexp(posterior, axis=1, keepdims=True)
        before, z = z, np.exp(posterior)
        z[sure] = np.eye(classes)[truth[sure]]
        if np.abs(z - before).max(initial=0) < TOLERANCE:
            break
    confusion = np.exp(confusion)
    return posterior[kind_of.reshape(-1)], confusion / confusion.sum(axis=-1, keepdims=True)


def shares(votes: Any, classes: int) -> Any:
    """Give the log of each class's share of the votes, (items, classes)."""
    import numpy as np

    return np.log(np.maximum(np.eye(classes)[votes].mean(axis=1), 1e-9))


def reliability(confusion: Any, counted: Sequence[bool]) -> list[float]:
    """Give each model's mean diagonal over the classes that count."""
    diagonal = confusion.diagonal(axis1=1, axis2=2)[:, list(counted)]
    return [float(value) for value in diagonal.mean(axis=1)]


def _classes(level: str, labels: Sequence[str]) -> list[str]:
    if level != "entity":
        return list(labels)
    return [OUTSIDE, *dict.fromkeys(label[2:] for label in labels if label != OUTSIDE)]


def _read(value: Any, level: str) -> Reading:
    """Take an answer, or a truth, apart."""
    if level == "item":
        return {(0, 1): value}
    if level == "token":
        return {(place, place + 1): tag for place, tag in enumerate(value)}
    return {(start, end): kind for kind, start, end in entity.entities(value)}


def _votes(
    read: Sequence[Sequence[Reading]], truths: Sequence[Reading]
) -> tuple[list[tuple[int, int, int]], list[list[str]], list[str | None]]:
    """List what is judged: (input, start, end), each model's class, and the truth if known."""
    keys, votes, known = [], [], []
    free = len(read[0]) - len(truths)
    for place, found in enumerate(zip(*read, strict=True)):
        truth = truths[place - free] if place >= free else None
        for span in sorted({span for each in (*found, truth or {}) for span in each}):
            keys.append((place, *span))
            votes.append([each.get(span, OUTSIDE) for each in found])
            known.append(None if truth is None else truth.get(span, OUTSIDE))
    return keys, votes, known


def _numbered(
    votes: Sequence[Sequence[str]],
    known: Sequence[str | None],
    classes: Sequence[str],
    models: int,
) -> tuple[Any, Any]:
    import numpy as np

    number = {name: place for place, name in enumerate(classes)}
    rows = [[number[name] for name in row] for row in votes]
    truth = [-1 if name is None else number[name] for name in known]
    return np.array(rows, dtype=int).reshape(-1, models), np.array(truth, dtype=int)


def _written(
    given: Sequence[Prediction],
    rows: Sequence[tuple[tuple[int, int], Any]],
    classes: Sequence[str],
    level: str,
) -> Prediction:
    """Put an answer together; of entities that overlap, the likelier one stays."""
    flags = tuple(flag for flag in given[0].flags if all(flag in each.flags for each in given))
    best = [(float(row.max()), classes[int(row.argmax())], span) for span, row in rows]
    if level == "item":
        scores = dict(zip(classes, map(float, rows[0][1]), strict=True))
        return Prediction(given[0].id, best[0][1], scores, flags)
    if level == "token":
        return Prediction(given[0].id, tuple(name for _, name, _ in best), flags=flags)
    kept: list[entity.Entity] = []
    for _, name, (start, end) in sorted(best, key=lambda each: -each[0]):
        if name != OUTSIDE and all(end <= first or start >= last for _, first, last in kept):
            kept.append((name, start, end))
    return Prediction(given[0].id, entity.tags(kept, len(given[0].value)), flags=flags)
