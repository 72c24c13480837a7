"""Amount and owner come from our order. A message that disagrees moves nothing; an operator sees it."""

from uuid import UUID

import psycopg
import pytest

from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import add_onramp, bank_message
from wallet_core.services.onramps import settle_onramp
from wallet_core.views import BankMessage, MessageOutcome

CREDITED, DISPUTED = MessageOutcome.CREDITED, MessageOutcome.DISPUTED


def _disputes(connection: psycopg.Connection) -> list[tuple[str, ...]]:
    return connection.execute("SELECT reason, message_id, reference, body FROM disputed_message ORDER BY id").fetchall()


@pytest.mark.parametrize("amount_paise", [50_000_00, 0, -1_00, 99, 1_01, 2**63 - 1, 2**63, -(2**63) - 1, 10**40])
@pytest.mark.parametrize("succeeded", [True, False])
def test_a_wrong_amount(alice: UUID, superuser: psycopg.Connection, amount_paise: int, succeeded: bool) -> None:
    reference = add_onramp(alice, 1_00)
    message = bank_message(reference, amount_paise, succeeded=succeeded)
    assert settle_onramp(message) is DISPUTED
    assert settle_onramp(message) is DISPUTED
    assert _disputes(superuser) == [("wrong-amount", message.message_id, reference, "{}")]
    assert superuser.execute("SELECT status, payment_id FROM onramp").fetchall() == [("processing", None)]
    assert available_paise(superuser, alice) == 0
    # The right message still credits.
    assert settle_onramp(bank_message(reference, 1_00)) is CREDITED
    books_are_right(superuser)


@pytest.mark.parametrize(
    "reference", ["A-NOBODYS0ORDER", "", "'; DROP TABLE transfer; --", "A-\x00", "\ud800", "x" * 60_000]
)
def test_an_unknown_reference(alice: UUID, superuser: psycopg.Connection, reference: str) -> None:
    add_onramp(alice, 1_00)
    assert settle_onramp(bank_message(reference, 1_00, payment_id="pay_1")) is DISPUTED
    assert [reason for reason, *_ in _disputes(superuser)] == ["unknown-reference"]
    assert transfer_count(superuser) == 0


def test_another_payment_than_the_one_that_the_bank_named(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 1_00, payment_id="pay_ours")
    assert settle_onramp(bank_message(reference, 1_00, payment_id="pay_other")) is DISPUTED
    assert [reason for reason, *_ in _disputes(superuser)] == ["wrong-payment"]
    assert settle_onramp(bank_message(reference, 1_00, payment_id="pay_ours")) is CREDITED
    # Also after the fact: a second payment for one order is nothing to wave through.
    assert settle_onramp(bank_message(reference, 1_00, payment_id="pay_other")) is DISPUTED
    assert available_paise(superuser, alice) == 1_00


def test_the_first_message_names_the_payment_where_the_bank_did_not(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 1_00)
    assert settle_onramp(bank_message(reference, 1_00, payment_id="pay_1", succeeded=False)) is MessageOutcome.FAILED
    assert settle_onramp(bank_message(reference, 1_00, payment_id="pay_2")) is DISPUTED
    assert available_paise(superuser, alice) == 0


def test_names_and_bodies_that_a_text_column_would_refuse(alice: UUID, superuser: psycopg.Connection) -> None:
    message = BankMessage("msg_\x00" + "y" * 9_000, "A-\x00", "pay_\ud800", 1, True, '{"a": "\x00\udfff"}')
    assert settle_onramp(message) is DISPUTED
    ((_, message_id, reference, body),) = _disputes(superuser)
    assert (len(message_id), reference, body) == (200, "A-\ufffd", '{"a": "\ufffd?"}')
