"""Money that left has a minus, money that came a plus, and every button says what it will do."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.interface.handlers import call, state_at
from wallet_app.paths import ADD_MONEY, SEND
from wallet_app.state import person_form
from wallet_app.state.activity_lines import short_line, timed_line
from wallet_app.state.p2ptransfer import P2PTransferState
from wallet_app.state.transfer import TransferState
from wallet_core.views import ActivityKind, ActivityRow, ActivityStatus, Payee

BOB = Payee(person_id=UUID(int=2), name="Bob Verma", phone="+919876543211", last_payment=None)


def row(kind: ActivityKind, amount_paise: int) -> ActivityRow:
    return ActivityRow(
        reference="P-1",
        kind=kind,
        counterparty="Bob Verma",
        amount_paise=amount_paise,
        status=ActivityStatus.SUCCEEDED,
        at=datetime(2026, 11, 20, 6, 0, tzinfo=UTC),
        balance_after_paise=1_000_00,
        note="",
    )


@pytest.mark.parametrize(
    ("kind", "amount_paise", "amount", "word", "look"),
    [
        (ActivityKind.SENT, -123_45, "−₹123.45", "Sent", "plain"),
        (ActivityKind.RECEIVED, 123_45, "+₹123.45", "Received", "arrived"),
        (ActivityKind.ONRAMP, 500_50, "+₹500.50", "Add money", "arrived"),
    ],
)
def test_a_line_of_the_history(kind: ActivityKind, amount_paise: int, amount: str, word: str, look: str) -> None:
    for line in (timed_line(row(kind, amount_paise)), short_line(row(kind, amount_paise))):
        assert (line.amount, line.detail.split(" · ")[0], line.look) == (amount, word, look)


def test_the_button_of_the_send_form_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_form, "choose_payee", lambda **_: BOB)
    form = state_at(P2PTransferState, SEND)
    call(form, "pick", str(BOB.person_id))
    assert form.button_words == "Enter an amount"
    call(form, "type_amount", "123.45")
    assert form.button_words == "Send ₹123.45"


def test_the_button_of_the_add_form_adds() -> None:
    form = state_at(TransferState, ADD_MONEY)
    call(form, "type_amount", "500.5")
    assert form.button_words == "Choose a bank"
    call(form, "choose_bank", "HDFC")
    assert form.button_words == "Add ₹500.50 from HDFC Bank"
