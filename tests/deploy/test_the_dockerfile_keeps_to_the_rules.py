"""The Dockerfile: two stages on one exact base, the second one without tools, rights or things of this machine."""

import re

from tests.architecture.source import ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BUILD, LAST = re.split(r"^FROM base\b", TEXT, flags=re.MULTILINE)[1:]


def test_both_stages_stand_on_one_exact_base_that_stands_written_out_where_dependabot_reads_it() -> None:
    """It reads FROM lines, and fills no ARG in."""
    base, *stages = re.findall(r"^FROM (.*)$", TEXT, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})? AS base", base)
    assert stages == ["base AS build", "base"]


def test_the_last_stage_installs_nothing_and_takes_its_tools_away() -> None:
    assert not re.search(r"pip install|apt-get|curl|reflex export", LAST)
    assert "pip uninstall --yes" in LAST
    assert "ensurepip" in LAST


def test_what_runs_is_a_user_by_number_with_a_check_and_an_entry() -> None:
    assert re.findall(r"^USER (\S+)", TEXT, re.MULTILINE) == ["10001"]
    assert 'CMD ["wallet", "health"]' in LAST
    assert 'ENTRYPOINT ["wallet"]\nCMD ["app"]\n' in LAST


def test_everything_that_is_copied_is_let_in_and_nothing_else() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {word for line in re.findall(r"^COPY (?!--from)(.*)$", LAST, re.MULTILINE) for word in line.split()[:-1]}
    for path in copied:
        assert any(path == each or path.startswith(f"{each}/") for each in let_in), path
    assert not let_in & {"tests", "docs", ".git", ".data", ".env", "prove"}
