"""``python -m launcher.reset``: removes what a wallet of development keeps in its data directory, after asking.

Exit status: 0 removed or nothing there, 1 refused or not wanted.
"""

import shutil
import sys
from pathlib import Path
from typing import Final

from launcher.errors import CannotGoOn
from launcher.leftovers import stop_leftovers
from launcher.supervisor import LOCK_FILE, one_launcher
from wallet_core.config import get_settings
from wallet_core.embedded_postgres import EmbeddedPostgres
from wallet_core.errors import SettingsError

#: Only what the wallet made. WALLET_DATA_DIR may be a folder that holds other things, too.
MADE_BY_US: Final = (
    *(
        "postgres",
        "postgres.lock",
        "bank.sqlite3*",
        "secrets.env",
        "web",
        "states",
        "reflex",
        "test-browser",
        LOCK_FILE,
    ),
)


def main(arguments: list[str]) -> int:
    """Answers the exit status."""
    try:
        settings = get_settings()
        if settings.is_production:
            raise CannotGoOn("This is production (WALLET_ENV): nothing is removed.")
        if "--force" not in arguments and not _wanted(settings.data_dir):
            raise CannotGoOn("Nothing was removed.")
        with one_launcher(settings.data_dir):
            stop_leftovers(settings.data_dir)
            if (settings.data_dir / "postgres").exists():
                EmbeddedPostgres(settings.data_dir / "postgres").stop()
            _remove(settings.data_dir)
    except (CannotGoOn, SettingsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print(f"The wallet's data in {settings.data_dir} is removed.")
    return 0


def _wanted(data_dir: Path) -> bool:
    try:
        answer = input(f"Remove the wallet in {data_dir}, with all people, money and history? Type yes: ")
    except EOFError:
        return False
    return answer.strip().lower() == "yes"


def _remove(data_dir: Path) -> None:
    for pattern in MADE_BY_US:
        for path in data_dir.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    if not any(data_dir.iterdir()):
        data_dir.rmdir()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
