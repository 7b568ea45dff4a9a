"""What the pipeline reaches, and what it hands out of it to each hook."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from isogloss import plugin
from isogloss.core.errors import IsoglossError, Uncovered, Undeclared
from isogloss.core.machine import Machine
from isogloss.core.material import SPLITS
from isogloss.core.method import TRAIN_STAGES, Method
from isogloss.core.run import Run, place
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.plugin import kind, name_of
from isogloss.run import material
from isogloss.run.shot import shots
from isogloss.run.view import View

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass
class Access:
    """The pipeline's own context, with all data; a hook gets what ``of`` gives."""

    run: Run
    task: Task
    machine: Machine
    folder: Path
    """Where this training keeps its weights."""
    data_folder: Path | None = None
    trained: Callable[[Run], Any] | None = None
    """Trains (or loads) another run's model, for parts."""
    loops: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """The two loops, fit and predict, and the cache, bound to this run and stage."""
    keeper: Any = None
    """The ``run.keep.Keeper`` that binds them to a stage."""
    place: Any = None
    """The stage's ``run.keep.Place``."""
    allowed: tuple[str, ...] = ()
    asking: str = "the pipeline"
    method: Method | None = None
    offered: tuple[Run, ...] = ()
    lists: Path | None = None
    """Where the drawn examples are listed; None lists none."""
    stage: str = ""
    announced: Collection[tuple[str, str]] | None = None
    """(material, languages) that may be read; None: all that is allowed."""
    known: dict[Any, str] = field(default_factory=dict, repr=False)
    """Fingerprints of material that was looked at."""
    model: Model | None = None
    """The model that is asked, at the predict stage."""

    def of(self, method: Method, stage: str, lang: str = "") -> View:
        """Give what a method's hook sees.

        Args:
            lang: the language that is asked, at the stages that know it.
        """
        return View(self.narrow(method, stage, lang))

    def narrow(self, method: Method, stage: str, lang: str = "") -> Self:
        """Narrow to what one method declares, and announces for a stage."""
        return replace(
            self,
            allowed=tuple(method.needed()),
            asking=name_of(type(method)),
            method=method,
            offered=method.parts(self.run),
            stage=stage,
            announced=material.allowed(self.run, method, stage, lang),
        )

    def at(self, stage: str, lang: str = "", asked: Sequence[Example] = ()) -> Access:
        """Bind what is trained and kept to a stage."""
        return self.keeper.at(self, stage, lang, asked) if self.keeper else self

    @property
    def digest(self) -> material.Digest:
        """Give the fingerprints of the task's material."""
        return material.digests(self.task, self.data_folder, self.known)

    @property
    def sources(self) -> tuple[str, ...]:
        """List the source languages."""
        return self.run.sources

    def get(self, need: str, n: int | None = None, **asked: Any) -> Any:
        """Give a material of the languages that are named, or so many of its items."""
        material = plugin.material(need)
        if material.langs is None:
            raise IsoglossError(
                f"{self.asking} asks for {need}, which comes by itself", "leave the call out"
            )
        give = getattr(self, material.short) if material.short else partial(self._given, need)
        counted = {} if n is None else {"n": n}
        try:
            bound = signature(give).bind(**asked, **counted)
        except TypeError:
            names = material.langs if not material.short else signature(give).parameters
            raise IsoglossError(
                f"{self.asking} asks for {need} by {', '.join([*asked, *counted]) or 'nothing'}",
                f"write ctx.get('{need}', {', '.join(f'{name}=…' for name in names)})",
            ) from None
        return give(*bound.args, **bound.kwargs)

    def text(self, lang: str, n: int | None = None) -> list[str]:
        """Give unlabelled text; needs `target_text` unless the language is a source."""
        if lang not in self.sources:
            self._declared("target_text")
        self._reads("text", lang)
        if give := self.task.supply.gives.get("text"):
            return self._some(give(lang), n, f"text in '{lang}'")
        if self.task.fields[0] in kind(self.task.kind).inputs:
            raise IsoglossError(
                f"the inputs of {self.task.name} are no text", "leave the method out of the recipe"
            )
        texts = [
            " ".join(value) if isinstance(value, tuple | list) else str(value)
            for example in self._split(lang, "train")
            for value in [example.inputs[self.task.fields[0]]]
        ]
        return self._some(texts, n, f"text in '{lang}'")

    def inputs(self, lang: str, n: int | None = None) -> list[Example]:
        """Give training examples without labels; needs as `text` does."""
        if lang not in self.sources:
            self._declared("target_text")
        self._reads(SPLITS["train"], lang)
        examples = [replace(each, target=None) for each in self._split(lang, "train")]
        return self._some(examples, n, f"training inputs in '{lang}'")

    def labels(
        self, lang: str, n: int | None = None, split: str = "train", *, draw: int = 0
    ) -> list[Example]:
        """Give labelled examples; needs `target_labels` unless the language is a source.

        With ``n``, the same examples for every method and seed; see ``run.shot``.
        """
        if lang not in self.sources:
            self._declared("target_labels")
        if split not in ("train", "dev"):
            raise Undeclared(f"{self.asking} asked for the {split} split", "use train or dev")
        self._reads(SPLITS[split], lang)
        examples = [e for e in self._split(lang, split) if e.target is not None]
        if n is None:
            return examples
        if not 0 <= n <= len(examples):
            raise Uncovered(
                f"{self.asking} asked for {n} labelled examples in '{lang}', "
                f"{self.task.name} has {len(examples)}",
                "ask for fewer, or add labelled data",
            )
        return shots(examples, n, self.task.name, lang, split, draw, folder=self.lists)

    def parallel(self, source: str, target: str, n: int | None = None) -> list[tuple[str, str]]:
        """Give sentence pairs; needs `parallel_text`."""
        pairs = self._given("parallel_text", source=source, target=target)
        return self._some(pairs, n, f"pairs {source}-{target}")

    def dictionary(self, source: str, target: str) -> Mapping[str, Sequence[str]]:
        """Give a bilingual dictionary; needs `dictionary`."""
        found: Mapping[str, Sequence[str]] = self._given("dictionary", source=source, target=target)
        return found

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Translate; needs `translator`."""
        self._declared("translator")
        self._reads("translator")
        return list(self.supplied("translator")(texts, source, target))

    def part(self, run: Run) -> Any:
        """Give the trained model of a run that ``parts`` named."""
        if run not in self.offered:
            raise Undeclared(
                f"{self.asking} asked for a run that its parts() does not name", "name it there"
            )
        others = [m for m in self.run.parsed.methods if name_of(type(m)) != self.asking]
        for need in sorted(set(run.parsed.needs) - {n for m in others for n in m.needed()}):
            self._declared(need)
        assert self.trained is not None
        return self.trained(run)

    def snapshots(self) -> list[Path]:
        """List the snapshots of the training's last phase, oldest first."""
        from isogloss.models.train.fit import snapshots
        from isogloss.models.train.manifest import phases

        found = phases(self.folder)
        return list(snapshots(found[-1])) if found else []

    def fit(self, model: Model, examples: Sequence[Example], **options: Any) -> Any:
        """Train with the one loop; options override fields of ``Fit``."""
        return self.loops["fit"](model, examples, **options)

    def cache(self, key: Any, make: Callable[[], Any], *, shared: bool = False) -> Any:
        """Give a kept value, or make and keep it: plain values and tensors."""
        cache = self.loops.get("cache")
        return cache(self.method, key, make, shared=shared) if cache else make()

    def predict(
        self, model: Model, examples: Sequence[Example], **options: Any
    ) -> list[Prediction]:
        """Predict with the one inference loop; for options see ``core.method.Predict``."""
        if self.stage in TRAIN_STAGES:
            self._reads("answers")
        found: list[Prediction] = self.loops["predict"](model, examples, **options)
        return found

    def states(self, model: Model, texts: Sequence[Any], *given: Any, **options: Any) -> Any:
        """Give the hidden states of texts, or lists of words."""
        from isogloss.models.states import states

        return states(model, texts, *given, machine=self.machine, **options)

    def embed(self, model: Model, texts: Sequence[Any], *given: Any, **options: Any) -> Any:
        """Give one vector a text."""
        from isogloss.models.states import embed

        return embed(model, texts, *given, machine=self.machine, **options)

    def score(self, model: Model, prompts: Sequence[str], *given: Any, **options: Any) -> Any:
        """Give the log-likelihood of each prompt's answers."""
        from isogloss.models.write import score

        return score(model, prompts, *given, machine=self.machine, **options)

    def sample(
        self, model: Model, prompts: Sequence[str], *given: Any, salt: str = "", **options: Any
    ) -> Any:
        """Let a model write texts, drawn by the run's seed and the salt."""
        from isogloss.models.write import sample

        seed = self.rng(f"sample {salt}").getrandbits(31)
        return sample(model, prompts, *given, seed=seed, machine=self.machine, **options)

    def rng(self, salt: str = "") -> random.Random:
        """Make a generator that depends on the run's seed and the salt alone."""
        digest = hashlib.sha256(f"{self.run.seed} {salt}".encode()).digest()
        return random.Random(digest)

    def _declared(self, need: str) -> None:
        if need not in self.allowed:
            raise Undeclared(
                f"{self.asking} uses {need} without declaring it",
                f"add '{need}' to the method's needs, and to what needed() gives",
            )

    def _reads(self, name: str, *langs: str) -> None:
        """Refuse what is in no identity, as the method did not announce it."""
        key = place(name, langs)
        if self.announced is not None and key not in self.announced:
            raise Undeclared(
                f"{self.asking} reads {material.spell(*key)} at its {self.stage} stage "
                "without announcing it",
                f"let its reads() give Reading('{name}', {langs!r}, '{self.stage}')",
            )

    def _given(self, need: str, n: int | None = None, **asked: str) -> Any:
        """Give what the task's supply has of a material."""
        material = plugin.material(need)
        langs = [asked[name] for name in material.langs or ()]
        if not (material.free and {*langs} <= {*self.sources}):
            self._declared(need)
        self._reads(material.key, *langs)
        found = self.supplied(need)(*langs)
        return found if n is None else self._some(list(found), n, " ".join([need, *langs]))

    def supplied(self, need: str) -> Callable[..., Any]:
        """Give what the task's supply gives a material by.

        Raises:
            IsoglossError: the task has none.
        """
        material = plugin.material(need)
        give = self.task.supply.gives.get(material.key)
        if give is None:
            raise IsoglossError(
                f"{self.asking} needs a {material.key} and {self.task.name} has none",
                f'give one in the study: [supply] {material.key} = "{material.example}"',
            )
        return give

    def _split(self, lang: str, split: str) -> list[Example]:
        return self.task.load(lang, split, self.data_folder)

    def _some(self, items: Sequence[Any], n: int | None, what: str) -> list[Any]:
        if not items:
            raise IsoglossError(
                f"{self.asking} asked for {what} and {self.task.name} has none",
                "give some in the study: [supply] text = 'mono/{lang}.txt'",
            )
        if n is None or n >= len(items):
            return list(items)
        return self.rng(f"sample {what}").sample(list(items), n)
