"""An interrupt that a library swallows is not lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from isogloss.core.stop import check, listening

SWALLOWS = """
import os, signal
from dataclasses import dataclass
from isogloss import Method

@dataclass(frozen=True)
class Swallows(Method):
    pass

class Handle:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass

Handle()
"""


class Swallower:
    """Is interrupted while it is thrown away."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_in_a_destructor_is_raised_at_the_next_step() -> None:
    done = []

    def work() -> None:
        with listening({signal.SIGINT: KeyboardInterrupt}):
            for step in range(5):
                check()
                done.append(step)
                if step == 1:
                    Swallower()

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [0, 1]
    check()  # it is over with its context


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_in_the_last_step_counts() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), listening({signal.SIGINT: KeyboardInterrupt}):
        Swallower()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_elsewhere_is_raised_where_it_arrives() -> None:
    done = []

    def work() -> None:
        with listening({signal.SIGINT: KeyboardInterrupt}):
            os.kill(os.getpid(), signal.SIGINT)
            done.append("more")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert not done


def test_the_command_line_ends_with_130(tmp_path: Path) -> None:
    file = tmp_path / "swallows.py"
    file.write_text(SWALLOWS)
    command = [sys.executable, "-m", "isogloss", "--plugin", str(file), "list", "tasks"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "Exception ignored" in done.stderr
    assert "isogloss: interrupted" in done.stderr
    assert done.returncode == 130
    assert done.stdout  # the command was done by then


def test_a_second_interrupt_kills() -> None:
    code = (
        "import os, signal\n"
        "from isogloss.core.stop import listening\n"
        "with listening({signal.SIGINT: KeyboardInterrupt}):\n"
        "    for _ in range(2):\n"
        "        try: os.kill(os.getpid(), signal.SIGINT)\n"
        "        except KeyboardInterrupt: pass\n"
        "print('went on')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGINT
    assert not done.stdout
