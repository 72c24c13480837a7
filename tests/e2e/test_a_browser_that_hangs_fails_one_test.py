"""Not the product, but what it is tested with: Playwright waits without an end for a browser that does not answer."""

import pytest
from playwright.sync_api import Error

from tests.e2e.chromium import Chromium

#: With what hangs.
PATIENCE_S = 5.0

#: With what does not, and takes a moment on a busy machine.
LONG_PATIENCE_S = 60.0

NEVER = "new Promise(() => {})"


def test_whoever_waits_for_a_page_is_told_and_the_next_test_has_another_browser(chromium: Chromium) -> None:
    with chromium.watched(LONG_PATIENCE_S) as browser:
        page = browser.new_page()
        with chromium.watched(PATIENCE_S), pytest.raises(Error, match="closed"):
            page.evaluate(NEVER)
        assert not browser.is_connected()
    _is_well(chromium)


def test_whoever_closes_what_was_opened_is_told_too(chromium: Chromium) -> None:
    with chromium.watched(LONG_PATIENCE_S) as browser:
        context = browser.new_context()
        context.new_page()
        with chromium.watched(PATIENCE_S):
            chromium.stand_still()
            with pytest.raises(Error, match="closed"):
                context.close()
    _is_well(chromium)


def _is_well(chromium: Chromium) -> None:
    with chromium.watched(LONG_PATIENCE_S) as browser:
        context = browser.new_context()
        assert context.new_page().evaluate("1 + 1") == 2
        context.close()
