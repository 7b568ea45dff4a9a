"""Learn from the answers or the sentence vectors of another backbone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from isogloss import plugin
from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Rate
from isogloss.core.material import Reading
from isogloss.core.method import Context, Loss, Method
from isogloss.core.run import Run
from isogloss.core.types import Example

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Distill(Method):
    """Learn from the answers or the sentence vectors of another backbone.

    The teacher is trained on the same task and sources; its family, size and
    tokenizer may be others. It is asked once, and what it said is kept for all
    runs. An encoder learns how likely the teacher finds each label or option,
    softened by a temperature; any model learns the teacher's vectors of the
    task's sentences, or, with `langs`, of parallel ones, whose translations are
    to get the vector of the source.
    """

    teacher: str
    """The teacher's backbone: a built-in one, a folder, or a name on the hub."""
    level: Literal["logits", "sentence"] = "logits"
    """What is learned: how likely labels and options are, or vectors of sentences."""
    temperature: Rate = 2.0
    """Softens both models' answers; the divergence is multiplied by its square."""
    weight: Rate = 0.5
    """Weight beside the task's loss."""
    langs: tuple[str, ...] = ()
    """Languages whose translations of source sentences get the teacher's vectors."""
    recipe: str = ""
    """The teacher's recipe; empty is plain finetuning, and `untouched()` none."""
    steps: Count | None = None
    """Updates of the teacher; null takes the run's."""
    lr: Rate | None = None
    """The teacher's peak learning rate; null takes the run's. With one given, runs at all
    rates share the teacher."""

    needs = ("parallel_text",)
    cite = "Hinton et al. 2015, 1503.02531; Reimers and Gurevych 2020, 2004.09813"
    claim = ""
    example = "distill(teacher='mini/xlmr')"

    def needed(self) -> tuple[str, ...]:
        """Need parallel text where there are languages to translate into."""
        return self.needs if self.langs else ()

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """Read the teacher's backbone, and sentence pairs."""
        pairs = [(source, lang) for source in run.sources for lang in self.langs if source != lang]
        parallel = (Reading("parallel", pair, "loss") for pair in pairs)
        return (Reading("backbone", (self.teacher,), "loss"), *parallel)

    def misfit(self, kind: str, family: str) -> str:
        """Refuse to teach labels where there are none, or where they are written."""
        asked, instead = plugin.kind(kind), "level='sentence' teaches vectors"
        if self.level == "logits" and (asked.shared or not (asked.labels or asked.options)):
            return f"teaches labels and options, and {kind} has none; {instead}"
        if self.level == "logits" and plugin.family(family).writes:
            return f"teaches labels to encoders, and {family} backbones write them; {instead}"
        return super().misfit(kind, family)

    def check(self, run: Run) -> None:
        """Look the teacher up, before anything is trained."""
        from isogloss.models.family.backbone import backbone

        backbone(self.teacher, away=True)
        if self.langs and self.level == "logits":
            raise IsoglossError(
                "distill teaches the labels of the task's examples, whose languages are the run's",
                "leave langs out, or write level='sentence'",
            )

    def parts(self, run: Run) -> tuple[Run, ...]:
        """Name the teacher."""
        return (self._teacher(run),)

    def loss(self, loss: Loss, model: Model, ctx: Context) -> Loss:
        """Add the distance to what the teacher says."""
        teach = _labels if self.level == "logits" else _sentences
        term: Loss = teach(self, loss, model, ctx, self._teacher(ctx.run))
        return term

    def _teacher(self, run: Run) -> Run:
        fit = replace(run.fit, steps=self.steps or run.fit.steps, lr=self.lr or run.fit.lr)
        return run.on(self.teacher, recipe=self.recipe, fit=fit)


def _labels(method: Distill, inner: Loss, model: Model, ctx: Context, teacher: Run) -> Any:
    """Make the term that compares the answers; torch is imported when it is used."""
    from isogloss.models.decode.soft import soft
    from isogloss.models.train.loss import Term, forward

    class Labels(Term):
        def meet(self, examples: Sequence[Example]) -> None:
            def ask() -> Any:
                return soft(ctx.part(teacher), examples, fit=teacher.fit, machine=ctx.machine)

            said = ctx.cache(_key("labels", teacher, examples), ask, shared=True)
            # Batches hold the very same examples; their ids may come twice.
            self.examples = examples
            self.said = dict(zip(map(id, examples), said, strict=True))

        def forward(self, model: Model, batch: Any) -> Mapping[str, Any]:
            terms = self.inner(model, batch)
            logits = model.head.logits(batch, batch.outputs or forward(model, batch)[1])
            said = [self.said[id(example)] for example in batch.examples]
            apart = divergence(logits, said, method.temperature) / batch.weight
            return {**terms, "distill": method.weight * apart + terms.get("distill", 0)}

    return Labels(inner)


