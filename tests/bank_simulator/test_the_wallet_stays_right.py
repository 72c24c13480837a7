"""The bank against the real webhook, the real services and a real database: whatever it sends, or does not send."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from bank_simulator.faults import Choice
from tests.bank_simulator.process import BankProcess, eventually
from tests.webhook.bank import SECRET
from tests.webhook.process import WebhookProcess, free_port
from wallet_core import bank_client
from wallet_core.config import get_settings
from wallet_core.ids import new_token
from wallet_core.services import onramps
from wallet_core.services.activity import read_balance, read_receipt
from wallet_core.services.reconciliation import reconcile
from wallet_core.views import ActivityStatus

AMOUNT_PAISE = 50_050


@pytest.fixture
def rail(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BankProcess]:
    """The bank, in front of a webhook that serves this test's database; the wallet knows where the bank is."""
    webhook = WebhookProcess(database_url, free_port(), tmp_path)
    webhook.start()
    bank = BankProcess(tmp_path, webhook.url, BANK_WEBHOOK_SECRET=SECRET, BANK_LATE_S="0.2")
    try:
        bank.start()
        monkeypatch.setenv("WALLET_ENV", "development")
        monkeypatch.setenv("WALLET_BANK_WEBHOOK_SECRETS", SECRET)
        monkeypatch.setenv("WALLET_BANK_URL", str(bank.http.base_url).rstrip("/"))
        monkeypatch.setattr(onramps, "SWEEP_AFTER_S", 0)
        bank_client.close()
        get_settings.cache_clear()
        yield bank
    finally:
        bank.stop()
        webhook.stop()
        bank_client.close()
        get_settings.cache_clear()


@pytest.mark.parametrize("choice", list(Choice))
def test_one_order_ends_in_one_credit_or_none(rail: BankProcess, alice: UUID, choice: Choice) -> None:
    order = onramps.start_onramp(person_id=alice, bank_code="HDFC", amount_paise=AMOUNT_PAISE, key=new_token())
    path = urlsplit(order.bank_page_url).path
    assert rail.http.post(path, data={"choice": choice.value}).status_code == 303
    eventually(lambda: "next attempt" not in (page := rail.http.get(path).text) and "first attempt" not in page)

    swept = onramps.sweep_onramps()

    assert swept == (1 if choice in (Choice.LOSE, Choice.WRONG_AMOUNT) else 0)
    expected_paise = 0 if choice is Choice.DECLINE else AMOUNT_PAISE
    assert read_balance(person_id=alice).available_paise == expected_paise
    expected = ActivityStatus.FAILED if choice is Choice.DECLINE else ActivityStatus.SUCCEEDED
    assert read_receipt(person_id=alice, reference=order.reference).status is expected
    books = reconcile()
    assert (books.sum_of_books_paise, books.differences) == (0, [])
    assert books.disputed_messages == (1 if choice is Choice.WRONG_AMOUNT else 0)
