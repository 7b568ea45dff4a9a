"""Text that LaTeX takes as text."""

from __future__ import annotations

from isogloss.report import plain

_SPELLED = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "−": "$-$", "–": "--", "“": "``", "”": "''",
}  # fmt: skip


def escape(text: str) -> str:
    """Spell what LaTeX would read as a command."""
    return "".join(_SPELLED.get(char, char) for char in plain.tame(text))
