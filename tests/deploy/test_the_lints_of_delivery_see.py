"""Scripts, Dockerfile and workflows are clean (make check runs the same), and what is wrong would be seen."""

import shutil
import subprocess
from pathlib import Path

import pytest

from launcher.checks import Step, delivery_lints
from tests.architecture.source import ROOT


def lints(root: Path) -> dict[str, Step]:
    return {Path(step.command[0]).name: step for step in delivery_lints(root)}


def lint(step: Step) -> subprocess.CompletedProcess[str]:
    return subprocess.run(step.command, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Of what is linted, to break."""
    for folder in ("deploy", ".github"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "Dockerfile", tmp_path)
    return tmp_path


def test_every_script_is_looked_at() -> None:
    looked_at = {Path(word).name for word in lints(ROOT)["shellcheck"].command[1:]}
    assert {"machine", "deploy", "rollback", "build", "registry.sh", "remote.sh"} <= looked_at


@pytest.mark.parametrize("program", ["shellcheck", "hadolint", "check-jsonschema", "zizmor"])
def test_all_is_clean(program: str) -> None:
    done = lint(lints(ROOT)[program])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("program", "file", "before", "after"),
    [
        ("shellcheck", "deploy/rollback", 'on_machine "$host"', "on_machine $host"),
        ("hadolint", "Dockerfile", "USER 10001", "USER root"),
        ("check-jsonschema", ".github/workflows/check.yml", "runs-on:", "runs-at:"),
        (
            "zizmor",
            ".github/workflows/check.yml",
            "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
            "a/b@v1",
        ),
        ("zizmor", ".github/workflows/deliver.yml", "persist-credentials: false", "fetch-depth: 1"),
        ("zizmor", ".github/workflows/deliver.yml", '"$GITHUB_SHA"', "${{ github.head_ref }}"),
    ],
)
def test_what_is_wrong_is_seen(copy: Path, program: str, file: str, before: str, after: str) -> None:
    text = (copy / file).read_text(encoding="utf-8")
    assert before in text
    (copy / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    assert lint(lints(copy)[program]).returncode != 0
