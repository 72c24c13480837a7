"""``python -m launcher.audit``: known holes in what the wallet is made of, asked of the public lists. ``make audit``.

Python's packages as they are installed, the browser's as reflex.lock names them. Needs the internet: where a list
cannot be reached, nothing is known, and that is a failure, too.

Exit status: 0 where no hole is known, 1 otherwise.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from launcher.licences import LOCK
from launcher.parts import BIN, ROOT


@dataclass(frozen=True, slots=True)
class Audit:
    """One list, and who asks it."""

    packages: str
    command: tuple[str, ...]
    folder: Path


#: Strict: a package that the list does not know is not taken for one without holes.
PYTHON: Final = Audit(
    "Python", (sys.executable, "-m", "pip_audit", "--local", "--strict", "--progress-spinner=off"), ROOT
)
INTERFACE: Final = Audit("the interface", (str(BIN / "bun"), "audit"), LOCK.parent)


def main(audits: tuple[Audit, ...] = (PYTHON, INTERFACE)) -> int:
    """Asks all of them, also where one has found something. Answers the exit status."""
    bad = [audit.packages for audit in audits if not _is_good(audit)]
    if bad:
        sys.stderr.write(
            f"\nNot known to be without holes: the packages of {' and of '.join(bad)}. "
            "What stands above are the holes, or why the list could not be asked.\n"
        )
    return 1 if bad else 0


def _is_good(audit: Audit) -> bool:
    print(f"--- The packages of {audit.packages}", flush=True)
    return subprocess.run(audit.command, cwd=audit.folder, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
