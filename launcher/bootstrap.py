"""Stage one of every ``make`` target: a virtual environment with what a requirements file asks for; then the program.

What that needs in turn is installed in the versions of constraints.txt.

``python3 -m launcher.bootstrap requirements.txt launcher`` is what ``make run`` calls. Only the standard library is
used here, and only what an old Python still reads, so that whoever has one gets a sentence and no traceback.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

OLDEST_PYTHON = (3, 11)

#: Tried, newest first, where ``python3`` is older than that.
OTHER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")

#: Tried where ``python3`` was built without its optimizations: whoever builds a distribution leaves them on.
SYSTEM_PREFIX = "/usr"
SYSTEM_PYTHON = SYSTEM_PREFIX + "/bin/python3"

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"

#: Of what pip said, this much is shown when it fails.
PIP_LINES_SHOWN = 15


class CannotSetUp(Exception):
    """Its text tells the person what to do."""


def main(arguments: list[str]) -> None:
    """Arguments: a requirements file, the module to run, and that module's own arguments. Does not return."""
    requirements, module, *rest = arguments
    try:
        _use_a_new_python(arguments)
        _use_a_quick_python(arguments)
        _prepare(ROOT / requirements)
    except CannotSetUp as error:
        sys.exit("\n%s" % error)  # noqa: UP031 - see the top
    except KeyboardInterrupt:
        sys.exit(130)
    # The same process goes on, so that a signal to it, or to make, arrives where it belongs.
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-m", module, *rest])


def _use_a_new_python(arguments: list[str]) -> None:
    if tuple(sys.version_info) >= OLDEST_PYTHON:
        return
    for name in OTHER_PYTHONS:
        path = shutil.which(name)
        if path:
            os.execv(path, [path, "-m", "launcher.bootstrap", *arguments])
    have = ".".join(str(part) for part in sys.version_info[:2])
    raise CannotSetUp(
        f"The wallet needs Python 3.11 or newer, and this is {have}. "
        "Install a newer one, or name it: make PYTHON=/path/to/python3 ..."
    )


def _use_a_quick_python(arguments: list[str]) -> None:
    """Built from source without ``--enable-optimizations``, as pyenv does unless it is told, Python needs a third more
    time for everything. A Python that somebody named (make PYTHON=...) is taken as it is.
    """
    if _is_quick() or "PYTHON" in os.environ:
        return
    can = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        done = subprocess.run([SYSTEM_PYTHON, "-c", can], capture_output=True, check=False)
    except OSError:
        return
    if done.returncode == 0:
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, "-m", "launcher.bootstrap", *arguments])


def _is_quick() -> bool:
    options = str(sysconfig.get_config_var("CONFIG_ARGS"))
    return sys.base_prefix == SYSTEM_PREFIX or "--enable-optimizations" in options


def _prepare(requirements: Path) -> None:
    # Two makes at once must not install into the same folder. The file that is locked is never written.
    with requirements.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = VENV / f"{requirements.name}.installed"
        wanted = _fingerprint(requirements)
        if _read(stamp) == wanted and VENV_PYTHON.exists():
            return
        if not _fits():
            _make_venv()
        _install(requirements)
        stamp.write_text(wanted)


def _fingerprint(requirements: Path) -> str:
    """Changes with the files' text, with Python, and with the place: a virtual environment cannot be moved."""
    text = f"{_wanted_venv()}\n{_whole_text(requirements)}\n{_whole_text(CONSTRAINTS)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _whole_text(requirements: Path) -> str:
    lines = []
    for line in requirements.read_text(encoding="utf-8").splitlines():
        included = line.split()[1:2] if line.startswith("-r ") else []
        lines.append(_whole_text(requirements.parent / included[0]) if included else line)
    return "\n".join(lines)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _fits() -> bool:
    """Whether a virtual environment is there, at this very place, and runs this very Python."""
    command = [str(VENV_PYTHON), "-c", "import sys, pip; print(sys.version_info[:2], sys.base_prefix, sys.prefix)"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return False
    scripts = _read(VENV / "bin" / "pip").split("\n")[0]
    return answer == _wanted_venv() and str(VENV) in scripts


def _wanted_venv() -> str:
    """As a virtual environment says it of itself: line of Python, where that one lies, and its own place."""
    return f"{sys.version_info[:2]} {sys.base_prefix} {VENV}"


def _make_venv() -> None:
    _say(f"Making a virtual environment in {VENV.name} ...")
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    if "ensurepip" in done.stdout:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise CannotSetUp(
            "This Python cannot make virtual environments: its module ensurepip is missing. "
            f"On Debian and Ubuntu install it with: apt-get install {package} . Then start again."
        )
    raise CannotSetUp(f"{done.stdout}\nThe virtual environment could not be made; what Python said stands above.")


def _install(requirements: Path) -> None:
    _say(f"Installing {requirements.name} (a minute or two the first time) ...")
    pip_install = [str(VENV_PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    # A person's own pip settings count (index, proxy, certificates), but this one fails in a virtual environment.
    environment = {**os.environ, "PIP_USER": "0"}
    pip = subprocess.Popen(
        [*pip_install, "--progress-bar=off", "-r", str(requirements), "-c", str(CONSTRAINTS)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    said = _follow(pip)
    if pip.wait() != 0:
        _say("".join(said[-PIP_LINES_SHOWN:]))
        raise CannotSetUp(
            f"pip could not install {requirements.name}; its last words stand above. Look at the network first "
            "(HTTPS_PROXY for a proxy, PIP_INDEX_URL for a mirror), then start again: what is done stays done."
        )


def _follow(pip: subprocess.Popen[str]) -> list[str]:
    """Shows how far pip is, in a few lines, and answers all that it said."""
    said, found = [], 0
    for line in pip.stdout or ():
        said.append(line)
        if line.lstrip().startswith("Collecting "):
            found += 1
            _say_over(f"  {found} packages found: {line.split()[1]}")
        elif line.startswith("Installing collected packages"):
            _say_over(f"  {found} packages found, installing them ...\n")
    return said


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _say_over(text: str) -> None:
    """On a terminal the line is written over; in a log only the last one, which ends in a newline, is kept."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{text[:100]}")
    elif text.endswith("\n"):
        sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
