"""Choose among learning rates after the fact, by a named policy over rows."""

from isogloss.analysis.select.choice import Budget, Choice
from isogloss.analysis.select.choose import choose, choose_all
from isogloss.analysis.select.policy import Policy
from isogloss.analysis.select.selection import POLICIES, Selection

__all__ = ["POLICIES", "Budget", "Choice", "Policy", "Selection", "choose", "choose_all"]
