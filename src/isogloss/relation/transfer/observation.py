"""What was trained and how it scored: the ground that ranks and forecasts stand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from isogloss.core.types import Row

if TYPE_CHECKING:
    from isogloss.analysis.system import System
    from isogloss.store import Results, Store


@dataclass(frozen=True)
class Observation:
    """One score on one language, of a model trained on a mix of languages."""

    task: str
    model: str
    mix: tuple[tuple[str, int], ...]
    """(language, examples) trained on; 0 examples where their number is not known."""
    target: str
    score: float
    """The task's headline as a share of its largest value, so that tasks compare."""
    n: int = 0
    """Test items behind the score; 0 where not known."""
    features: Mapping[str, float] = field(default_factory=dict, compare=False)
    """What else is known of it; pair features are computed where they are used."""
    recipe: str = ""
    """Empty for plain finetuning."""

    @property
    def sources(self) -> tuple[str, ...]:
        """List the languages trained on, without the target."""
        return tuple(lang for lang, _ in self.mix if lang != self.target)


def observations(results: Store | Results | Iterable[Row]) -> list[Observation]:
    """Read the observations of a store: one a seed and language, each at its selected rate.

    Rates are selected on source dev data alone. References that train nothing, outside
    systems and metrics of which less is better are left out.
    """
    from isogloss.analysis.select import choose
    from isogloss.analysis.system import headline, metric, systems
    from isogloss.store import Store

    rows = results.rows() if isinstance(results, Store) else results
    trained = [s for s in systems(rows) if not s.reference and not s.outside]
    found: list[Observation] = []
    for task in dict.fromkeys(system.task for system in trained):
        own = [system for system in trained if system.task == task]
        measure = metric(headline(task, own))
        if measure.higher:
            for choice in choose(own, measure):
                found += _read(choice.system, measure.name, measure.scale)
    return found


def _read(system: System, metric: str, scale: float) -> list[Observation]:
    """Give one system's test scores."""
    return [
        Observation(
            task=system.task,
            model=system.model,
            mix=mix(system.sources, system.recipe, lang),
            target=lang,
            score=value / scale,
            n=score.n,
            recipe=system.recipe,
        )
        for lang in system.langs
        if (score := system.score(lang, metric)) is not None
        for value in score.values
    ]


def mix(sources: Sequence[str], recipe: str, target: str) -> tuple[tuple[str, int], ...]:
    """Count what was trained on; labelled examples of the target stand in the recipe."""
    found = dict.fromkeys(sources, 0)
    shots = _shots(recipe)
    return (*found.items(), *(((target, shots),) if shots and target not in found else ()))


@cache
def _shots(recipe: str) -> int:
    """Count the labelled examples of each target that a recipe trains on."""
    from isogloss import plugin
    from isogloss.core.errors import IsoglossError
    from isogloss.core.recipe import parse

    try:
        methods = parse(recipe).methods
    except IsoglossError:  # made with a plug-in that is not here
        return 0
    return sum(getattr(m, "k", 0) for m in methods if plugin.name_of(type(m)) == "shots")
