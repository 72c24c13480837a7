"""The containers of ``compose.yaml``: app, database, and the bank's door, without which no money arrives."""

import re
from importlib.util import find_spec

from tests.architecture.source import ROOT

#: What a plain ``docker compose up`` must bring up.
NEEDED = ("app", "webhook", "postgres")


def read_services(text: str) -> dict[str, str]:
    """The lines of each service. The file is written by us, with two spaces a level: no parser of YAML is needed."""
    (services,) = re.findall(r"^services:\n((?:(?:  .*)?\n)*)", text, re.MULTILINE)
    parts = re.split(r"^  ([\w-]+):\n", services, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_what_is_needed_is_started() -> None:
    services = read_services((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    for name in NEEDED:
        assert name in services
        assert "profiles:" not in services[name], f"{name} would only start when it is asked for"


def test_the_webhook_is_our_webhook_and_can_be_reached() -> None:
    webhook = read_services((ROOT / "compose.yaml").read_text(encoding="utf-8"))["webhook"]
    (module,) = re.findall(r"command: \[python, -m, (\w+)\]", webhook)
    assert module == "webhook"
    assert find_spec(f"{module}.__main__") is not None
    assert re.search(r'ports: \["(?:[\d.]+:)?\d+:8001"\]', webhook)


def test_this_test_sees() -> None:
    text = "services:\n  app:\n    image: a\n\n  webhook:\n    profiles: [dev]\n\nvolumes:\n  postgres:\n"
    assert read_services(text) == {"app": "    image: a\n\n", "webhook": "    profiles: [dev]\n\n"}
