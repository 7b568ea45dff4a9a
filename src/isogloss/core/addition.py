"""An addition as data: what can be put into or around a network, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Addition:
    """What can be added to a network; ``models/addition/NAME.py`` holds ``ADDITION``."""

    attach: Callable[[Any, str, Mapping[str, Any]], Any]
    """(model, name, settings) -> nothing: put it in, in place, its modules under the name."""
    parameters: Callable[[Any, str], Mapping[str, Any]]
    """(model, name) -> its parameters, by their names in ``model.plain``."""
    switch: Callable[[Any, str, bool], Any]
    """(model, name, on) -> nothing: let it act, or not."""
    carries: bool = True
    """Others can be put on top of it, once it is trained."""
    table: bool = False
    """It stands at the table of embeddings, which can't be replaced any more."""
    tokens: Callable[[Mapping[str, Any]], int] = lambda settings: 0
    """Settings -> places that it takes before every input."""
    peft: Callable[[Any, str, str | None], bool] = lambda model, name, lang: False
    """(model, name, language) -> whether plain peft computes what it does, alone on a backbone."""
    save: Callable[[Any, str, Path, str | None], Any] | None = None
    """(model, name, folder, language) -> nothing: write it as peft's; None: no peft has it."""
    open: Callable[[Any, str, Mapping[str, Any], Path], Any] | None = None
    """(model, name, settings, folder) -> nothing: put back what peft wrote around the network;
    None: what was attached is filled with the tensors that export keeps."""
    writing: Callable[[Any, str], Any] = lambda net, name: None
    """(network, name) -> nothing: let what was attached to its body act at its layer that
    writes words, where it does; for a layer that the body gets for a while."""
    folded: tuple[str, ...] = ()
    """Modules that it is trained through, and whose outcome is saved in their place."""
    shown: str = "an adapter"
    """What cards call it."""
    name: str = ""
    """The file's name; set by the lookup."""


@dataclass(frozen=True)
class Added:
    """One addition of a model's stack."""

    name: str
    """What the stack knows it by; its modules in the network bear the name."""
    kind: str
    """The file that holds its ``ADDITION``."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: int | None = None
    """Seed of its random start, which runs at other seeds share; None: the run's."""
    on: bool = True
    """Whether it acts."""
