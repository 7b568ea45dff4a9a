"""Judge in which language texts are: script first, then words, then whole texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from isogloss.fidelity import reliability
from isogloss.fidelity import text as t
from isogloss.fidelity.candidate import (
    BIG,
    VERSION,
    candidates,
    neighbours,
    related_languages,
    siblings,
)
from isogloss.fidelity.case import Case, prepare
from isogloss.fidelity.mask import mask
from isogloss.fidelity.plain import LETTERS, plain, variety
from isogloss.fidelity.sibling import ALONE, APART, MARK, OTHER, OWN, han, told
from isogloss.fidelity.span import (
    COMMON_ENGLISH,
    ENGLISH,
    FIRST,
    Array,
    Evidence,
    Identifier,
    Span,
    foreign,
)
from isogloss.fidelity.verdict import Verdict
from isogloss.language.registry import find_language, languages

RIGHT = 1.0
"""Log odds, tempered by length, against each big language that make a text right."""
WRONG = 1.0
"""Log odds for a big language that make a text wrong; between the two it is not judged."""
WRONG_FEW = 2.0
"""The same for a text of fewer than ``FEW`` words."""
NEAR = 0.7
"""Log odds for a neighbour up to which a text still passes."""
NEAR_WRONG = 1.5
"""Log odds for a neighbour that make a text wrong."""
SECOND = 2.5
"""Log odds for a language outside the candidates that overrule a right verdict."""
STRANGE = 4.0
"""Log odds that a language which is not big needs to be named for a text in another script."""
FEW = 4
"""Words below which an undecided text counts as too short."""
MIXED = 0.15
"""Share of foreign words from which a text is mixed."""
RUN = 4
"""Foreign words in a row from which a text is mixed, however long it is."""
KEPT = 0.2
"""Share of the words of the expected language from which a wrong text is mixed."""
RULES = "2"
"""Stands for what no number tells: how texts are masked, cut into words and weighed."""
WORDS = 200_000
"""Words kept with their evidence, of all languages."""
MEMORY = 100_000
"""Verdicts kept, so that an output that comes again is not judged again."""

_Columns = tuple[Array, list[str]]
"""Places in a row of scores, and the languages there."""


class _Ranks(NamedTuple):
    """How the languages that compete for a text come out."""

    seen: bool
    """Whether the identifier saw anything that it knows."""
    mine: float
    """Score of the expected language."""
    near: tuple[float, str]
    big: tuple[float, str]
    full: tuple[float, str]
    """Score and name of the best neighbour, big language and language at all."""


class Judge:
    """Give verdicts with one identifier, remembering texts and words.

    The verdict on a text follows from the text, its expected language, its
    input and the identifier alone.
    """

    def __init__(self, identifier: Identifier) -> None:
        self.identifier = identifier
        self.labels = tuple(identifier.labels)
        self._name = str(getattr(identifier, "signature", type(identifier).__name__))
        self._index = {label: i for i, label in enumerate(self.labels)}
        self._evidence: dict[str, Evidence] = {}
        self._sets: dict[str, tuple[_Columns, _Columns, _Columns]] = {}
        self._scripts: dict[tuple[str, str], tuple[_Columns, _Columns]] = {}
        self._known: dict[tuple[str, str, str], Verdict] = {}

    def __call__(
        self, texts: Sequence[str], lang: str, inputs: Sequence[str | None] | None = None
    ) -> list[Verdict]:
        """Judge texts that are expected in a language.

        Args:
            texts: what is judged.
            lang: the expected language, by any code of the registry.
            inputs: what each text answers, to notice copies.

        Raises:
            IsoglossError: the language is unknown.
        """
        code = find_language(lang).code
        given = [None] * len(texts) if inputs is None else inputs
        keys = [(code, one, other or "") for one, other in zip(texts, given, strict=True)]
        new = list(dict.fromkeys(key for key in keys if key not in self._known))
        fresh = dict(zip(new, self._judge(new, code), strict=True))
        found = [fresh.get(key) or self._known[key] for key in keys]
        if len(self._known) + len(fresh) > MEMORY:
            self._known.clear()
        self._known.update(fresh)
        return found

    @property
    def measured(self) -> bool:
        """Whether the shipped figures on reliability are those of this identifier."""
        return self._name.startswith(reliability.identifier())

    def signature(self, lang: str) -> str:
        """Name all that can move a verdict: identifier, candidates and rules."""
        known = sorted(candidates(lang) & set(self.labels))
        same = "=".join(sorted(siblings(lang) & set(self.labels))) or "none"
        rule = f"rules:{RULES}|odds:{RIGHT:g},{WRONG:g},{NEAR:g},{NEAR_WRONG:g},{SECOND:g}"
        return (
            f"{self._name}|candidates:{VERSION}:{len(known)}|expected:{same}|{rule}"
            f"|letters:{LETTERS}|mixed:{MIXED:g},{RUN}|siblings:{MARK:g},{OWN:g},{OTHER:g},{ALONE}"
        )

    def _judge(self, keys: Sequence[tuple[str, str, str]], lang: str) -> list[Verdict]:
        verdicts: list[Verdict | None] = []
        cases = []
        for _, text, asked in keys:
            masked = mask(text)
            verdict = plain(text, masked, mask(asked))
            verdicts.append(verdict)
            if verdict is None:
                cases.append(prepare(masked, lang))
        told = iter(self._identify(cases, lang))
        found = [verdict or next(told) for verdict in verdicts]
        return [_spelled(one, text) for one, (_, text, _) in zip(found, keys, strict=True)]

    def _identify(self, cases: Sequence[Case], lang: str) -> list[Verdict]:
        if not cases:
            return []
        if lang not in self._evidence:
            self._evidence[lang] = Evidence(self.identifier, lang)
        evidence = self._evidence[lang]
        if sum(map(len, self._evidence.values())) > WORDS:
            for known in self._evidence.values():
                known.forget()
        evidence.learn(word for case in cases for word in case.spelled if word)
        scored = self._score(cases)
        ranked = self._rank(scored, lang)
        return [
            self._decide(case, row, ranks, evidence, lang)
            for case, row, ranks in zip(cases, scored, ranked, strict=True)
        ]

    def _score(self, cases: Sequence[Case]) -> Array:
        """Score the words of each text's main script; frequent English words count more."""
        chosen = [case.words(own=case.inside) for case in cases]
        scored = np.array(self.identifier.scores([f" {' '.join(words)} " for words in chosen]))
        if "en" in self._index:
            for row, words in zip(scored, chosen, strict=True):
                hits = sum(word.lower() in COMMON_ENGLISH for word in words)
                row[self._index["en"]] += ENGLISH * hits / max(1, len(words))
        return scored

    def _rank(self, scored: Array, lang: str) -> list[_Ranks]:
        """Compare the languages for all texts at once."""
        seen = ~np.isnan(scored).all(axis=1)
        filled = np.where(np.isnan(scored), -np.inf, scored)
        own = [self._index[code] for code in siblings(lang) if code in self._index]
        mine = filled[:, own].max(axis=1, initial=-np.inf)
        tops = [_tops(filled, columns) for columns in self._rivals(lang)]
        return [_Ranks(*one) for one in zip(seen.tolist(), mine.tolist(), *tops, strict=True)]

    def _decide(
        self, case: Case, row: Array, ranks: _Ranks, evidence: Evidence, lang: str
    ) -> Verdict:
        if not case.inside:
            return self._other_script(case, row, evidence, lang)
        whole = self._whole(case, row, ranks, lang)
        if whole.kind in ("script", "sibling"):
            return whole
        if whole.kind == "wrong" and len(case.found) < FEW:
            return whole
        if whole.kind != "right" or evidence.suspicious(case.spelled):
            rows = evidence.rows(case.spelled)
            spans = foreign(case.text, case.found, rows, evidence.others)
            whole = _mixed(case, whole, rows, spans, evidence, lang)
        return self._among(case, row, whole, lang) if whole.kind == "right" else whole

    def _among(self, case: Case, row: Array, whole: Verdict, lang: str) -> Verdict:
        """Tell whether a text that passes is in the language or in a sibling."""
        others = related_languages(lang)
        if not others:
            return whole
        spelled = [word.rstrip(FIRST) for word in case.spelled if word]
        odds = {
            other: float(row[self._index[lang]] - row[self._index[other]])
            for other in (others if whole.words >= FEW else ())
            if {lang, other} in APART and {lang, other} <= self._index.keys()
        }
        label = told(spelled, case.text, lang, odds)
        if label == lang:
            return whole
        if label:
            return Verdict("wrong", label, 1.0, words=whole.words)
        reason = f"{lang} or {' or '.join(sorted(others))}: no word tells"
        return replace(whole, kind="sibling", reason=reason)

    def _whole(self, case: Case, row: Array, ranks: _Ranks, lang: str) -> Verdict:
        """Judge the text as one, by its likeliest language."""
        n = len(case.found)
        if 1 < n < FEW and not any(word.rstrip(FIRST) == word != "" for word in case.spelled):
            return Verdict("short", words=n, reason="it may be a name")
        if other := variety(case.text, lang):
            return Verdict("script", other, 1.0, words=n)
        if verdict := _han(case.text, lang, n):
            return verdict
        if siblings(lang).isdisjoint(self._index):
            return self._stranger(case, row, lang)
        if not ranks.seen:
            return Verdict("unjudged", words=n, reason="the identifier saw nothing it knows")
        _, mine, near, big, full = ranks
        top = max(near, big)
        if big[0] - mine >= (WRONG if n >= FEW else WRONG_FEW) or near[0] - mine >= NEAR_WRONG:
            label = full[1] if full[0] - top[0] >= SECOND else top[1]
            return Verdict("wrong", label, 1.0, words=n)
        if full[0] - mine >= SECOND and n >= FEW:
            return Verdict("wrong", full[1], 1.0, words=n)
        kind = "short" if n < FEW else "unjudged"
        if big[0] - mine > -RIGHT:
            return Verdict(kind, words=n, reason=f"{lang} or {big[1]}: too close to call")
        if near[0] - mine > NEAR:
            return Verdict(kind, words=n, reason=f"{lang} or {near[1]}: too close to call")
        return Verdict("right", lang, words=n)

    def _rivals(self, lang: str) -> tuple[_Columns, _Columns, _Columns]:
        """Give the columns of the neighbours, the big languages and all others."""
        if lang not in self._sets:
            near = neighbours(lang)
            others = frozenset(self.labels) - siblings(lang)
            sets = (near, frozenset(BIG) - siblings(lang) - near, others)
            self._sets[lang] = tuple(self._columns(one) for one in sets)  # type: ignore[assignment]
        return self._sets[lang]

    def _columns(self, among: Iterable[str]) -> _Columns:
        codes = sorted((code for code in among if code in self._index), reverse=True)
        return np.array([self._index[code] for code in codes], dtype=int), codes

    def _written(self, script: str, but: str = "") -> tuple[_Columns, _Columns]:
        """Give the columns of languages in a script, all but one and its relatives, and the big."""
        if (script, but) not in self._scripts:
            left_out = siblings(but) | neighbours(but) | {but} if but else frozenset()
            found = {code for code in self.labels if script in t.scripts(code)} - left_out
            self._scripts[script, but] = self._columns(found), self._columns(found & set(BIG))
        return self._scripts[script, but]

    def _other_script(self, case: Case, row: Array, evidence: Evidence, lang: str) -> Verdict:
        """Judge a text that is in another script as a whole or for the most part."""
        n, others = len(case.found), case.words(own=False)
        if any(case.own) and not any(case.spelled):
            return Verdict("short", words=n, reason="it may be a name")
        label = self._named(row, t.main_script(" ".join(others)), lang)
        unknown = label.startswith("und-")
        share = len(others) / n
        if share > 1.0 - KEPT:
            return Verdict("script" if unknown else "wrong", label, 1.0, words=n)
        if unknown and len(others) < FEW:  # so few that each word has to speak for itself
            rows = evidence.rows(case.spelled)
            spans = foreign(case.text, case.found, rows, evidence.others)
            label = next((span.lang for span in spans if span.lang != "und"), label)
        spans = [
            Span(start, end, case.text[start:end], label, words)
            for start, end, words in case.stretches()
        ]
        return Verdict("mixed", label, share, tuple(spans), n)

    def _named(self, row: Array, written: str, lang: str) -> str:
        """Name the language of words in another script, or else the script."""
        unknown = f"und-{written}"
        fitting, big_ones = self._written(written)
        score, label = _top(row, fitting)
        if not label:
            return unknown
        big_score, big = _top(row, big_ones)
        if big and score - big_score < WRONG_FEW:
            score, label = big_score, big
        second, _ = _top(row, self._written(written, label)[0])
        sure = score - second >= (WRONG if label in BIG else STRANGE)
        # the identifier hardly knows a language in its other scripts
        own = label in siblings(lang) or (
            label not in BIG and written in find_language(lang).scripts
        )
        return label if sure and not own else unknown

    def _stranger(self, case: Case, row: Array, lang: str) -> Verdict:
        """Judge by script and by English words what the identifier doesn't know."""
        n = len(case.found)
        if _alone(lang):
            # an identifier that hears English in this script hears it everywhere: don't pass it
            score, big = _top(row, self._columns(BIG))
            second, _ = _top(row, self._columns(set(BIG) - {"en"}))
            if big == "en" and score - second >= WRONG:
                return Verdict("wrong", big, 1.0, words=n)
            return Verdict("right", lang, words=n)
        english = sum(word.rstrip(FIRST) in COMMON_ENGLISH for word in case.spelled)
        if "Latn" in t.scripts(lang) and n >= FEW and english >= 0.3 * n:
            return Verdict("wrong", "en", 1.0, words=n)
        return Verdict("unjudged", words=n, reason=f"the identifier does not know {lang}")


