"""Which browser the tests in the browser use. A program that does not start is passed over."""

from collections.abc import Callable
from pathlib import Path

import pytest

from launcher import browser
from launcher.errors import CannotGoOn


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Makes programs on a PATH that has nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TEST_BROWSER", raising=False)
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.setattr(browser, "_playwright_path", lambda: None)

    def make(name: str, body: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make


def test_the_systems_own_is_found(program: Callable[[str, str], Path]) -> None:
    chrome = program("google-chrome", "echo Google Chrome 150")
    said: list[str] = []
    assert browser.find_browser(said.append) == chrome
    assert "Google Chrome 150" in said[-1]


def test_one_without_windows_goes_before_one_with_them(program: Callable[[str, str], Path]) -> None:
    program("chromium", "echo Chromium 150")
    headless = program("chromium-headless-shell", "echo Chromium 150")
    assert browser.find_browser(print) == headless


def test_one_that_does_not_start_is_passed_over(program: Callable[[str, str], Path]) -> None:
    program("chromium", "echo a snap without its daemon; exit 1")
    chrome = program("google-chrome", "echo Google Chrome 150")
    assert browser.find_browser(print) == chrome


def test_the_one_that_is_named_goes_first(program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    program("chromium", "echo Chromium 150")
    named = program("mine", "echo My Browser 1")
    monkeypatch.setenv("TEST_BROWSER", str(named))
    assert browser.find_browser(print) == named


def test_playwrights_own_is_installed_where_the_system_has_none(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "playwrights-own"
    monkeypatch.setattr(browser, "_playwright_path", lambda: path)
    monkeypatch.setattr(browser, "_try", lambda command: program(path.name, "echo Chromium 150"))
    assert browser.find_browser(print) == path


def test_debians_package_is_the_last_way(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    installed = tmp_path / "chromium-headless-shell"
    program(
        "apt-get",
        f'[ "$1" = install ] || exit 0\nprintf "#!/bin/sh\\necho Chromium 150\\n" > {installed}\n'
        f"/bin/chmod +x {installed}",
    )
    assert browser.find_browser(print) == installed


def test_without_any_a_person_is_told_what_to_do(program: Callable[[str, str], Path]) -> None:
    program("chromium", "exit 1")
    with pytest.raises(CannotGoOn, match="Install Chromium or Chrome, or set TEST_BROWSER"):
        browser.find_browser(print)
