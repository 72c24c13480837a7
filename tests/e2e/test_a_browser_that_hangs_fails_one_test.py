"""Not the product, but what it is tested with: Playwright waits without an end for a browser that does not answer."""

import pytest
from playwright.sync_api import Error

from tests.e2e.chromium import Chromium

NEVER = "new Promise(() => {})"


def test_whoever_waits_for_it_is_told_and_the_next_test_has_another(chromium: Chromium) -> None:
    with chromium.watched(0.5) as browser:
        page = browser.new_page()
        with pytest.raises(Error, match="closed"):
            page.evaluate(NEVER)
        assert not browser.is_connected()
    with chromium.watched(60) as other:
        assert other.new_page().evaluate("1 + 1") == 2
        other.contexts[0].close()
