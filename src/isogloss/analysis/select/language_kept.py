"""The best source score among the rates whose outputs stay in the target languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from isogloss import plugin
from isogloss.analysis.format import listed, spell_rate
from isogloss.analysis.select.policy import Measured, Pairs, Policy, mean
from isogloss.analysis.system import Key, System
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.metric import Metric
from isogloss.core.task import Task
from isogloss.language.registry import find_language

INPUT = "input:"
"""Start of the split of rows on unlabelled inputs; the identifier stands behind it."""
KEPT = "correct_language"


@dataclass(frozen=True)
class LanguageKept(Policy):
    """Take the best source dev score among the rates that keep the language.

    A rate keeps it if the outputs on unlabelled inputs of the target languages
    are in the language asked for; a copy of the input, however much it is in the
    language, tells nothing of what the model writes and is none. The inputs are no
    test items, and they are judged by another identifier than the one that reports.
    The share of right outputs is an estimate: a rate that falls short of `least`
    by no more than its standard error keeps the language too. If none does, the
    rates within a standard error of the highest share are chosen from.
    """

    langs: tuple[str, ...]
    """Target languages whose unlabelled inputs are answered."""
    least: float = 0.9
    """Mean share of right outputs from which a rate keeps the language."""
    identifier: str = "pycld2"
    """The identifier that judges; never the one that reports."""

    name = "language_kept"
    needs = ("target_text",)
    what = "mean source dev"

    @property
    def split(self) -> str:
        """Name the split of its rows."""
        return INPUT + self.identifier

    def check(self, sources: Sequence[str]) -> None:
        """Refuse languages that are sources, a share beyond 0 to 1, and the wrong identifier."""
        if not self.langs:
            raise IsoglossError("language_kept: no langs", 'name targets: langs = ["fr", "tr"]')
        for lang in self.langs:
            if find_language(lang).code != lang:
                hint = f"write '{find_language(lang).code}'"
                raise IsoglossError(f"language_kept: langs: '{lang}' is spelled otherwise", hint)
            if lang in sources:
                hint = "name target languages: langs = [...]"
                raise IsoglossError(f"language_kept: '{lang}' is a source", hint)
        if not 0 <= self.least <= 1:
            hint = "give a share, such as 0.9"
            raise IsoglossError(f"language_kept: least is {self.least:g}", hint)
        if plugin.identifier(self.identifier).name == plugin.identifier().name:
            raise IsoglossError(
                f"language_kept: '{self.identifier}' is the identifier that reports",
                'choose by another one, such as identifier = "pycld2"',
            )

    def pairs(
        self, task: Task, targets: Sequence[str], splits: Mapping[str, Sequence[str]]
    ) -> Pairs:
        """Ask for outputs on unlabelled inputs."""
        if task.kind not in plugin.metric(KEPT).kinds:
            raise IsoglossError(
                f"language_kept is for tasks that write text; {task.name} is {task.kind}",
                'choose by "source_dev"',
            )
        there = [lang for lang in splits if {"dev", "train"} & set(splits[lang])]
        for lang in self.langs:
            if lang not in there:
                raise unknown(f"language with dev or train inputs of {task.name}:", lang, there)
        _installed(self.identifier)
        return tuple((lang, self.split) for lang in self.langs)

    def narrow(self, rates: Sequence[System]) -> tuple[Sequence[System], str, str]:
        """Leave out the rates that lose the language, unless all of them do."""
        shares = [(system, self.kept(system)) for system in rates]
        known = [(system, *share) for system, share in shares if share is not None]
        if not known:
            return (
                [],
                "no outputs on unlabelled inputs to judge: run the study with this policy",
                "",
            )
        told = ", ".join(f"{spell_rate(system.lr)} {share:.2f}" for system, share, _ in known)
        good = [system for system, share, error in known if share + error >= self.least - 1e-12]
        lost = ", ".join(spell_rate(system.lr) for system, share in shares if share is None)
        warning = f"no outputs on unlabelled inputs at {lost}; not chosen from" if lost else ""
        if good:
            return good, f"language kept at least {self.least:g} (of {told})", warning
        _, top, error = max(known, key=lambda one: one[1])
        near = [system for system, share, own in known if top - share <= max(error, own) + 1e-12]
        taken = f"of the {len(near)} highest, within a standard error, the best on the source"
        taken = taken if len(near) > 1 else "the highest is taken"
        why = f"no rate keeps the language at least {self.least:g}; {taken} ({told})"
        return near, why, why

    def kept(self, system: System) -> Measured | None:
        """Give the mean share of right outputs; None where a language was not answered."""
        found = [system.scores.get(Key(lang, KEPT, self.split)) for lang in self.langs]
        scores = [score for score in found if score is not None]
        if len(scores) < len(found):
            return None
        # outputs of which none could be judged are not in the language
        share = sum(score.value or 0.0 for score in scores) / len(scores)
        return share, sum(score.error**2 for score in scores) ** 0.5 / len(scores)

    def measure(self, system: System, metric: Metric, found: Sequence[System]) -> Measured | None:
        """Average over the sources."""
        return mean(system, system.sources, metric.name, "dev")

    def rule(self, metric: str) -> str:
        """Describe it."""
        names = listed([find_language(lang).name for lang in self.langs])
        return (
            f"the one with the best mean {metric} on the source languages' dev splits among those "
            f"whose outputs on unlabelled {names} inputs are in the language at least "
            f"{self.least:.0%} of the time, to a standard error, by "
            f"{self.identifier.partition(':')[0]}"
        )


def _installed(spec: str) -> None:
    """Tell of a missing package before anything is trained."""
    found = plugin.identifier(spec)
    try:
        version(found.package)
    except PackageNotFoundError:
        raise IsoglossError(
            f"language_kept judges by '{found.name}', which needs the package {found.package}",
            f"pip install {found.package}",
        ) from None
