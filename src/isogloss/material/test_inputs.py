"""The other inputs of a test set, where an answer depends on them."""

from isogloss.core.material import Material

MATERIAL = Material(langs=None)
