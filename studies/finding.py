"""Write a study's finding: a page in markdown, with pictures and evidence in a folder beside it.

    python studies/finding.py out/collapse docs/findings/collapse.md
    python studies/finding.py docs/findings/collapse/evidence.tar.xz again/collapse.md

The first argument is a results folder, or packed evidence, of which the page is made again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from isogloss.analysis.archive import Packed
from isogloss.core.errors import IsoglossError
from isogloss.store import Store
from page import finding


def write(source: Path, target: Path) -> list[Path]:
    """Write the page, its pictures and its evidence.

    Raises:
        IsoglossError: no results, or a page that is no markdown.
    """
    if not source.is_file() and not (source / "runs").is_dir():
        raise IsoglossError(f"no results in '{source}'", "give the folder that --out of run named")
    if target.suffix != ".md":
        raise IsoglossError(
            f"a finding is a page in markdown, not '{target.name}'", "name it NAME.md"
        )
    return finding.write(Packed(source) if source.is_file() else Store(source), target)


def main(*words: str) -> int:
    """Do what the command line says; give its exit code."""
    if len(words) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(*write(*map(Path, words)), sep="\n")
    except IsoglossError as error:
        print(f"isogloss: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
