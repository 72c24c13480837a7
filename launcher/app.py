"""``python -m launcher.app``: builds the pages of the interface, unless they are there, and becomes the app that serves
them. A build takes most of a start, and whoever restarts a stopped app should not wait for one.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from launcher.parts import BIN, ROOT
from wallet_core.config import get_settings

BUILD: Final = (str(BIN / "reflex"), "export", "--frontend-only", "--no-zip")

#: What pages are made of, besides the settings: files, or folders with all that is in them. The versions of packages
#: stand in constraints.txt, those of the browser's in reflex.lock.
SOURCES: Final = ("rxconfig.py", "wallet_app", "wallet_core", "assets", "reflex.lock", "constraints.txt")

#: In the folder of the build, below what Reflex clears away: where the pages are, and what they were made of.
PAGES: Final = Path("build", "client")
STAMP: Final = "built-from"

#: Settings of Reflex that are in no file.
REFLEX_PREFIX: Final = "REFLEX_"


def build(web: Path, command: Sequence[str] = BUILD, root: Path = ROOT) -> int:
    """Makes the pages with this command, unless those in ``web`` are of the same sources, settings and place. Answers
    the command's exit status, 0 where nothing was to be done.
    """
    stamp = web / STAMP
    made_from = _fingerprint(web, command, root)
    if (web / PAGES).is_dir() and stamp.is_file() and stamp.read_text() == made_from:
        return 0
    # A build that is cut off leaves pages that nobody vouches for.
    stamp.unlink(missing_ok=True)
    status = subprocess.call(command, cwd=root)
    if status == 0:
        stamp.write_text(made_from)
    return status


def _fingerprint(web: Path, command: Sequence[str], root: Path) -> str:
    digest = hashlib.sha256()
    options = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(REFLEX_PREFIX))
    # Settings show no secrets in their repr, and no page has any.
    for said in (sys.version, str(web.resolve()), *command, repr(get_settings()), *options):
        digest.update(said.encode() + b"\0")
    for path in _files(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        source = root / name
        found = [source] if source.is_file() else sorted(source.rglob("*"))
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


if __name__ == "__main__":
    if failed := build(Path(os.environ["REFLEX_WEB_WORKDIR"])):
        sys.exit(failed)
    os.execv(sys.executable, (sys.executable, "-m", "wallet_app"))
