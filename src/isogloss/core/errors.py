"""The one error that users see, and the nearest valid name to put in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class IsoglossError(Exception):
    """Tell the user what was wrong and how to mend it.

    The command line prints both parts without a traceback and exits with ``code``.
    """

    code = 2

    def __init__(self, what: str, hint: str = "") -> None:
        self.what = what
        self.hint = hint
        super().__init__(f"{what}\n  {hint}" if hint else what)


class Errors(IsoglossError):
    """Several errors found in one reading, all shown at once."""

    def __init__(self, errors: Iterable[IsoglossError], where: str) -> None:
        self.errors = tuple(errors)
        count = len(self.errors)
        lines = "\n".join(f"- {error}" for error in self.errors)
        super().__init__(f"{where}: {count} error{'s' if count != 1 else ''}\n{lines}")


def nearest(name: str, options: Iterable[str]) -> str | None:
    """Find the option most like a name, or None when nothing is close."""
    options = list(options)
    lowered = {option.lower(): option for option in options}
    found = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.5)
    return lowered[found[0]] if found else None


def unknown(what: str, name: str, options: Iterable[str]) -> IsoglossError:
    """Build the error for a name that is not among the options."""
    options = sorted(options)
    near = nearest(name, options)
    if near:
        return IsoglossError(f"unknown {what} '{name}'", f"did you mean '{near}'?")
    listed = ", ".join(options[:12]) + (", …" if len(options) > 12 else "")
    return IsoglossError(f"unknown {what} '{name}'", f"known: {listed or 'none'}")


class Uncovered(IsoglossError):
    """A method or backbone can't serve a language; its row says so and stays empty."""


class Undeclared(IsoglossError):
    """A method asked for what it doesn't declare; no row makes up for that."""


class Failed(IsoglossError):
    """The request was right and the work failed; its parts are recorded where they ran."""

    code = 1
