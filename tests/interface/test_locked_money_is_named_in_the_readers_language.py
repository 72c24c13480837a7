"""Who moved locked money reads its name on the receipt in their own language: the core knows no words."""

from datetime import UTC, datetime

import pytest

from tests.interface.handlers import call, state_at
from wallet_app.paths import HISTORY
from wallet_app.state import receipt
from wallet_app.state.activity_lines import line
from wallet_app.state.receipt import ReceiptState
from wallet_app.words.books import Language
from wallet_app.words.saying import language_asking
from wallet_core.views import ActivityKind, ActivityRow, ActivityStatus, Receipt

ENGLISH, HINDI = Language
REFERENCE = "H-8K2F41QFZ09XYA"


def held(kind: ActivityKind) -> Receipt:
    return Receipt(
        reference=REFERENCE,
        kind=kind,
        status=ActivityStatus.SUCCEEDED,
        amount_paise=-3_00,
        counterparty="",
        counterparty_phone="",
        counterparty_id=None,
        note="asked by the bank",
        at=datetime(2026, 11, 20, 6, 0, tzinfo=UTC),
        balance_after_paise=7_00,
        failure_code="",
        bank_page_url="",
        bank_payment_id="",
        corrects_reference="",
        timeline=[],
    )


@pytest.mark.parametrize(
    ("language", "kind", "name", "line"),
    [
        (ENGLISH, ActivityKind.HOLD, "Locked money", "To Locked money"),
        (ENGLISH, ActivityKind.RELEASE, "Locked money", "From Locked money"),
        (HINDI, ActivityKind.HOLD, "लॉक की गई रकम", "लॉक की गई रकम के लिए"),
        (HINDI, ActivityKind.CORRECTION, "लॉक की गई रकम", "लॉक की गई रकम के साथ"),
    ],
)
def test_the_receipt_names_it(
    language: Language, kind: ActivityKind, name: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt, "read_receipt", lambda **_: held(kind))
    token = language_asking.set(language)
    try:
        state = state_at(ReceiptState, f"{HISTORY}/{REFERENCE}")
        call(state, "load")
    finally:
        language_asking.reset(token)
    assert (state.view.counterparty, state.view.counterparty_words) == (name, line)


@pytest.mark.parametrize(("language", "name"), [(ENGLISH, "Locked money"), (HINDI, "लॉक की गई रकम")])
def test_a_list_names_it_besides_the_kind(language: Language, name: str) -> None:
    row = ActivityRow(
        reference=REFERENCE,
        kind=ActivityKind.HOLD,
        counterparty="",
        amount_paise=-3_00,
        status=ActivityStatus.SUCCEEDED,
        at=datetime(2026, 11, 20, 6, 0, tzinfo=UTC),
        note="",
        balance_after_paise=7_00,
    )
    token = language_asking.set(language)
    try:
        drawn = line(row, when="11:30 am")
    finally:
        language_asking.reset(token)
    assert drawn.title == name
    assert drawn.detail not in (drawn.title, f"{drawn.title} · 11:30 am")
