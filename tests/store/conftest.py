"""Make the writer that is started as a process importable here too."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "tests_writer", Path(__file__).with_name("writer.py")
)
assert _spec is not None
assert _spec.loader is not None
sys.modules["tests_writer"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules["tests_writer"])