def divergence(logits: Sequence[Mapping[int, Any]], said: Sequence[Any], temperature: float) -> Any:
    """Sum the divergence of a model's answers from a teacher's, times the temperature squared.

    Args:
        logits: each item's, decision -> (choices,).
        said: the teacher's log-probabilities of each item's example, (decisions, choices);
            NaN where it has not seen what is decided.
        temperature: divides both.
    """
    from torch.nn import functional
    from torch.nn.utils.rnn import pad_sequence

    from isogloss.models.decode.soft import NEVER

    rows, goals = [], []
    for each, known in zip(logits, said, strict=True):
        for decision, row in each.items():
            if decision < len(known) and not known[decision].isnan().any():
                rows.append(row / temperature)
                goals.append(known[decision].to(row.device) / temperature)
    if not rows:
        return sum(row.sum() * 0 for each in logits for row in each.values())
    ours, goal = (pad_sequence(each, True, NEVER) for each in (rows, goals))
    apart = functional.kl_div(ours.log_softmax(-1), goal.softmax(-1), reduction="sum")
    return temperature**2 * apart


def _sentences(method: Distill, inner: Loss, model: Model, ctx: Context, teacher: Run) -> Any:
    """Make the term that compares vectors; torch is imported when it is used."""
    import torch

    from isogloss.models import states
    from isogloss.models.train.loss import Term
    from isogloss.models.train.state import own_random_state, seed_all

    def wide() -> int:
        return states.widths(ctx.part(teacher))[-1]

    width = ctx.cache(["width", teacher.weights_key], wide, shared=True)

    class Sentences(Term):
        head = states.plain(model)

        def __init__(self) -> None:
            super().__init__(inner)
            with own_random_state():
                seed_all(ctx.run.seed)
                self.projection = torch.nn.Linear(states.widths(model)[-1], width)

        def meet(self, examples: Sequence[Example]) -> None:
            self.pool = _pairs(method, ctx) if method.langs else _texts(examples, ctx)

            def ask() -> Any:
                texts = [each.inputs["text"] for each in self.pool]
                langs = [each.lang for each in self.pool]
                return ctx.embed(ctx.part(teacher), texts, lang=langs)

            self.said = ctx.cache(_key("vectors", teacher, self.pool), ask, shared=True)

        def extra(self, seed: int, step: int) -> Sequence[Example]:
            drawn = random.Random(f"distill {seed} {step}")
            return drawn.sample(self.pool, min(ctx.run.fit.batch, len(self.pool)))

        def forward(self, model: Model, batch: Any) -> Mapping[str, Any]:
            terms, more = self.inner(model, batch), batch.extras.get(self)
            if more is None:
                return terms
            read = states.read(model, more.inputs)
            vectors = self.projection(states.pooled(read, more.inputs["attention_mask"]))
            goals = self.said[[int(each) for each in more.ids]].to(vectors.device)
            apart = (vectors.float() - goals).pow(2).mean(-1).sum() / more.weight
            return {**terms, "distill": method.weight * apart + terms.get("distill", 0)}

    return Sentences()


def _texts(examples: Sequence[Example], ctx: Context) -> list[Example]:
    """Give what examples say, less the options, as bare texts."""
    from isogloss.models.head.text import fields

    options = plugin.kind(ctx.task.kind).options
    asked = tuple(name for name in ctx.task.fields if name != options)
    task = replace(ctx.task, fields=asked, prompt="")
    return [
        Example(str(n), e.langs.get(asked[0], e.lang), {"text": " ".join(fields(task, e))})
        for n, e in enumerate(examples)
    ]


def _pairs(method: Distill, ctx: Context) -> list[Example]:
    """Give sentences of the sources with their translations."""
    pairs = [
        (source, lang, text, pair)
        for lang in method.langs
        for source in ctx.sources
        if source != lang
        for text, pair in ctx.parallel(source, lang)
    ]
    return [
        Example(str(n), source, {"text": text, "pair": pair}, None, {"pair": lang})
        for n, (source, lang, text, pair) in enumerate(pairs)
    ]


def _key(what: str, teacher: Run, examples: Sequence[Example]) -> list[str]:
    """Say what the teacher's answers follow from."""
    asked = [(each.lang, dict(each.inputs), dict(each.langs)) for each in examples]
    return [what, teacher.weights_key, content_hash(asked)]
