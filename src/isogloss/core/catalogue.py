"""Where the names in recipes and runs are looked up: core asks, ``plugin`` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from isogloss.core.material import Material
    from isogloss.core.method import Method
    from isogloss.core.task import Task


class Catalogue(Protocol):
    """What knows the plug-ins by name."""

    def method(self, name: str) -> type[Method]:
        """Give a method's class."""

    def name_of(self, method_class: type[Method]) -> str:
        """Give the name under which recipes know a method's class."""

    def digest(self, group: str, name: str) -> str:
        """Tell one state of a plug-in from another; empty for the package's own."""

    def task(self, name: str) -> Task:
        """Give a task."""

    def material(self, name: str) -> Material:
        """Give a kind of supervision."""

    def readable(self) -> Collection[str]:
        """List all that can be read of a language."""


_known: list[Catalogue] = []


def use(catalogue: Catalogue) -> None:
    """Look names up here from now on; ``plugin`` says so when it is imported."""
    _known[:] = [catalogue]


def catalogue() -> Catalogue:
    """Give what knows the plug-ins; importing ``isogloss`` sets it."""
    (known,) = _known
    return known
