"""``isogloss.rank``: which languages to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.core.errors import IsoglossError
from isogloss.run.corpus import described

if TYPE_CHECKING:
    from isogloss.analysis.transfer.observation import Observation
    from isogloss.analysis.transfer.rank import Ask, Ranking


def rank(
    target: str,
    task: str,
    candidates: Sequence[str] | None = None,
    *,
    corpus: str | Path | None = None,
    backbone: str = "",
    out: str | Path | None = None,
    likeness: str | Path | Mapping[tuple[str, str], float] | None = None,
) -> Ranking:
    """Rank source languages for a target, with expected scores, intervals and reasons.

    Args:
        target: any code of a language.
        task: a task of the catalogue or of your results, or a word for a kind: ner, pos, ...
        candidates: languages to choose from; else those of the task, of the published runs,
            of the corpus and of your own runs.
        corpus: folder with text in each language, for sizes and overlaps.
        backbone: the model that will be trained: which languages it has seen, and how its
            tokenizer splits the corpus.
        out: results folder whose scores are learned from.
        likeness: similarities of a model, or the file that they were saved in.

    Raises:
        IsoglossError: an unknown language or task, no candidate, or broken data.
    """
    from isogloss.analysis.transfer.rank import known_kind, rank_sources
    from isogloss.data.language import canonical

    goal = canonical(target)
    own = _own(out)
    name, kind = known_kind(task, {one.task for one in own})
    ask = _ask(corpus, backbone, likeness)
    given = candidates is not None
    named = [canonical(lang) for lang in candidates or ()]
    langs = tuple(dict.fromkeys(named if given else _default(name, ask, own)))
    left = tuple(lang for lang in langs if lang != goal)
    if not left:
        raise IsoglossError(
            "no candidate is left" if given else f"no language to learn '{name}' from",
            "name some beside the target: --candidates en,fr,sw",
        )
    scored = _scored(own, name, kind, backbone)
    found = rank_sources(goal, left, task=name, kind=kind, observations=own, scored=scored, ask=ask)
    return replace(found, notes=tuple(_notes(found, named, ask, own, corpus)))


def _ask(
    corpus: str | Path | None,
    backbone: str,
    likeness: str | Path | Mapping[tuple[str, str], float] | None,
) -> Ask:
    """Read all that is to be read beside the languages."""
    from isogloss.analysis.transfer.rank import Ask

    seen = None
    if backbone:
        from isogloss.models.backbone import backbone as resolve

        seen = resolve(backbone, away=True).langs
    profiles = described(corpus, backbone) if corpus is not None else {}
    if likeness is not None and not isinstance(likeness, Mapping):
        from isogloss.data.likeness import Likeness

        likeness = Likeness.load(likeness).pairs()
    return Ask(profiles, seen, likeness)


def _own(out: str | Path | None) -> list[Observation]:
    from isogloss.analysis.transfer.observation import observations
    from isogloss.store import Store

    if out is None:
        return []
    if not Path(out).is_dir():
        raise IsoglossError(f"no results folder '{out}'", "leave it out, or name one that is there")
    return [one for one in observations(Store(out)) if one.sources]


def _scored(
    own: Sequence[Observation], task: str, kind: str, backbone: str
) -> Sequence[Observation]:
    """Take the scores of a task, or of all tasks of a kind; those of the backbone, if any."""
    from isogloss.core import plugin

    known = plugin.names("task")
    ran = {one.task for one in own} & set(known)
    alike = {task} if task in known else {n for n in ran if plugin.task(n).kind == kind} | {task}
    same = [one for one in own if one.task in alike]
    return [one for one in same if one.model == backbone] or same


def _default(task: str, ask: Ask, own: Iterable[Observation]) -> Iterator[str]:
    """Name the languages that there is any reason to think of."""
    from isogloss.analysis.transfer.prior import prior
    from isogloss.core import plugin

    if task in plugin.names("task"):
        yield from plugin.task(task).langs
        return
    yield from prior("").langs
    yield from ask.profiles
    for one in own:
        yield from one.sources


def _notes(
    found: Ranking,
    named: Sequence[str],
    ask: Ask,
    own: Sequence[Observation],
    corpus: str | Path | None,
) -> Iterator[str]:
    """Say what a reader has to know about a ranking."""
    from isogloss.data.typology import KINDS, covers

    goal = found.target
    twice = [lang for lang in dict.fromkeys(named) if named.count(lang) > 1]
    if twice:
        yield f"named more than once, ranked once: {', '.join(twice)}"
    if goal in named:
        yield f"{goal} is the target: left out of the candidates"
    if len(found.sources) == 1:
        yield "one candidate: there is nothing to compare it with"
    lacks = [kind for kind in KINDS if not covers(kind, goal)]
    if lacks:
        yield f"typology does not cover {goal}: {', '.join(lacks)}; intervals are wider for it"
    blind = {one.lang for one in found.sources if one.missing}
    if blind and not lacks:
        yield f"not all is known of {', '.join(sorted(blind))}: intervals are wider for them"
    if corpus is not None:
        silent = [one.lang for one in found.sources if one.lang not in ask.profiles]
        if goal not in ask.profiles:
            yield f"'{corpus}' has no text in {goal}: nothing of it is compared"
        elif silent:
            yield f"'{corpus}' has no text in {', '.join(silent)}"
    if ask.seen is not None and goal not in ask.seen:
        yield f"the backbone has not seen {goal}: expect less than here"
    if own and len({one.target for one in own}) < 5:
        yield "your runs are on few languages: mostly, this is what others measured"
