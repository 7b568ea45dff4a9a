"""Labelled examples of a target language, from the task's train and dev splits."""

from isogloss.core.material import Material

MATERIAL = Material(key="examples", short="labels", free=True)
