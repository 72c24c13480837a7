"""The sidebar knows its active item from the address alone: right after a reload, and on a deep link."""

import pytest

from tests.interface.handlers import state_at
from wallet_app.components.shell import shell
from wallet_app.paths import ADD_MONEY, ASK, HISTORY, HOME, NOTIFICATIONS, PRIVATE_PAGES, REQUESTS, SEND, SETTINGS
from wallet_app.state.navigation import NavigationState


@pytest.mark.parametrize(
    ("address", "item"),
    [
        *((path, path) for path in sorted(PRIVATE_PAGES - {ASK})),
        (f"{ASK}?form=x", REQUESTS),
        (f"{HOME}/", HOME),
        (f"{SEND}?to=00000000-0000-0000-0000-000000000002&form=x", SEND),
        (f"{ADD_MONEY}?reference=A-0123456789ABCD", ADD_MONEY),
        (f"{HISTORY}/P-0123456789ABCD", HISTORY),
        (f"{HISTORY}?month=2026-11", HISTORY),
        ("/signin", ""),
        ("/transactionsandmore", ""),
    ],
)
def test_after_a_reload(address: str, item: str) -> None:
    assert state_at(NavigationState, address).active_item == item


@pytest.mark.parametrize("path", [HOME, ADD_MONEY, SEND, REQUESTS, HISTORY, NOTIFICATIONS, SETTINGS])
def test_before_the_first_answer_the_page_itself_knows(path: str) -> None:
    """As long as the state is empty, the item of the page that is drawn counts as the active one, and only that."""
    drawn = str(shell(path, "Title", "Subtitle"))
    items = [part for part in drawn.split("jsx(ReactRouterLink,")[1:] if '"aria-current"' in part]
    own = [part for part in items if f'to:"{path}"' in part]
    assert own
    for part in items:
        condition = part.partition('"aria-current"')[2].partition('"page"')[0]
        assert NavigationState.active_item._js_expr in condition
        assert ('""' in condition) is (part in own)
