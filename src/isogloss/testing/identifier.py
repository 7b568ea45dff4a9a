"""Conformance of identifiers: codes of the registry, and rows that stand alone."""

from __future__ import annotations

import inspect
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from isogloss import plugin
from isogloss.core.identifier import Identifier
from isogloss.language.registry import find_language
from isogloss.testing.source import documented, light

TEXTS = (
    "The river rose by three metres after two days of heavy rain.",
    "Река поднялась на три метра после двух дней сильного дождя.",
    "แม่น้ำสูงขึ้นสามเมตรหลังจากฝนตกหนักสองวัน",
    "two\nlines",
    "",
)


def check_identifier(name: str) -> None:
    """Assert that an identifier keeps to the rules.

    Its file imports nothing heavy and says what it is; its labels are codes of
    the registry, each once; its rows have a score for each and don't depend on
    the other texts. Labels and scores are looked at where its package is installed.
    """
    plug: Identifier = plugin.find("identifier", name)
    module = inspect.getmodule(plug.open)
    assert module is not None
    light(module)
    documented(module, name)
    assert plug.version, f"{name} has no version"
    assert plug.signature.startswith(name), f"{name}: the signature does not name it"
    if plug.takes or not _installed(plug.package):
        return
    check_scores(plug)


def check_scores(plug: Identifier) -> None:
    """Assert what a loaded identifier's labels and scores are."""
    labels = plug.labels
    assert len(set(labels)) == len(labels), f"{plug.name}: a label is there twice"
    for label in labels:
        assert find_language(label).code == label, (
            f"{plug.name}: '{label}' is no code of the registry"
        )
    scores = np.asarray(plug.scores(TEXTS))
    assert scores.shape == (len(TEXTS), len(labels)), f"{plug.name}: scores are (texts, labels)"
    assert np.isnan(scores[-1]).all(), f"{plug.name}: nothing is seen in an empty text"
    again = np.asarray(plug.scores(TEXTS[1:2]))
    assert np.allclose(scores[1:2], again), f"{plug.name}: other texts move a score"
    assert labels[int(scores[1].argmax())] == "ru", f"{plug.name}: Russian is not told"


def _installed(package: str) -> bool:
    try:
        version(package)
    except (PackageNotFoundError, ValueError):
        return not package
    return True
