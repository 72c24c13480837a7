"""``python -m launcher.app``: builds the pages of the interface and becomes the app that serves them."""

import os
import subprocess
import sys
from typing import Final

from launcher.parts import BIN

BUILD: Final = (str(BIN / "reflex"), "export", "--frontend-only", "--no-zip")

if __name__ == "__main__":
    if status := subprocess.call(BUILD):
        sys.exit(status)
    os.execv(sys.executable, (sys.executable, "-m", "wallet_app"))
