"""Stands for ``ssh`` in the tests beside it: runs the command here, in a folder that belongs to that host.

Writes down its options, and what the files that they name hold at that moment.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

FAKES = Path(os.environ["FAKES"])


def main(words: list[str]) -> int:
    options: dict[str, str] = {}
    files: dict[str, tuple[str, int]] = {}
    while words[0].startswith("-"):
        kind, value = words.pop(0), words.pop(0)
        name, _, setting = value.partition("=")
        options[name if kind == "-o" else kind] = setting if kind == "-o" else value
    for name in ("-i", "UserKnownHostsFile"):
        if name in options:
            path = Path(options[name])
            files[name] = (path.read_text(), path.stat().st_mode & 0o777)
    host, command = words
    with (FAKES / "ssh.jsonl").open("a") as calls:
        calls.write(json.dumps({"host": host, "command": command, "options": options, "files": files}) + "\n")
    folder = FAKES / "hosts" / host
    folder.mkdir(parents=True, exist_ok=True)
    there = {**os.environ, "FAKE_HOST": host}
    # What a machine knows is what the command says: nothing of ours goes along but the programs.
    for name in ("DEPLOY_SSH_KEY", "DEPLOY_KNOWN_HOSTS", "REGISTRY_TOKEN"):
        there.pop(name, None)
    return subprocess.run(["sh", "-c", command.replace("/srv/wallet", str(folder))], env=there, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