def _spelled(verdict: Verdict, text: str) -> Verdict:
    """Give the spans as they stand in the text, with what was masked in them."""
    spans = tuple(one._replace(text=text[one.start : one.end]) for one in verdict.spans)
    return replace(verdict, spans=spans) if spans else verdict


def _top(row: Array, columns: _Columns) -> tuple[float, str]:
    """Find the largest score and its language; minus infinity without one."""
    places, codes = columns
    values = row[places]
    if not codes or np.isnan(values).all():
        return -np.inf, ""
    i = int(np.nanargmax(values))
    return float(values[i]), codes[i]


def _tops(scored: Array, columns: _Columns) -> list[tuple[float, str]]:
    """Find the same for many texts, whose unknown scores are minus infinity."""
    places, codes = columns
    if not codes:
        return [(-np.inf, "")] * len(scored)
    values = scored[:, places]
    best = values.argmax(axis=1)
    top = values[np.arange(len(values)), best]
    return [
        (score, codes[i] if score > -np.inf else "")
        for score, i in zip(top.tolist(), best.tolist(), strict=True)
    ]


def _han(text: str, lang: str, n: int) -> Verdict | None:
    """Judge Chinese characters alone, where Japanese is at stake."""
    side = han(text, lang)
    if side == "both":
        other = "zh" if lang == "ja" else "ja"
        return Verdict("sibling", lang, words=n, reason=f"{lang} or {other}: characters of both")
    if side == ("zh" if lang == "ja" else "ja"):
        return Verdict("wrong", side, 1.0, words=n)
    return Verdict("right", lang, words=n) if side == lang == "ja" else None


