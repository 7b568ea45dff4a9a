"""One writer per folder, judged by a counter and never by clocks.

A lease is a file ``lease.N`` whose counter its holder raises every second. The
highest N holds; taking over means creating ``lease.N+1``, which only one taker
can do. Clocks and file times of other hosts play no part: a taker watches
whether the counter moves. A holder that slept through a takeover finds a higher
number, or its own file gone, and stops.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from isogloss.core.disk import reaching, unreached
from isogloss.core.errors import IsoglossError

BEAT = 1.0
"""Seconds between two beats of a holder."""
PATIENCE = 10.0
"""Seconds without a beat after which a holder counts as dead."""
WIDTH = 512
"""Bytes of a lease file; fixed, so that a beat needs no space on a full disk."""


class Held(IsoglossError):
    """Another live process writes here."""


class Lease:
    """Hold a folder for writing; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self.taken_over = False
        """Whether the holder before had not let go: it may still try to write."""
        self._token = secrets.token_hex(8)
        self._counter = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()  # no reading of the own file while it is rewritten
        self._thread: threading.Thread | None = None

    def take(self, wait: bool = False) -> Lease:
        """Take the lease, from a dead holder too.

        Args:
            wait: wait for a live holder to let go, instead of raising.

        Raises:
            Held: a live process holds it.
            IsoglossError: the folder can't be written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take(wait)
        except OSError as error:
            raise unreached(error, self.folder, "write to") from error
        self._thread = threading.Thread(target=self._beat, daemon=True, name="isogloss-lease")
        self._thread.start()
        return self

    def release(self) -> None:
        """Let go, and say so in the file, which stays to keep the numbers rising."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with suppress(OSError):
            if self.held():
                self._write(released=True)

    def held(self) -> bool:
        """Tell whether this process still holds the folder."""
        try:
            numbers = _numbers(self.folder)
        except OSError:
            return False
        if not numbers or numbers[-1] != self.number:
            return False
        return (self._read(self.number) or {}).get("token") == self._token

    def check(self) -> None:
        """Refuse to go on when another process has taken over.

        Raises:
            Held: this process was thought dead, and another writes here now.
            IsoglossError: the folder is gone.
        """
        with reaching(self.folder, "write to"):
            os.listdir(self.folder)
        if not self.held():
            raise Held(
                f"another process has taken over {self.folder} while this one stood still",
                "nothing of this process is written any more; run again when the other ends",
            )

    def __enter__(self) -> Lease:
        return self.take()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _take(self, wait: bool) -> None:
        while not self._try():
            if not wait:
                holder = self._read(_numbers(self.folder)[-1]) or {}
                raise Held(
                    f"{self.folder} is being written by process {holder.get('pid', '?')} "
                    f"on {holder.get('host', '?').split('/')[0]}",
                    "wait for it to end, or stop it; a dead one is taken over by itself",
                )
            time.sleep(BEAT)

    def _try(self) -> bool:
        numbers = _numbers(self.folder)
        last = numbers[-1] if numbers else 0
        if last:
            found = self._read(last)
            released = bool(found and found["released"])
            if not released and self._alive(last, found):
                return False
            self.taken_over = not released
        self.number = last + 1
        try:
            handle = os.open(self._path(self.number), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return False
        os.close(handle)
        self._write()
        for number in numbers:
            self._path(number).unlink(missing_ok=True)
        return True

    def _alive(self, number: int, found: dict[str, Any] | None) -> bool:
        if found and found["host"] == _host() and not _running(found["pid"]):
            return False
        start = found["counter"] if found else None
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            time.sleep(min(BEAT, PATIENCE) / 4)
            if _numbers(self.folder)[-1:] != [number]:
                return True
            now = self._read(number)
            if now is not None and now["released"]:
                return False
            if now is not None and now["counter"] != start:
                return True
        return False

    def _beat(self) -> None:
        while not self._stop.wait(BEAT):
            self._counter += 1
            try:
                if not self.held():
                    return
                self._write()
            except OSError:
                continue  # a network disk may be away for a while; commits check again

    def _path(self, number: int) -> Path:
        return self.folder / f"lease.{number}"

    def _read(self, number: int) -> dict[str, Any] | None:
        try:
            with self._lock:
                found: dict[str, Any] = json.loads(self._path(number).read_bytes())
        except (OSError, ValueError):
            return None  # just created, just removed, or being overwritten by its holder
        return found

    def _write(self, released: bool = False) -> None:
        value = {
            "host": _host(),
            "pid": os.getpid(),
            "token": self._token,
            "counter": self._counter,
            "released": released,
        }
        with self._lock:
            handle = os.open(self._path(self.number), os.O_WRONLY)  # never recreates a removed one
            try:
                os.write(handle, json.dumps(value).ljust(WIDTH).encode())
            finally:
                os.close(handle)


def _numbers(folder: Path) -> list[int]:
    names = [name[6:] for name in os.listdir(folder) if name.startswith("lease.")]
    return sorted(int(name) for name in names if name.isdigit())


def _running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _host() -> str:
    """Name the space in which a process number means something.

    Containers can share a host's name and still not see each other's processes.
    """
    parts = [platform.node()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            parts.append(os.readlink(path) if "ns" in path else Path(path).read_text().strip())
        except OSError:
            continue
    return "/".join(parts)
