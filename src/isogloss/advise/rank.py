"""``isogloss.rank``: which languages to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.core.errors import IsoglossError
from isogloss.run.corpus import described

if TYPE_CHECKING:
    from isogloss.relation.transfer.candidate import Group
    from isogloss.relation.transfer.observation import Observation
    from isogloss.relation.transfer.rank import Ask, Ranking


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
        candidates: languages to choose from; else those of a task of the catalogue, or the
            target's relatives and neighbours, the languages with most text, and those of the
            corpus and of your own runs.
        corpus: folder with text in each language, for sizes and overlaps.
        backbone: the model that will be trained: which languages it has seen, and how its
            tokenizer splits the corpus.
        out: results folder whose scores are learned from.
        likeness: similarities of a model, or the file that they were saved in.

    Raises:
        IsoglossError: an unknown language or task, no candidate, or broken data.
    """
    from isogloss.language.registry import canonical
    from isogloss.relation.transfer.rank import known_kind, rank_sources

    goal = canonical(target)
    own = _own(out)
    name, kind = known_kind(task, {one.task for one in own})
    ask = _ask(corpus, backbone, likeness)
    named = [canonical(lang) for lang in candidates or ()]
    thought = [] if candidates is not None else _default(goal, name, ask, own)
    langs = dict.fromkeys([*named, *(lang for group in thought for lang in group.langs)])
    left = tuple(lang for lang in langs if lang != goal)
    if not left:
        what = "no candidate is left" if named or not thought else "no language to learn from"
        raise IsoglossError(what, "name some beside the target: --candidates en,fr,sw")
    found = rank_sources(
        goal, left, task=name, kind=kind, observations=own, scored=_scored(own, name, kind),
        ask=ask, model=backbone.partition("@")[0],
    )  # fmt: skip
    notes = _notes(found, named, ask, own, corpus, backbone)
    return replace(found, notes=(*map(_thought, thought), *notes))


def _ask(
    corpus: str | Path | None,
    backbone: str,
    likeness: str | Path | Mapping[tuple[str, str], float] | None,
) -> Ask:
    """Read all that is to be read beside the languages."""
    from isogloss.relation.transfer.rank import Ask

    seen = None
    if backbone:
        from isogloss.models.family.backbone import backbone as resolve

        seen = resolve(backbone, away=True).langs
    profiles = described(corpus, backbone) if corpus is not None else {}
    if likeness is not None and not isinstance(likeness, Mapping):
        from isogloss.relation.from_model import Likeness

        likeness = Likeness.load(likeness).pairs()
    return Ask(profiles, seen, likeness)


def _own(out: str | Path | None) -> list[Observation]:
    from isogloss.relation.transfer.observation import observations
    from isogloss.store import Store

    if out is None:
        return []
    if not Path(out).is_dir():
        raise IsoglossError(f"no results folder '{out}'", "leave it out, or name one that is there")
    return observations(Store(out))


def _scored(own: Sequence[Observation], task: str, kind: str) -> Sequence[Observation]:
    """Take the scores of a task, or of all tasks of a kind."""
    from isogloss import plugin

    known = plugin.names("task")
    ran = {one.task for one in own} & set(known)
    alike = {task} if task in known else {n for n in ran if plugin.task(n).kind == kind} | {task}
    return [one for one in own if one.task in alike]


def _default(target: str, task: str, ask: Ask, own: Iterable[Observation]) -> list[Group]:
    """Name the languages that there is any reason to think of."""
    from isogloss import plugin
    from isogloss.relation.transfer.candidate import Group, groups

    if task in plugin.names("task"):
        return [Group(f"the languages of {task}", tuple(plugin.task(task).langs))]
    more = {
        "in your corpus": ask.profiles,
        "in your runs": dict.fromkeys(lang for one in own for lang in one.sources),
    }
    found = groups(target, ask.seen)
    taken = {lang for group in found for lang in group.langs}
    rest = {why: tuple(x for x in langs if x not in taken) for why, langs in more.items()}
    return [*found, *(Group(why, langs) for why, langs in rest.items() if langs)]


MANY = 12
"""Languages that a note names."""


def _listed(langs: Sequence[str]) -> str:
    more = len(langs) - MANY
    return ", ".join(langs[:MANY]) + (f" and {more} more" if more > 0 else "")


def _thought(group: Group) -> str:
    return f"candidates, {group.why}: {_listed(group.langs)}"


def _notes(
    found: Ranking,
    named: Sequence[str],
    ask: Ask,
    own: Sequence[Observation],
    corpus: str | Path | None,
    backbone: str,
) -> Iterator[str]:
    """Say what a reader has to know about a ranking."""
    from isogloss.relation.typology import KINDS, covers

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
        yield f"not all is known of {_listed(sorted(blind))}: intervals are wider for them"
    if corpus is not None:
        silent = [one.lang for one in found.sources if one.lang not in ask.profiles]
        if goal not in ask.profiles:
            yield f"'{corpus}' has no text in {goal}: nothing of it is compared"
        elif silent:
            yield f"'{corpus}' has no text in {_listed(silent)}"
    if not backbone:
        yield "no backbone is named: what it saw, and so how high scores are, is open"
    elif ask.seen is None:
        yield f"what {backbone} saw in pre-training is not known"
    elif goal not in ask.seen:
        yield f"{backbone} has not seen {goal}: less is expected, and with less certainty"
    if ask.seen is not None:
        strange = [one.lang for one in found.sources if one.lang not in ask.seen]
        if strange:
            yield f"{backbone} has not seen {_listed(strange)}"
    if own and len({one.target for one in own}) < 5:
        yield "your runs are on few languages: mostly, this is what others measured"
