"""The folder names are the architecture, and the imports keep to it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, python_files

#: A module that is not loaded by the webhook: the interface, its server, and what they bring.
_FOREIGN_TO_WEBHOOK = ("reflex", "wallet_app", "bank_simulator", "launcher")

#: A file longer than this has two subjects.
MAX_LINES = 400


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def test_import_linter_keeps_every_contract() -> None:
    done = _run(sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_webhook_never_loads_the_interface() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in python_files("webhook")
        if path.name not in ("__init__.py", "__main__.py")
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print([name for name in sys.modules if name.partition('.')[0].startswith({_FOREIGN_TO_WEBHOOK!r})])"
    )
    done = _run(sys.executable, "-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", ["wallet_core", "wallet_app"])
def test_package_inits_stay_empty(package: str) -> None:
    """Importing a package does nothing: no hidden order, no start-up cost for who needs one module of it."""
    assert (ROOT / package / "__init__.py").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("package", ["wallet_core", "wallet_app", "webhook", "bank_simulator", "launcher"])
def test_files_stay_readable(package: str) -> None:
    long = {str(path.relative_to(ROOT)): lines for path in python_files(package) if (lines := _lines(path)) > MAX_LINES}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
