"""What an earlier launcher left behind when it was killed, found by a mark that its processes carry.

The mark is an environment variable with the data directory. Unlike a number in a file it is never another process's,
not after a restart of the machine either; and what a process started itself carries it, too.
"""

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

MARK: Final = "WALLET_STARTED_FROM"

#: To finish what is in flight; the longest stop of a part takes about that long.
GRACE_S: Final = 10
LOOK_EVERY_S: Final = 0.05


def find_leftovers(data_dir: Path) -> list[psutil.Process]:
    """All processes that a launcher on this data directory started, directly or not. A dead one, for which nobody has
    waited yet, is none.
    """
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(data_dir):
                found.append(process)
    return found


def stop_leftovers(data_dir: Path, grace_s: int = GRACE_S) -> int:
    """Stops them, politely first. Answers how many there were."""
    leftovers = find_leftovers(data_dir)
    _signal_all(leftovers, signal.SIGTERM)
    _signal_all(leftovers, signal.SIGCONT)  # one that was suspended could not end
    if not _are_gone(data_dir, grace_s):
        _signal_all(find_leftovers(data_dir), signal.SIGKILL)
        _are_gone(data_dir, grace_s)
    return len(leftovers)


def _are_gone(data_dir: Path, within_s: int) -> bool:
    deadline = time.monotonic() + within_s
    while find_leftovers(data_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_S)
    return True


def _signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)  # psutil compares the start time first: the number may be another one's by now
