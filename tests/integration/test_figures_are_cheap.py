"""Every webhook reads them every few seconds: however many messages disagreed, one row tells of them."""

from typing import Any
from uuid import UUID

import psycopg

from tests.conftest import add_onramp, bank_message
from wallet_core.services.figures import _DISPUTED, read_figures
from wallet_core.services.onramps import settle_onramp
from wallet_core.views import MessageOutcome

#: Enough for the planner to prefer an index at all.
MESSAGES = 20_000


def _row_counts(node: dict[str, Any]) -> list[int]:
    """What every step of a plan has read."""
    return [int(node["Actual Rows"]), *(count for child in node.get("Plans", []) for count in _row_counts(child))]


def test_each_message_that_disagrees_raises_the_figure(alice: UUID) -> None:
    assert read_figures().disputed_messages == 0
    reference, figures = add_onramp(alice, 5_00), []
    for _ in range(2):
        assert settle_onramp(bank_message(reference, 4_00)) is MessageOutcome.DISPUTED
        figures.append(read_figures().disputed_messages)
    assert 0 < figures[0] < figures[1]


def test_one_row_is_read_of_all_that_disagreed(superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO disputed_message (message_id, reason, reference, body)"
        " SELECT n::text, 'wrong-amount', 'A', '{}' FROM generate_series(1, %s) n",
        [MESSAGES],
    )
    superuser.execute("ANALYZE disputed_message")
    (row,) = superuser.execute(f"EXPLAIN (ANALYZE, FORMAT json) {_DISPUTED}").fetchone() or ([{}],)
    assert set(_row_counts(row[0]["Plan"])) == {1}
    assert read_figures().disputed_messages == MESSAGES
