"""With the serving role's password somebody writes a row and the balance that it makes. Money leaves a bank by an order
alone, or by a correction that is the mirror of what it corrects: whatever else says so is found, whatever its kind.
"""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from tests.conftest import Fund, add_onramp, bank_message
from tests.integration.test_our_books_agree_with_the_banks import audit, drifts
from wallet_core import bank_client
from wallet_core.bank_client import StatementPage
from wallet_core.errors import AccountFrozen
from wallet_core.ids import new_token
from wallet_core.services import bank_audit
from wallet_core.services.auditor import Round, audit_balances
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import correct_transfer
from wallet_core.services.payments import send_money
from wallet_core.services.reconciliation import reconcile

FORGED = "P-00000000000000"

#: Of the row that is made up: its kind, where the money leaves, and what it says that it corrects.
MADE_UP = {
    "a payment": ("payment", "bank_code = 'HDFC'", None),
    "a release": ("release", "bank_code = 'SBI'", None),
    "a credit": ("onramp", "bank_code = 'HDFC'", None),
    "a credit from suspense": ("onramp", "kind = 'suspense'", None),
    "from suspense": ("payment", "kind = 'suspense'", None),
    "a correction of a payment": ("correction", "bank_code = 'HDFC'", "kind = 'payment'"),
    "a correction of the credit": ("correction", "bank_code = 'HDFC'", "kind = 'onramp'"),
}


@pytest.fixture(autouse=True)
def _statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the bank has said before is all that it says, and it is asked about nothing."""
    monkeypatch.setattr(bank_client, "read_statement", lambda after: StatementPage([], after, has_more=False))
    monkeypatch.setattr(bank_client, "find_payment", lambda reference: pytest.fail(f"asked about {reference}"))
    monkeypatch.setattr(bank_audit, "SETTLED_AFTER", timedelta())


def make_up(
    database_url: str, person_id: UUID, kind: str, account: str, corrects: str | None, *, in_days: int = 0
) -> None:
    """7 rupees, with the right balances, as the serving role may."""
    with psycopg.connect(database_url) as serving:
        serving.execute("SET ROLE wallet_serving")
        serving.execute(
            f"""
            WITH own AS (
                UPDATE account SET balance_paise = balance_paise + 700
                WHERE person_id = %(person_id)s AND kind = 'available' RETURNING id, balance_paise
            )
            INSERT INTO transfer (reference, kind, debit_account_id, credit_account_id, amount_paise,
                                  credit_balance_after_paise, created_at, corrects_transfer_id)
            SELECT %(reference)s, %(kind)s, origin.id, own.id, 700, own.balance_paise,
                   clock_timestamp() + make_interval(days => {in_days}),
                   (SELECT min(id) FROM transfer WHERE {corrects or "false"})
            FROM own, account origin WHERE origin.{account}
            """.encode(),
            {"person_id": person_id, "reference": FORGED, "kind": kind},
        )


@pytest.fixture
def agreed(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    """A credit of 7 rupees that the bank has on its statement, and a payment of the same."""
    order = add_onramp(alice, 7_00)
    settle_onramp(bank_message(order, 7_00))
    superuser.execute("INSERT INTO statement_line VALUES ('pay_' || %s::text, %s, 'HDFC', 700, now())", [order, order])
    send_money(person_id=alice, payee_id=bob, amount_paise=7_00, note="", key=new_token())
    assert audit().found == 0
    assert reconcile().is_right


@pytest.mark.usefixtures("agreed")
@pytest.mark.parametrize("what", MADE_UP)
def test_a_row_that_no_order_made_freezes_who_got_the_money(
    alice: UUID, bob: UUID, database_url: str, superuser: psycopg.Connection, what: str
) -> None:
    make_up(database_url, alice, *MADE_UP[what])
    assert audit_balances(every_s=0) == Round(accounts=4, found=0)
    assert audit().found == 1
    assert drifts(superuser) == [("not-at-bank", FORGED, 7_00, 0, True)]
    credited_paise = 7_00 if "suspense" in what else 14_00
    assert superuser.execute("SELECT sum(credited_paise), sum(returned_paise) FROM bank_book").fetchall() == [
        (credited_paise, 0)
    ]
    with pytest.raises(AccountFrozen):
        send_money(person_id=alice, payee_id=bob, amount_paise=1, note="", key=new_token())
    assert audit().found == 0


@pytest.mark.usefixtures("agreed")
def test_a_row_of_tomorrow_is_not_waited_for(
    alice: UUID, database_url: str, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too young to be compared ends a look at the rows; this one would end all looks of today."""
    monkeypatch.setattr(bank_audit, "SETTLED_AFTER", timedelta(seconds=25))
    make_up(database_url, alice, *MADE_UP["a payment"], in_days=1)
    assert audit().found == 1
    assert drifts(superuser) == [("not-at-bank", FORGED, 7_00, 0, True)]


@pytest.mark.usefixtures("agreed")
@pytest.mark.parametrize("what", MADE_UP)
def test_reconcile_names_it(alice: UUID, database_url: str, what: str) -> None:
    make_up(database_url, alice, *MADE_UP[what])
    assert reconcile().onramps_at_odds == [FORGED]


@pytest.mark.parametrize("reference", ["", "A-1", "a-00000000000000", "A-0000000000000U", "A-00000000000000\n"])
def test_an_order_that_cannot_be_ours_is_not_asked_about(
    alice: UUID, superuser: psycopg.Connection, reference: str
) -> None:
    """The bank has no answer about such a reference, for ever."""
    order = add_onramp(alice, 7_00)
    superuser.execute("UPDATE onramp SET reference = %s WHERE reference = %s", [reference, order])
    settle_onramp(bank_message(reference, 7_00))
    assert audit().found == 1
    assert drifts(superuser) == [("not-at-bank", reference, 7_00, 0, True)]


def test_a_correction_that_was_corrected_accuses_nobody(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    order = fund(alice, 7_00)
    superuser.execute("INSERT INTO statement_line VALUES ('pay_' || %s::text, %s, 'HDFC', 700, now())", [order, order])
    back = correct_transfer(reference=order, reason="the bank asked for it")
    correct_transfer(reference=back.reference, reason="the bank was wrong")
    assert audit().found == 0
    assert reconcile().is_right
    assert drifts(superuser) == []
