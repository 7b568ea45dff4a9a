"""Put a language's adapters under the task's, and swap them for each target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Rate
from isogloss.core.material import TARGET, Reading
from isogloss.core.method import Context, Method
from isogloss.core.run import Fit, Run

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class LanguageAdapter(Method):
    """Put a language's adapters under the task's, and swap them for each target.

    A language's adapters, and an invertible one at the embeddings, are trained on its
    unlabelled text by the objective of the backbone's pre-training, and frozen. They
    need no task: all tasks, sources and rates share them. What the recipe adds after
    them, such as adapter(size=48) or lora(), is trained on the source's; a target gets
    its own in their place. Alone, the network itself is trained on them.
    """

    steps: Count = 10000
    """Updates on a language's text; the paper's are 250,000."""
    lr: Rate = 1e-4
    """Peak learning rate on text."""
    batch: Count = 64
    """Texts per update."""
    size: Count | None = None
    """Width of the bottlenecks; null: half the network's, as published."""
    activation: Literal["relu", "gelu", "silu"] = "relu"
    """What stands in the bottlenecks."""
    invertible: bool = True
    """Have an invertible adapter at the embeddings as well."""
    target: Literal["swap", "keep", "off"] = "swap"
    """A target gets its own adapters; or keeps the source's, or has none, as references."""
    texts: Count | None = None
    """Most texts per language; null: all."""

    needs = ("target_text",)
    adds = "language"
    carries = True
    cite = "Pfeiffer et al. 2020, MAD-X, 2005.00052"
    claim = ""
    example = "language_adapter(steps=2, lr=0.01, batch=4, size=4)"

    def needed(self) -> tuple[str, ...]:
        """Need the target's text only where its adapters are trained."""
        return self.needs if self.target == "swap" else ()

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """Read the source's text before the training, and the target's after it."""
        target = (Reading("text", (TARGET,), "adapt"),) if self.target == "swap" else ()
        return (Reading("text", run.sources, "model"), *target)

    def check(self, run: Run) -> None:
        """Refuse several sources, which would need an adapter each in one batch."""
        if len(run.sources) > 1:
            raise IsoglossError(
                f"language_adapter takes one source; the run has {', '.join(run.sources)}",
                'list them one by one: sources = [["en"], ["de"]]',
            )

    def cover(self, lang: str, ctx: Context) -> None:
        """Ask for the language's text."""
        if self.target == "swap" and lang not in ctx.sources:
            ctx.text(lang, self.texts)

    def model(self, model: Model, ctx: Context) -> Any:
        """Put the source's adapters into the network."""
        self._attach(model, ctx)
        return self._put(model, ctx.sources[0], ctx)

    def adapt(self, model: Model, lang: str, ctx: Context) -> Any:
        """Give a copy with the language's own adapters."""
        from isogloss.models.addition import stack

        if lang in ctx.sources or self.target == "keep":
            return model
        model = model.copy()
        if self.target == "swap":
            return self._put(model, lang, ctx)
        for name in self._named():
            stack.switch(model, name, on=False)
        return model

    def _named(self) -> dict[str, str]:
        """Give the kind of each of a language's additions, by name."""
        return {"language": "adapter"} | ({"invertible": "invertible"} if self.invertible else {})

    def _attach(self, model: Model, ctx: Context) -> None:
        from isogloss.core.addition import Added
        from isogloss.models.addition import stack

        for name, kind in self._named().items():
            settings = {"size": self.size, "activation": self.activation}
            stack.add(model, Added(name, kind, settings), ctx.run.seed)
            stack.freeze(model, name)

    def _put(self, model: Model, lang: str, ctx: Context) -> Any:
        """Fill the adapters with what they learn of a language."""
        from isogloss.core.content import content_hash
        from isogloss.models.addition import stack

        texts = ctx.text(lang, self.texts)
        learning = {**self.settings(), "target": ""}
        run = ctx.run
        key = [run.model, run.revision, run.seed, lang, content_hash(texts), learning]
        found = ctx.cache(key, lambda: dict(self._learn(lang, texts, ctx)), shared=True)
        for name, tensors in found.items():
            stack.swap(model, name, tensors)
        return model

    def _learn(self, lang: str, texts: list[str], ctx: Context) -> Iterator[tuple[str, Any]]:
        """Train a language's adapters on its text, on the backbone as it was published."""
        from isogloss.models.addition import stack
        from isogloss.models.family.backbone import recorded
        from isogloss.models.load import build
        from isogloss.models.train.text import fit_text

        run = ctx.run
        model = build(recorded(run.model, run.revision), ctx.task, machine=ctx.machine)
        self._attach(model, ctx)
        stack.train(model, self._named())
        fit_text(model, {lang: texts}, ctx, **asdict(self._fit()))
        for name in self._named():
            yield name, stack.tensors(model, name)

    def _fit(self) -> Fit:
        """Give the settings of the training on text, which no run's move."""
        return Fit(steps=self.steps, batch=self.batch, lr=self.lr, tokens=16384, max_source=256)
