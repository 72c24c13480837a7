"""Stands for ``docker`` in the tests beside it: keeps containers in a file, and writes down what it was asked.

What shall go wrong is named by files in the folder ``trouble``: ``pull``, ``pull NAME``, ``migrate``, ``start app`` or
``start webhook`` (which leaves a container behind that does not run, as Docker does), the name of an image whose
containers never get ready, or that of an operator's command. Of the proxy, whose routes are in the file ``served``:
``reload`` (it refuses them), ``reload at first`` (once), ``reload is slow`` (while the file is there) and ``reload says
nothing`` (it takes them, and its client fails).
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

HOST = Path(os.environ["FAKES"]) / "hosts" / os.environ.get("FAKE_HOST", "here")
TROUBLE = Path(os.environ["FAKES"]) / "trouble"
CONTAINERS = HOST / "containers.json"

#: What stands before an image's id; here its name follows, so that it is found again.
ID = "sha256:"

#: Options of ``docker run`` without a value of their own.
FLAGS = {"--detach", "--read-only", "--rm"}


def main(words: list[str]) -> int:
    HOST.mkdir(parents=True, exist_ok=True)
    given = sys.stdin.read() if "--password-stdin" in words or words[:1] == ["build"] else ""
    with (HOST / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps({"words": words, "stdin": given, "has_lock": has_lock()}) + "\n")
    containers = json.loads(CONTAINERS.read_text()) if CONTAINERS.exists() else {}
    status = answer(words, containers)
    draft = CONTAINERS.with_suffix(".new")
    draft.write_text(json.dumps(containers))
    draft.replace(CONTAINERS)  # a test may be reading it
    return status


def answer(words: list[str], containers: dict[str, dict[str, object]]) -> int:
    match words:
        case ["network", "inspect", _]:
            return 0 if containers else 1
        case ["pull", image]:
            return trouble("pull") or trouble(f"pull {image.partition(':')[0].replace('/', '_')}")
        case ["run", *rest]:
            return run(rest, containers)
        case ["ps", *rest]:
            return ps(rest, containers)
        case ["exec", "wallet-proxy", *_]:
            return reload()
        case ["exec", _, "python", "-m", "wallet_core", *rest]:
            print("asked:", *rest)
            return trouble(rest[0])
        case ["exec", name, "python", *_]:
            there = containers[name]
            return 0 if there["running"] and not trouble(str(there["image"]).replace("/", "_")) else 1
        case [("start" | "stop") as verb, name]:
            containers[name]["running"] = verb == "start"
        case ["inspect", "--format", "{{.Image}}", name]:
            print(ID + str(containers[name]["image"]).encode().hex())
        case ["rm", "--force", name]:
            del containers[name]
        case ["image", "inspect", *_, tagged]:
            print("elsewhere.example/wallet@sha256:" + "0" * 64)
            # Docker has a short name for what is of its own registry.
            name = tagged.rpartition(":")[0].removeprefix("docker.io/").removeprefix("library/")
            print(f"{name}@sha256:{'5f' * 32}")
    return 0


def run(words: list[str], containers: dict[str, dict[str, object]]) -> int:
    options: dict[str, list[str]] = {}
    while words[0].startswith("--"):
        name = words.pop(0)
        options.setdefault(name, []).append("" if name in FLAGS else words.pop(0))
    image, *command = words
    if command == ["migrate"]:
        return trouble("migrate")
    name = options["--name"][0]
    if name in containers:
        return 125
    if image.startswith(ID):
        image = bytes.fromhex(image.removeprefix(ID)).decode()
    fails = bool(command) and trouble(f"start {command[0]}") == 1
    release = options.get("--label", ["="])[0].partition("=")[2]
    containers[name] = {
        "image": image,
        "command": command,
        "release": release,
        "running": not fails,
        "options": options,
    }
    return 125 if fails else 0


def reload() -> int:
    while trouble("reload is slow"):
        time.sleep(0.02)
    if trouble("reload at first"):
        (TROUBLE / "reload at first").unlink()
        return 1
    if trouble("reload"):
        return 1
    routes = HOST / "proxy" / "live.caddy"
    if routes.exists():
        shutil.copy(routes, HOST / "served")
    else:
        (HOST / "served").unlink(missing_ok=True)
    # The client has something to say, too, and ends where nobody hears it.
    print("using config from file", flush=True)
    return trouble("reload says nothing")


def ps(words: list[str], containers: dict[str, dict[str, object]]) -> int:
    filters = words[words.index("--filter") + 1]
    wanted = filters.partition("=")[2]
    asks_release = filters.startswith("label=wallet.release=")
    for name, container in containers.items():
        if filters.startswith("name="):
            fits = name == wanted.strip("^$")
        else:
            fits = container["release"] == wanted.partition("=")[2] if asks_release else bool(container["release"])
        if fits:
            print(name)
    return 0


def has_lock() -> bool:
    """Whether the machine's lock came along: what is started here would keep it."""
    try:
        os.fstat(9)
    except OSError:
        return False
    return True


def trouble(name: str) -> int:
    return 1 if (TROUBLE / name).exists() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
