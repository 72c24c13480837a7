"""A database server of a test's own, which it may kill without harm to others."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from alembic import command
from tests.conftest import alembic_config
from wallet_core import db
from wallet_core.embedded_postgres import EmbeddedPostgres


@contextmanager
def own_server() -> Iterator[EmbeddedPostgres]:
    """Migrated, with fsync on; this process's core uses it."""
    folder = Path(tempfile.mkdtemp(prefix="wallet-", dir="/tmp"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "pg")
    try:
        url = server.start()
        command.upgrade(alembic_config(url), "head")
        db.configure(url)
        yield server
    finally:
        db.dispose()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def kill_server(server: EmbeddedPostgres) -> None:
    """SIGKILL to the server and each of its processes, as the machine's out-of-memory killer may do."""
    postmaster = psutil.Process(int((server.data_folder / "postmaster.pid").read_text().split("\n")[0]))
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(family, timeout=10)
