"""A bank that is no longer among ours takes no page from those who once added money from it."""

from uuid import UUID, uuid4

import pytest

from tests.conftest import add_onramp, bank_message
from wallet_core.banks import BANKS
from wallet_core.errors import UnknownBank
from wallet_core.ids import new_token
from wallet_core.services.activity import list_activity, read_balance, read_receipt
from wallet_core.services.notifications import list_notifications
from wallet_core.services.onramps import list_onramps, settle_onramp, start_onramp


@pytest.fixture
def orders(alice: UUID, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of a bank that has left since: one that brought money, one that failed, and one that waits."""
    references = [add_onramp(alice, paise, bank_code="SBI") for paise in (1_00, 2_00, 4_00)]
    settle_onramp(bank_message(references[0], 1_00))
    settle_onramp(bank_message(references[1], 2_00, succeeded=False))
    monkeypatch.delitem(BANKS, "SBI")
    return references


def test_every_page_calls_it_by_its_code(alice: UUID, orders: list[str]) -> None:
    assert [row.counterparty for row in list_onramps(person_id=alice)] == ["SBI"] * 3
    assert [row.counterparty for row in list_activity(person_id=alice).rows] == ["SBI"] * 3
    assert [read_receipt(person_id=alice, reference=order).counterparty for order in orders] == ["SBI"] * 3
    told = list_notifications(person_id=alice, session_id=uuid4()).notifications
    assert [notification.counterparty for notification in told] == ["SBI"] * 2
    assert read_balance(person_id=alice).on_the_way_banks == ["SBI"]


@pytest.mark.usefixtures("orders")
def test_no_new_money_is_added_from_it(alice: UUID) -> None:
    with pytest.raises(UnknownBank):
        start_onramp(person_id=alice, bank_code="SBI", amount_paise=1_00, key=new_token())
