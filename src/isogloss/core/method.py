"""The base class of all methods: seven hooks, each the identity."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from isogloss.core.claim import Claim
from isogloss.core.material import Reading, readings
from isogloss.core.types import Example, Prediction

if TYPE_CHECKING:
    from isogloss.core.machine import Machine
    from isogloss.core.run import Run
    from isogloss.core.task import Task

STAGES = ("data", "model", "loss", "train", "weights", "adapt", "predict")
TRAIN_STAGES = ("data", "model", "loss", "train")

Loss = Callable[[Any, Any], Mapping[str, Any]]
"""(model, batch) -> named terms, each already divided by ``batch.weight``."""
Train = Callable[..., Any]
"""(model, examples, **options) -> model; options override fields of ``Fit``."""
Predict = Callable[[Sequence[Example]], list[Prediction]]
"""A whole split in, predictions in the same order out."""


class Context(Protocol):
    """What the pipeline hands to a hook; it has no target languages.

    Everything beyond the labelled source data is refused unless the method's
    ``needed()`` says so and its ``reads()`` announces it. Test splits are out of reach.
    """

    @property
    def run(self) -> Run: ...
    @property
    def task(self) -> Task:
        """Give the task without its data: no loader, no supply."""

    @property
    def machine(self) -> Machine: ...
    @property
    def sources(self) -> tuple[str, ...]: ...
    def get(self, need: str, n: int | None = None, **asked: Any) -> Any:
        """Give a material: ``ctx.get("dictionary", source="en", target="sw")``.

        Needs it by this name; ``n`` draws so many of its items. What follows are short
        forms of it.
        """

    def text(self, lang: str, n: int | None = None) -> list[str]:
        """Give unlabelled text; needs `target_text` unless the language is a source."""

    def inputs(self, lang: str, n: int | None = None) -> list[Example]:
        """Give training examples without labels; needs as `text` does."""

    def labels(
        self, lang: str, n: int | None = None, split: str = "train", *, draw: int = 0
    ) -> list[Example]:
        """Give labelled examples; needs `target_labels` unless the language is a source.

        With ``n``, the same ones for every method and seed: the first n of a draw.
        """

    def parallel(self, source: str, target: str, n: int | None = None) -> list[tuple[str, str]]:
        """Give sentence pairs; needs `parallel_text`."""

    def dictionary(self, source: str, target: str) -> Mapping[str, Sequence[str]]:
        """Give a bilingual dictionary; needs `dictionary`."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Translate; needs `translator`."""

    def part(self, run: Run) -> Any:
        """Load the trained model of a run that ``parts`` named; its needs are the method's."""

    def snapshots(self) -> list[Path]:
        """List this training's snapshots, oldest first."""

    def fit(self, model: Any, examples: Sequence[Example], **options: Any) -> Any:
        """Train in place with the one loop; options override fields of ``Fit``.

        What was trained before is opened, by the stage and the order of its calls.
        """

    def cache(self, key: Any, make: Callable[[], Any], *, shared: bool = False) -> Any:
        """Give a kept value, or make and keep it: plain values and tensors.

        It is kept with the training, or with the adaptation to a language, and follows
        from the run and ``key``: so a finished run opens no part that ``make`` asks for.
        Where it is ``shared`` by all runs, it follows from ``key`` alone.
        """

    def predict(self, model: Any, examples: Sequence[Example]) -> list[Prediction]:
        """Predict with the one inference loop."""

    def states(
        self, model: Any, texts: Sequence[Any], layer: int = -1, lang: str | Sequence[str] = ""
    ) -> Any:
        """Give the hidden states of texts, or lists of words: a ``models.states.States``."""

    def embed(
        self,
        model: Any,
        texts: Sequence[Any],
        layer: int = -1,
        pool: str = "mean",
        lang: str | Sequence[str] = "",
    ) -> Any:
        """Give one vector a text, (texts, width), on the CPU; see ``models.states.embed``."""

    def score(
        self,
        model: Any,
        prompts: Sequence[str],
        answers: Sequence[Sequence[str]],
        lang: str | Sequence[str] = "",
        *,
        ended: bool = True,
    ) -> list[list[float]]:
        """Give the log-likelihood of each prompt's answers; see ``models.write.score``."""

    def sample(
        self,
        model: Any,
        prompts: Sequence[str],
        n: int = 1,
        temperature: float = 1.0,
        lang: str | Sequence[str] = "",
        *,
        max_tokens: int = 64,
        salt: str = "",
    ) -> list[list[str]]:
        """Let a model write n texts a prompt, drawn by the run's seed and the salt."""

    def rng(self, salt: str = "") -> random.Random:
        """Make a generator that depends on the run's seed and the salt alone."""


