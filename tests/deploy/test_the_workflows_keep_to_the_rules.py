"""Delivery by GitHub Actions: pinned, least permissions, every supported Python, every setting in the runbook."""

import re
from itertools import pairwise

from launcher.bootstrap import OTHER_PYTHONS
from tests.architecture.source import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    used = [line.strip() for line in TEXT.splitlines() if re.search(r"\buses:", line)]
    others = [line for line in used if "uses: ./" not in line]
    assert len(others) > 5
    for line in others:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_nothing_is_permitted_but_what_a_job_asks_for() -> None:
    for path in WORKFLOWS:
        assert "\npermissions: {}\n" in path.read_text(encoding="utf-8"), path.name
    assert set(re.findall(r"^ +([\w-]+: write)", TEXT, re.MULTILINE)) == {"packages: write"}


def test_make_test_runs_on_every_python_that_the_launcher_looks_for() -> None:
    (versions,) = re.findall(r"python: \[(.*)\]", TEXT)
    assert {f"python{version}" for version in re.findall(r'"([\d.]+)"', versions)} == set(OTHER_PYTHONS)
    assert "- run: make test\n" in TEXT


def test_compose_is_tried_as_from_a_clean_checkout_before_anything_else_has_built_the_image() -> None:
    job = TEXT.partition("    name: make image-test\n")[2].partition("\n  lint:\n")[0]
    ran = re.findall(r"- run: (.*)", job)
    assert ran[0] == "docker compose up --detach"
    assert ran[1].endswith(" https://localhost/signin")
    assert ran[-1] == "make image-test"


def test_what_is_released_was_checked_and_built_before() -> None:
    deliver = (ROOT / ".github" / "workflows" / "deliver.yml").read_text(encoding="utf-8")
    jobs = re.split(r"^  (\w+):\n", deliver.partition("\njobs:\n")[2], flags=re.MULTILINE)[1:]
    assert jobs[::2] == ["check", "image", "release"]
    for before, (name, lines) in pairwise(zip(jobs[::2], jobs[1::2], strict=True)):
        assert f"needs: {before[0]}\n" in lines, name


def test_no_text_of_somebody_elses_becomes_part_of_a_command() -> None:
    for line in re.findall(r"run: (.*(?:\n {10,}.*)*)", TEXT):
        assert "${{" not in line


def test_every_setting_and_secret_stands_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"(?:secrets|vars)\.(\w+)", TEXT)):
        assert f"`{name}`" in runbook, name
