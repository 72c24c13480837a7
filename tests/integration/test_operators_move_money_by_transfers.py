"""Holds, releases and corrections are transfers like any other: locked, guarded, and written once."""

from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.at_once import at_once
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import Fund
from wallet_core import ledger
from wallet_core.errors import AccountMissing, WalletError
from wallet_core.ids import new_reference, new_token
from wallet_core.ledger import PostingAnswer
from wallet_core.models import TransferKind
from wallet_core.services.payments import send_money


def _account(connection: psycopg.Connection, person_id: UUID, kind: str) -> int:
    row = connection.execute("SELECT id FROM account WHERE person_id = %s AND kind = %s", [person_id, kind]).fetchone()
    assert row is not None
    return int(row[0])


def _move(
    connection: psycopg.Connection, person_id: UUID, kind: TransferKind, amount_paise: int, reference: str = ""
) -> PostingAnswer:
    available, locked = (_account(connection, person_id, name) for name in ("available", "locked"))
    debit, credit = (available, locked) if kind is TransferKind.HOLD else (locked, available)
    return ledger.post_transfer(
        reference=reference or new_reference("H"),
        kind=kind,
        debit_account_id=debit,
        credit_account_id=credit,
        amount_paise=amount_paise,
        note="court order",
    )


def _correct(connection: psycopg.Connection, reference: str, amount_paise: int | None = None) -> PostingAnswer:
    row = connection.execute(
        "SELECT id, debit_account_id, credit_account_id, amount_paise FROM transfer WHERE reference = %s", [reference]
    ).fetchone()
    assert row is not None
    return ledger.post_transfer(
        reference=new_reference("C"),
        kind=TransferKind.CORRECTION,
        debit_account_id=row[2],
        credit_account_id=row[1],
        amount_paise=amount_paise or row[3],
        note="sent by mistake",
        corrects_transfer_id=row[0],
    )


def test_hold_and_release(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    assert _move(superuser, alice, TransferKind.HOLD, 6_00).outcome == "posted"
    assert [available_paise(superuser, alice, kind) for kind in ("available", "locked")] == [4_00, 6_00]
    refused = _move(superuser, alice, TransferKind.HOLD, 4_01)
    assert (refused.outcome, refused.debit_balance_paise) == ("balance-insufficient", 4_00)
    refused = _move(superuser, alice, TransferKind.RELEASE, 6_01)
    assert (refused.outcome, refused.debit_balance_paise) == ("balance-insufficient", 6_00)
    assert _move(superuser, alice, TransferKind.RELEASE, 6_00).debit_balance_paise == 0
    assert [available_paise(superuser, alice, kind) for kind in ("available", "locked")] == [10_00, 0]
    books_are_right(superuser)


def test_one_reference_is_posted_once(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    reference = new_reference("H")
    answers = at_once([partial(_move, superuser, alice, TransferKind.HOLD, 1_00, reference)] * 5)
    assert isinstance(answers[0], PostingAnswer), answers[0]
    assert answers == [answers[0]] * 5
    assert available_paise(superuser, alice) == 9_00


def test_a_correction_takes_a_payment_back_once(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    receipt = send_money(person_id=alice, payee_id=bob, amount_paise=4_00, note="", key=new_token())
    superuser.execute("LISTEN wallet_changes")
    answers = at_once([partial(_correct, superuser, receipt.reference)] * 5)
    outcomes = sorted(answer.outcome for answer in answers if isinstance(answer, PostingAnswer))
    assert outcomes == ["already-corrected"] * 4 + ["posted"]
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (10_00, 0)
    assert {notice.payload for notice in superuser.notifies(timeout=0.2)} == {str(alice), str(bob)}
    books_are_right(superuser)


def test_a_correction_of_added_money_gives_it_back_to_the_bank(
    alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    reference = fund(alice, 10_00)
    assert _correct(superuser, reference).outcome == "posted"
    assert available_paise(superuser, alice) == 0
    books_are_right(superuser)


def test_a_correction_of_spent_money_waits(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    reference = fund(alice, 10_00)
    send_money(person_id=alice, payee_id=bob, amount_paise=4_00, note="", key=new_token())
    refused = _correct(superuser, reference)
    assert (refused.outcome, refused.debit_balance_paise) == ("balance-insufficient", 6_00)
    assert transfer_count(superuser) == 2


def test_rules_that_the_caller_must_keep(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    reference = fund(alice, 10_00)
    fund(bob, 10_00)
    alices, bobs = (_account(superuser, who, "available") for who in (alice, bob))
    post = partial(ledger.post_transfer, reference="H-1", amount_paise=1_00, note="")
    attempts = [
        partial(
            post, kind=TransferKind.HOLD, debit_account_id=alices, credit_account_id=_account(superuser, bob, "locked")
        ),
        partial(post, kind=TransferKind.HOLD, debit_account_id=alices, credit_account_id=bobs),
        partial(post, kind=TransferKind.PAYMENT, debit_account_id=alices, credit_account_id=bobs),
        partial(post, kind=TransferKind.ONRAMP, debit_account_id=1, credit_account_id=bobs),
        partial(post, kind=TransferKind.CORRECTION, debit_account_id=alices, credit_account_id=bobs),
        partial(_correct, superuser, reference, 5_00),
    ]
    for attempt in attempts:
        with pytest.raises(psycopg.Error) as error:
            attempt()
        assert error.value.sqlstate == "WA002"
    with pytest.raises(AccountMissing):
        post(kind=TransferKind.HOLD, debit_account_id=alices, credit_account_id=10**12)
    assert transfer_count(superuser) == 2
    assert not issubclass(AccountMissing, WalletError)
