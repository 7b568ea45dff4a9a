"""Make made-up results importable, and fill one folder with them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_path = Path(__file__).parents[1] / "report" / "made.py"
_spec = importlib.util.spec_from_file_location("tests_made", _path)
assert _spec is not None
assert _spec.loader is not None
if "tests_made" not in sys.modules:
    sys.modules["tests_made"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["tests_made"])


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory):
    """Give a store of made-up results; for reading alone."""
    import tests_made

    return tests_made.fill(tmp_path_factory.mktemp("made"))
