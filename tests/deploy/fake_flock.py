"""Stands for ``flock --nonblock NUMBER`` where there is none (macOS): a real lock on a file that is open."""

import fcntl
import sys

if __name__ == "__main__":
    try:
        fcntl.flock(int(sys.argv[2]), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(1)
