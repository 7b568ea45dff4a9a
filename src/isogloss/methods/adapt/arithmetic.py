"""Add what text teaches of a language to what the task has taught."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from isogloss.core.claim import Claim
from isogloss.core.field import Count, Langs, Rate
from isogloss.core.material import Reading
from isogloss.core.method import Context, Method
from isogloss.core.recipe import spell
from isogloss.core.run import Run
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Arithmetic(Method):
    """Add what text teaches of a language to what the task has taught.

    A language's vector is what training the same module (LoRA, an adapter, all
    weights) on its unlabelled text changes. The target's vector, less that of
    the sources, is added to the task's; a target not among `langs` keeps the
    model as it is.
    """

    langs: Langs
    """Target languages."""
    task: float = 0.8
    """λ, the weight of the task's vector, which the paper tunes on a few languages; a rate
    that makes outputs leave the language asks for a smaller one."""
    language: float | None = None
    """Weight of the language's vector; null: 1 - λ. With both at 1 it is plain addition."""
    subtract: bool = True
    """Take the sources' vector from the target's."""
    steps: Count | None = None
    """Updates on the text of a language; null takes the run's."""
    lr: Rate | None = None
    """Peak learning rate on text; null takes the run's. With one given, runs at all
    rates share the language modules."""

    needs = ("target_text",)
    kinds = ("generate",)
    families = ("encoder_decoder", "decoder")
    cite = "Chronopoulou et al. 2024, 2311.09344"
    claim = "Adding a language vector to the task's improves zero-shot summaries"
    claims = (
        Claim(
            "Adding a language vector to the task's improves zero-shot answers",
            "2311.09344",
            VERBALISE,
            {
                "higher": {
                    "recipe": "lora() + arithmetic(langs=['fr', 'tr', 'ja'], steps=100)",
                    "lr": 5e-4,
                },
                "than": {"recipe": "lora()", "lr": 5e-4},
                "langs": ["fr", "tr", "ja"],
            },
        ),
    )
    example = "arithmetic(langs=['sw'])"

    def parts(self, run: Run) -> tuple[Run, ...]:
        """Name the module's start, and its training on text of sources and targets."""
        found = (self._start(run), *(self._text(run, (lang,)) for lang in self.langs))
        return (*found, self._text(run, run.sources)) if self.subtract else found

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """Leave the reading to the parts."""
        return ()

    def adapt(self, model: Model, lang: str, ctx: Context) -> Any:
        """Give a copy with the vectors added up."""
        from isogloss.models.train.mean import put
        from isogloss.models.train.state import trained

        def tensors(found: Any) -> dict[str, Any]:
            return {name: p.detach().cpu() for name, p in trained(found.net).items()}

        if lang not in self.langs or lang in ctx.sources:
            return model
        task, start = tensors(model), tensors(ctx.part(self._start(ctx.run)))
        target = tensors(ctx.part(self._text(ctx.run, (lang,))))
        base = tensors(ctx.part(self._text(ctx.run, ctx.sources))) if self.subtract else start
        weight = 1 - self.task if self.language is None else self.language
        adapted = model.copy()
        for name, old in start.items():
            added = self.task * (task[name] - old) + weight * (target[name] - base[name])
            put(adapted, {name: old + added})
        return adapted

    def _start(self, run: Run) -> Run:
        return self._module(run, "untouched()")

    def _text(self, run: Run, langs: tuple[str, ...]) -> Run:
        fit = replace(run.fit, steps=self.steps or run.fit.steps, lr=self.lr or run.fit.lr)
        named = ", ".join(map(repr, langs))
        return self._module(replace(run, fit=fit), f"text_only(langs=[{named}])")

    def _module(self, run: Run, first: str) -> Run:
        """Keep of the recipe what makes the module, and train it otherwise."""
        kept = [method for method in run.parsed.methods if "model" in method.stages]
        recipe = " + ".join([first, *map(spell, kept)])
        return replace(run, recipe=recipe, fit=replace(run.fit, snapshots=1, patience=0))
