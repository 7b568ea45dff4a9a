"""What can be said of one text's language, and what counts as right or judged."""

from __future__ import annotations

from dataclasses import dataclass

from isogloss.fidelity.span import Span

KINDS = (
    "right", "sibling", "mixed", "wrong", "script", "copied", "repeated", "empty", "short",
    "unjudged",
)  # fmt: skip
PASSED = ("right", "sibling")
NOT_JUDGED = ("short", "unjudged")
MEANING = {
    "right": "in the expected language",
    "sibling": "in the expected language, or in a close relative that can't be told from it",
    "mixed": "in the expected language and another",
    "wrong": "in another language",
    "script": "in another script, or in the other variety of the script",
    "copied": "the input's own words",
    "repeated": "a few words or letters without end",
    "empty": "nothing visible",
    "short": "too little text to tell",
    "unjudged": "the identifier can't tell, and the reason says why",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """In which language a text is, where another was expected or not."""

    kind: str
    """One of ``KINDS``."""
    lang: str = ""
    """The language found: the expected one, the one instead of it, the main one mixed in."""
    share: float = 0.0
    """Share of the words that are foreign."""
    spans: tuple[Span, ...] = ()
    """The foreign words, in order."""
    words: int = 0
    """Words, or pieces of at most eight letters in a script without spaces."""
    reason: str = ""
    """Why it is not judged, or what it can't be told from."""

    @property
    def judged(self) -> bool:
        """Whether the text counts in the rate."""
        return self.kind not in NOT_JUDGED

    @property
    def right(self) -> bool:
        """Whether the text as a whole passes for the expected language."""
        return self.kind in PASSED

    def __str__(self) -> str:
        if self.kind in ("wrong", "mixed", "script") and self.lang:
            return f"{self.kind}:{self.lang}"
        return self.kind
