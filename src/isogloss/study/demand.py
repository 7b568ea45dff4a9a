"""What runs ask for and can't get, told before anything is trained."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isogloss import plugin
from isogloss.core.errors import IsoglossError, Uncovered, Undeclared
from isogloss.core.machine import Machine
from isogloss.core.method import Context, Method
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.language.model_code import untagged
from isogloss.language.registry import find_language
from isogloss.models.family import label
from isogloss.models.family.backbone import Backbone
from isogloss.run.context import Access


@dataclass
class Demand:
    """Asks for what the runs of a study will ask for, once each."""

    data: Path | None
    splits: Mapping[str, Mapping[str, Sequence[str]]]
    """Task -> language -> splits that are there."""
    _known: dict[tuple[object, ...], str] = field(default_factory=dict)
    _labelled: set[tuple[str, str]] = field(default_factory=set)
    """Tasks and backbones whose labels were looked at."""

    def check(self, run: Run, task: Task, model: Backbone) -> None:
        """Refuse a run that would stop in the middle.

        Raises:
            IsoglossError: settings that don't fit, or material that the task lacks.
        """
        run.check()
        if (task.name, model.name) not in self._labelled:
            self._labelled.add((task.name, model.name))
            label.check(model, task)
        ctx = self._context(run, task)
        for method in run.parsed.methods:
            self._supplied(method, ctx.narrow(method, "predict"))
        lost = _untagged(model, run, run.sources)
        if lost:
            raise IsoglossError(
                f"{model.name} has no tag for '{lost[0]}'",
                f"add tag(lang='{lost[0]}', like='es') to the recipe, or choose other sources",
            )

    def empty(
        self, run: Run, task: Task, model: Backbone, targets: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        """Name the targets that will have no score, and why."""
        for lang in _untagged(model, run, targets):
            yield lang, f"{model.name} has no tag for it"
        ctx = self._context(run, task)
        for method in run.parsed.methods:
            if type(method).cover is Method.cover:
                continue
            for lang in targets:
                key = (task.name, method, lang, run.sources)
                if lang not in run.sources and key not in self._known:
                    self._known[key] = _uncovered(method, lang, ctx.of(method, "predict", lang))
                if self._known.get(key):
                    yield lang, self._known[key]

    def _context(self, run: Run, task: Task) -> Access:
        return Access(run, task, Machine(), Path(), self.data)

    def _supplied(self, method: Method, ctx: Access) -> None:
        """Refuse a method whose material the task has not.

        Raises:
            IsoglossError: it has none, or an unknown language is named.
        """
        task, needed = ctx.task, method.needed()
        for lang in getattr(method, "langs", ()):
            find_language(lang)
        text = False
        for material in map(plugin.material, needed):
            if material.instead and material.key not in task.supply.gives:
                text = True
            elif material.example:
                ctx.supplied(material.name)
        labels = "target_labels" in needed and "adapt" not in method.stages
        there = self.splits[task.name]
        for lang in getattr(method, "langs", ()) if text or labels else ():
            if "train" not in there.get(lang, ()):
                what = "labelled training data" if labels else "text"
                hint = "" if labels else ": [supply] text = 'mono/{lang}.txt'"
                raise IsoglossError(
                    f"{ctx.asking} needs {what} in '{lang}' and {task.name} has none",
                    f"leave the language out, or add the file{hint}",
                )


def _untagged(model: Backbone, run: Run, langs: Collection[str]) -> list[str]:
    """List the languages that neither the backbone nor the recipe has a tag for."""
    if model.path is None:
        return []
    given = {getattr(method, "lang", "") for method in run.parsed.methods}
    return [lang for lang in untagged(model.path, model.architecture, langs) if lang not in given]


def _uncovered(method: Method, lang: str, ctx: Context) -> str:
    try:
        method.cover(lang, ctx)
    except Uncovered as error:
        if isinstance(error.__cause__, Undeclared):
            raise error.__cause__ from None
        return error.what
    return ""
