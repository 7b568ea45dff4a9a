"""Judge what needs no identifier: emptiness, copies, loops, and the variety of Chinese."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import regex

from isogloss.fidelity import text as t
from isogloss.fidelity.loop import LETTERS as LOOP_LETTERS
from isogloss.fidelity.loop import NUMBER, UNIT, spell
from isogloss.fidelity.loop import WORDS as LOOP_WORDS
from isogloss.fidelity.verdict import Verdict
from isogloss.language.registry import find_language
from isogloss.language.word import words

LETTERS = 3
"""A text with fewer letters, of scripts that have capitals, is too short."""
LONG = 12
"""Letters of a word that is searched for a loop of letters."""
STUCK = 0.3
"""Share of a text that a repetition takes up at least."""
_HANS = frozenset(
    "们这国来时会个为说对过还学开样当没发经现动长问间从两头见点给业电实话军门机进种让关"
    "员师气东车书记马听应让难写觉语谁钱亲观请无论尔义买卖飞鸡鸟龙万专与丰临丽举乐习乡乱"
)
_HANT = frozenset(
    "們這國來時會個為說對過還學開樣當沒發經現動長問間從兩頭見點給業電實話軍門機進種讓關"
    "員師氣東車書記馬聽應讓難寫覺語誰錢親觀請無論爾義買賣飛雞鳥龍萬專與豐臨麗舉樂習鄉亂"
)
_LOOP = regex.compile(rf"(\S.{{0,{UNIT - 1}}}?)\1{{{LOOP_LETTERS - 1},}}", flags=regex.S)


def plain(text: str, masked: str, asked: str) -> Verdict | None:
    """Judge what needs no identifier: nothing there, a copy, a loop, too few letters.

    Args:
        text: what is judged.
        masked: the same without what is no text.
        asked: the input, masked.
    """
    if not t.visible(text):
        return Verdict("empty")
    if asked and _copies(masked, asked):
        return Verdict("copied")
    if _stuck(masked):
        return Verdict("repeated")
    total = t.letters(masked, LETTERS)
    if not total:
        return Verdict("unjudged", reason="no letters")
    if total < LETTERS and masked.lower() != masked.upper():
        return Verdict("short", words=1, reason="too few letters")
    return None


def _copies(text: str, asked: str) -> bool:
    if text == asked:
        return t.visible(text)
    # the words of two texts can only agree where their lengths are near
    lengths = sorted(sum(map(len, one.split())) for one in (text, asked))
    return lengths[1] < 2 * lengths[0] and words(text) == words(asked) != []


def _stuck(text: str) -> bool:
    """Tell whether a good part of a text is one piece, over and over."""
    pieces = text.split()
    whole = [piece for piece in pieces if len(piece) >= LONG]
    long = [part for piece in whole for part in NUMBER.split(piece) if len(part) >= LONG]
    looped = sum(len(m[0]) for part in long for m in _LOOP.finditer(part))
    if long and looped >= STUCK * len(" ".join(pieces)):
        return True
    spelled = spell(text)
    if len(spelled) - len(set(spelled)) < LOOP_WORDS - 1:
        return False
    return _looped(spelled) >= STUCK * len(spelled)


def _looped(items: Sequence[str]) -> int:
    """Measure the longest stretch in which a piece stands ``LOOP_WORDS`` times or more."""
    known = {item: i for i, item in enumerate(dict.fromkeys(items))}
    ids = np.array([known[item] for item in items])
    longest = 0
    for unit in range(1, min(UNIT, len(items) // LOOP_WORDS) + 1):
        least = unit * (LOOP_WORDS - 1)
        same = ids[:-unit] == ids[unit:]
        if int(same.sum()) < least:
            continue
        breaks = np.flatnonzero(np.concatenate([[True], ~same, [True]]))
        run = int(np.diff(breaks).max()) - 1
        if run >= least:
            longest = max(longest, run + unit)
    return longest


def variety(text: str, lang: str) -> str:
    """Name the other variety of Chinese characters, where a text is written in it."""
    if lang not in ("zh", "zh-Hant"):
        return ""
    asked = find_language(lang).script
    simple = sum(letter in _HANS for letter in text)
    full = sum(letter in _HANT for letter in text)
    own, other = (simple, full) if asked == "Hans" else (full, simple)
    if other < 2 or own * 4 > other:
        return ""
    return "zh-Hant" if asked == "Hans" else "zh"
