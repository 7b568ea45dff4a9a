"""Show the model solved examples before each query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Any, Literal

from isogloss import plugin
from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.field import Count
from isogloss.core.material import TARGET, Reading
from isogloss.core.method import Context, Method, Predict
from isogloss.core.run import Run
from isogloss.core.types import Example, Prediction
from isogloss.mini.bench import VERBALISE

Pick = Callable[[Sequence[Example]], list[list[Example]]]
"""Queries -> the solved examples of each, the nearest last."""


@dataclass(frozen=True)
class Demonstrations(Method):
    """Show the model solved examples before each query.

    They are training examples of the sources, or of the language that is asked. Drawn
    ones are the same for every query and follow from the run's seed. With `untouched()`
    before it nothing is trained. What is too long for the model is left out, the
    farthest first, and such answers are flagged as cut.
    """

    k: Count = 4
    """Solved examples."""
    lang: str = "source"
    """Whose they are: `source`, `target`, or a language that is no source."""
    pick: Literal["random", "nearest", "label"] = "random"
    """Drawn; or the nearest to the query in the model's own states; or drawn from each
    label in turn."""
    order: Literal["last", "first"] = "last"
    """Where the nearest stands, or the one drawn last: beside the query, or farthest."""

    needs = ("target_labels",)
    kinds = ("generate", "classify", "choose")
    families = ("encoder_decoder", "decoder")
    cite = "Brown et al. 2020, 2005.14165; Lin et al. 2022, 2112.10668"
    claim = "Solved examples in another language are better than none"
    claims = (
        Claim(
            claim,
            "2112.10668",
            VERBALISE,
            {
                "not_tested": "the backbones of the built-in world have seen "
                "no solved examples in a context"
            },
        ),
    )
    example = "demonstrations(k=2)"

    def needed(self) -> tuple[str, ...]:
        """Need labels, unless the sources' are shown."""
        return () if self.lang == "source" else self.needs

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """Read training examples of the language that is asked, or of the one named."""
        if self.lang == "source":
            return ()
        lang = TARGET if self.lang == "target" else _code(self.lang)
        return (Reading("examples", (lang,), "predict"),)

    def misfit(self, kind: str, family: str) -> str:
        """Refuse to draw by label where there is no set of labels."""
        if self.pick == "label" and plugin.kind(kind).labels is None:
            return f"pick='label' is for tasks with labels, which {kind} tasks don't have"
        return super().misfit(kind, family)

    def check(self, run: Run) -> None:
        """Refuse to name a source, whose labels are no supervision of a target."""
        if self.lang not in ("source", "target") and _code(self.lang) in run.sources:
            raise IsoglossError(
                f"demonstrations: '{self.lang}' is a source of the run", "write lang='source'"
            )

    def cover(self, lang: str, ctx: Context) -> None:
        """Ask for as many solved examples."""
        self._pool(lang, ctx)

    def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
        """Put them before each query.

        Raises:
            Uncovered: there are fewer.
        """
        pool = self._pool(lang, ctx)
        pick = self._nearest(pool, ctx) if self.pick == "nearest" else self._drawn(pool, ctx)

        def shown(examples: Sequence[Example], **options: Any) -> list[Prediction]:
            picked = pick(examples)
            order = 1 if self.order == "last" else -1
            asked = [
                replace(example, demonstrations=tuple(each[::order]))
                for example, each in zip(examples, picked, strict=True)
            ]
            return predict(asked, **options)

        return shown

    def _pool(self, lang: str, ctx: Context) -> list[Example]:
        named = {"source": ctx.sources, "target": (lang,)}.get(self.lang) or (_code(self.lang),)
        pool = [example for each in named for example in ctx.labels(each)]
        if len(pool) < self.k:
            raise Uncovered(
                f"demonstrations asks for {self.k} solved examples in {', '.join(named)}, and "
                f"there are {len(pool)}",
                "ask for fewer, or add labelled data",
            )
        return pool

    def _drawn(self, pool: list[Example], ctx: Context) -> Pick:
        """Draw the same for every query."""
        draw = ctx.rng("demonstrations").sample(pool, len(pool))
        if self.pick == "label":
            labels = plugin.kind(ctx.task.kind).labels
            assert labels is not None
            draw = in_turn(draw, lambda example: tuple(labels(example.target)))
        return lambda examples: [draw[: self.k]] * len(examples)

    def _nearest(self, pool: list[Example], ctx: Context) -> Pick:
        """Pick each query's nearest by the cosine of mean states, the nearest last."""
        from torch.nn.functional import normalize

        field = ctx.task.fields[0]

        def embedded(each: Sequence[Example]) -> Any:
            langs = [example.langs.get(field, example.lang) for example in each]
            texts = [example.inputs[field] for example in each]
            return normalize(ctx.embed(ctx.model, texts, lang=langs).double(), dim=-1)

        known = embedded(pool)

        def picked(examples: Sequence[Example]) -> list[list[Example]]:
            # Rounded, as the last digits move with the batch.
            closeness = (embedded(examples) @ known.T).mul(1e5).round()
            order = closeness.argsort(dim=-1, descending=True, stable=True).tolist()
            return [[pool[place] for place in reversed(row[: self.k])] for row in order]

        return picked


def in_turn(examples: Sequence[Example], key: Callable[[Example], Any]) -> list[Example]:
    """Bring examples into an order in which their groups take turns."""
    groups = defaultdict(list)
    for example in examples:
        groups[key(example)].append(example)
    return [each for each in chain(*zip_longest(*groups.values())) if each is not None]


def _code(lang: str) -> str:
    from isogloss.language.registry import canonical

    return canonical(lang)
