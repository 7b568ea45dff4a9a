"""The command line, called in the tests' own process."""

from __future__ import annotations

from isogloss.cli import main


def call(*args: object) -> int:
    """Run a command in this process and give its exit code."""
    try:
        main([str(arg) for arg in args])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
