"""``python -m launcher.tether PARENT COMMAND...``: becomes the command, which the system stops when the parent dies.

A launcher that is killed cannot stop what it started. Linux can do it instead: it sends SIGTERM. Elsewhere this does
nothing, and the next start of the wallet finds what was left (leftovers.py).
"""

import os
import signal
import sys
from typing import Final

#: From <linux/prctl.h>. The signal outlives execve and is not handed on by fork.
PR_SET_PDEATHSIG: Final = 1


def main(arguments: list[str]) -> None:
    """Does not return."""
    parent, *command = arguments
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)  # the parent died before the system was asked
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
