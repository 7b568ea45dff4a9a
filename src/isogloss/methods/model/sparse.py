"""Train the few weights that change most, and add languages' to the task's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any

from isogloss.core.claim import Claim
from isogloss.core.field import Count, Range, Rate
from isogloss.core.material import Reading
from isogloss.core.method import Context, Method, Train
from isogloss.core.recipe import spell
from isogloss.core.run import Run
from isogloss.mini.bench import TAG_FROM_ENGLISH

if TYPE_CHECKING:
    from isogloss.models.model import Model

_TASK = {"recipe": "sparse()"}
_BOTH = {"recipe": f"sparse(langs={[*TAG_FROM_ENGLISH.targets]}, steps=150)"}


@dataclass(frozen=True)
class Sparse(Method):
    """Train the few weights that change most, and add languages' to the task's.

    The whole network is trained, the entries that have moved farthest are found, all
    go back, and these alone are trained again: a sparse difference (a lottery ticket).
    With `langs`, text makes such a difference for the sources, on top of which the task
    is trained, and one for each target, which takes its place when that is asked. An
    encoder's new head is trained as a whole. Text differences are kept for all runs.
    """

    share: Annotated[float, Range(above=0, most=1)] = 0.05
    """Share of the weights in a difference; the paper's is about that of its adapters."""
    langs: tuple[str, ...] = ()
    """Target languages whose text makes a difference of theirs; others keep the sources'."""
    steps: Count = 500
    """Updates on text in each of the two trainings; the paper's are up to 100,000."""
    lr: Rate = 5e-5
    """Peak learning rate on text; the run's is the task's."""

    needs = ("target_text",)
    cite = "Ansell et al. 2022, Composable sparse fine-tuning, 2110.07560"
    claim = "Sparse differences of task and language, added up, beat full finetuning"
    claims = (
        Claim(
            "Sparse differences of task and language, added up, beat full finetuning",
            "2110.07560",
            TAG_FROM_ENGLISH,
            {"higher": _BOTH, "than": {"recipe": ""}},
        ),
        Claim(
            "A language's sparse difference improves the task's in that language",
            "2110.07560",
            TAG_FROM_ENGLISH,
            {"higher": _BOTH, "than": _TASK},
        ),
    )
    example = "sparse(share=0.1, langs=['sw'], steps=2, lr=0.01)"

    def needed(self) -> tuple[str, ...]:
        """Need text only for languages that are named."""
        return self.needs if self.langs else ()

    def parts(self, run: Run) -> tuple[Run, ...]:
        """Name the network as it is before the task, from which text starts."""
        return (self._start(run),) if self.langs else ()

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """Announce the text of the sources, and that of the targets when they are asked."""
        if not self.langs:
            return ()
        sources = (Reading("text", (lang,), "model") for lang in run.sources)
        return (*sources, *(Reading("text", (lang,), "adapt") for lang in self.langs))

    def model(self, model: Model, ctx: Context) -> Any:
        """Put the sources' difference in, if the targets have theirs."""
        from isogloss.models.train.sparse import add
        from isogloss.models.train.text import body

        if self.langs:
            add(body(model), self._text(model.copy(), ctx.sources, ctx))
        return model

    def train(self, train: Train, ctx: Context) -> Train:
        """Train twice, the second time what moved farthest in the first."""
        from isogloss.models.family.module import heads
        from isogloss.models.train.sparse import train_sparsely
        from isogloss.models.train.state import trained

        def twice(model: Model, examples: Any, **options: Any) -> Any:
            calls = iter(({**options, "snapshots": 1, "patience": 0}, options))
            tops = heads(model.net, model.family)
            few = {n: p for n, p in trained(model.net).items() if n.split(".")[0] not in tops}
            train_sparsely(
                model, few, self.share, lambda each: train(each, examples, **next(calls))
            )
            return model

        return twice

    def adapt(self, model: Model, lang: str, ctx: Context) -> Any:
        """Put the target's difference in the place of the sources'."""
        from isogloss.models.train.sparse import add
        from isogloss.models.train.text import body

        if lang not in self.langs or lang in ctx.sources:
            return model
        adapted = model.copy()
        for langs, times in (((lang,), 1.0), (ctx.sources, -1.0)):
            start = ctx.part(self._start(ctx.run))
            add(body(adapted), self._text(start, langs, ctx), times)
        return adapted

    def _text(self, model: Model, langs: tuple[str, ...], ctx: Context) -> dict[str, Any]:
        """Give what text teaches a model of languages; the model is used up."""
        from isogloss.core.content import content_hash
        from isogloss.models.train.sparse import train_sparsely
        from isogloss.models.train.text import body, fit_text, read

        fit: dict[str, Any] = {"steps": self.steps, "lr": self.lr, "snapshots": 1, "patience": 0}
        number = ceil(self.steps * ctx.run.fit.batch / len(langs))
        text = ctx.cache([*langs], lambda: content_hash(read(ctx, langs, number)))
        start = [(name, p.requires_grad, p) for name, p in body(model).items()]
        settings = (self.share, replace(ctx.run.fit, **fit), ctx.run.seed)
        few = {name: p for name, p in body(model).items() if p.requires_grad}

        def learned() -> dict[str, Any]:
            texts = read(ctx, langs, number)
            return train_sparsely(
                model, few, self.share, lambda each: fit_text(each, texts, ctx, **fit)
            )

        known = content_hash((model.backbone.revision, start, text, settings))
        found: dict[str, Any] = ctx.cache(known, learned, shared=True)
        return found

    def _start(self, run: Run) -> Run:
        kept = [each for each in run.parsed.methods if "model" in each.stages and each != self]
        return replace(run, recipe=" + ".join(["untouched()", *map(spell, kept)]))
