"""Judge a study's claims by its rows: supported, refuted, undecided or not tested."""

from isogloss.claim.verdict import Verdict, verdicts

__all__ = ["Verdict", "verdicts"]
