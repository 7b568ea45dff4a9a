"""The other inputs of a test set, on which an answer depends; they come with the question."""

from isogloss.core.material import Material

MATERIAL = Material(langs=None)
