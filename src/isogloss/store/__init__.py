"""Append-only run folders, and everything that is derived from them."""

from isogloss.store.broken import Broken, sparing
from isogloss.store.find import find
from isogloss.store.folder import RunFolder
from isogloss.store.lease import Held, Lease
from isogloss.store.results import Results
from isogloss.store.show import Shown
from isogloss.store.store import Store

__all__ = ["Broken", "Held", "Lease", "Results", "RunFolder", "Shown", "Store", "find", "sparing"]
