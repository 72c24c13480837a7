"""``wallet health``: exit status 0 where the role that this container runs answers. One check for every role."""

import http.client
import os
import sys
from pathlib import Path
from typing import Final

#: Shorter than the check's own timeout (Dockerfile), so that it ends by itself.
TIMEOUT_S: Final = 4

#: Of each role: the setting of its address, that of its port, the port without one, and what it answers itself.
DOORS: Final = {
    "app": ("WALLET_BIND_HOST", "WALLET_APP_PORT", "3000", "/_health"),
    "webhook": ("WALLET_BIND_HOST", "WALLET_WEBHOOK_PORT", "8001", "/healthz"),
    "bank": ("BANK_HOST", "BANK_PORT", "8002", "/healthz"),
}

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - only compared


def main() -> int:
    """Answers the exit status."""
    role = running_role(Path("/proc"))
    if role is None:
        sys.stderr.write("No role runs here.\n")
        return 1
    host_setting, port_setting, port, path = DOORS[role]
    host = os.environ.get(host_setting) or EVERYWHERE
    address = "127.0.0.1" if host == EVERYWHERE else host
    connection = http.client.HTTPConnection(address, int(os.environ.get(port_setting) or port), timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"{role}: {error}\n")
        return 1
    sys.stdout.write(f"{role}: {status}\n")
    return 0 if status == http.HTTPStatus.OK else 1


def running_role(processes: Path) -> str | None:
    """The first process's, or that of the first one which has a role: an init of Docker's may stand before it."""
    for number in sorted(int(folder.name) for folder in processes.iterdir() if folder.name.isdecimal()):
        try:
            environment = (processes / str(number) / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # gone meanwhile, or not ours
        for variable in environment:
            name, _, value = variable.partition(b"=")
            if name == b"WALLET_ROLE" and value.decode() in DOORS:
                return value.decode()
    return None


if __name__ == "__main__":
    sys.exit(main())