@cache
def _alone(lang: str) -> bool:
    """Tell whether no other language that models have seen is written in the script."""
    own = t.scripts(lang)
    others = (
        other.code
        for other in languages()
        if other.seen and other.script != "Latn" and other.code not in siblings(lang)
    )
    return bool(own) and not any(own & t.scripts(code) for code in others) and own != {"Latn"}


def _mixed(
    case: Case, whole: Verdict, rows: Array, spans: list[Span], evidence: Evidence, lang: str
) -> Verdict:
    """Bring the verdict on a whole text together with its foreign words."""
    n = len(case.found)
    counts: Counter[str] = Counter()
    for span in spans:
        counts[span.lang] += span.words
    share = sum(counts.values()) / n if n else 0.0
    main = counts.most_common(1)[0][0] if counts else ""
    if whole.kind == "wrong":
        if whole.lang not in evidence.others:
            return whole
        column = evidence.others.index(whole.lang)
        own = foreign(case.text, case.found, -rows[:, [column]], [lang])
        kept = sum(span.words for span in own) / n
        if kept < KEPT or not spans:
            return whole
        return Verdict("mixed", whole.lang, 1.0 - kept, tuple(spans), n)
    if not spans:
        return replace(whole, words=n)
    if share >= 1.0 - MIXED:
        return Verdict("wrong", main, 1.0, words=n)
    if share >= MIXED or max(span.words for span in spans) >= RUN:
        if whole.kind == "right" or share >= 0.3 or n >= FEW:
            return Verdict("mixed", main, share, tuple(spans), n)
    return replace(whole, share=share, spans=tuple(spans), words=n)