def untrained(model: Any, examples: Any, **options: Any) -> Any:
    """Return a model as it came: for methods that leave the training out."""
    model.net.eval()
    return model


@dataclass(frozen=True)
class Method:
    """Change one or more stages of the pipeline; the fields are the settings.

    Subclass this, and only this, as a frozen dataclass in a file that has the
    method's name, and override the hooks that it acts on. Each hook takes a
    thing and returns a thing. Heavy imports belong inside the hooks.
    """

    version: ClassVar[str] = "1"
    needs: ClassVar[tuple[str, ...]] = ()
    """Kinds of supervision that it may use: names of files in ``material``."""
    kinds: ClassVar[tuple[str, ...]] = ()
    """Kinds of tasks that it is for; none named: all."""
    families: ClassVar[tuple[str, ...]] = ()
    """Families of backbones that it is for; none named: all."""
    lrs: ClassVar[tuple[float, ...]] = ()
    """The method's own learning-rate grid, used where a study asks for `lr = "grid"`."""
    least_sources: ClassVar[int] = 1
    """Fewest source languages that it takes."""
    trains: ClassVar[bool] = True
    """False where the training is left out, so that the learning rate moves nothing."""
    adds: ClassVar[str] = ""
    """What it adds to the network (adapter, lora, prompt), which is then all that is trained;
    a recipe has room for one."""
    cite: ClassVar[str] = ""
    claim: ClassVar[str] = ""
    """What the paper says it does, for the catalogue."""
    claims: ClassVar[tuple[Claim, ...]] = ()
    """How that is tested, by `make claims`."""
    example: ClassVar[str] = ""
    """How it stands in a recipe, for the catalogue and conformance; empty: the bare name."""

    def parts(self, run: Run) -> tuple[Run, ...]:
        """Name the other runs this method needs."""
        return ()

    def needed(self) -> tuple[str, ...]:
        """List the supervision these settings use; a subset of ``needs``."""
        return self.needs

    def reads(self, run: Run) -> tuple[Reading, ...]:
        """List what the hooks read of languages, beyond the sources' training data."""
        return readings(self, run.sources)

    def misfit(self, kind: str, family: str) -> str:
        """Say why these settings don't suit a task kind or family; empty if they do."""
        if self.kinds and kind not in self.kinds:
            return f"is for {', '.join(self.kinds)}, not for {kind}"
        if self.families and family not in self.families:
            return f"is for {', '.join(self.families)}, not for {family}"
        return ""

    def check(self, run: Run) -> None:
        """Refuse settings that don't fit a run, before anything is trained.

        Raises:
            IsoglossError: they don't.
        """

    def cover(self, lang: str, ctx: Context) -> None:
        """Ask for what serving a target language takes; `plan` does, before any training.

        Raises:
            Uncovered: the language can't be served.
        """

    def data(self, train: list[Example], ctx: Context) -> list[Example]:
        """Change the training examples."""
        return train

    def model(self, model: Any, ctx: Context) -> Any:
        """Change the model before training."""
        return model

    def loss(self, loss: Loss, model: Any, ctx: Context) -> Loss:
        """Wrap the loss of the model; one that keeps something is a ``models.loss.Term``."""
        return loss

    def train(self, train: Train, ctx: Context) -> Train:
        """Wrap the training."""
        return train

    def weights(self, model: Any, ctx: Context) -> Any:
        """Change the weights after training."""
        return model

    def adapt(self, model: Any, lang: str, ctx: Context) -> Any:
        """Change the model for one target language."""
        return model

    def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
        """Wrap the prediction for one target language."""
        return predict

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """List the stages this method acts on."""
        return tuple(s for s in STAGES if getattr(type(self), s) is not getattr(Method, s))

    def settings(self) -> dict[str, Any]:
        """Give all fields, defaults included, for identities."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
