"""Frozen debits: nothing leaves the account, whoever asks and by whatever statement; what comes still lands."""

from functools import partial
from uuid import UUID

import psycopg
import pytest

from alembic import command
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import CAST, Fund, add_onramp, alembic_config, bank_message
from tests.operating import entries, mend_balance, operator
from wallet_core import db
from wallet_core.errors import AccountFrozen, BooksStillDisagree, OperatorIsParty, PersonNotFound
from wallet_core.ids import new_reference, new_token, sha256
from wallet_core.services.freezing import unfreeze_account
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import correct_transfer, hold_money
from wallet_core.services.payments import preview_payment, send_money
from wallet_core.views import MessageOutcome


def freeze(connection: psycopg.Connection, person_id: UUID) -> int:
    row = connection.execute(
        "UPDATE account SET debits_frozen_at = now() WHERE person_id = %s AND kind = 'available' RETURNING id",
        [person_id],
    ).fetchone()
    assert row is not None
    return int(row[0])


def pay(payer: UUID, payee: UUID, amount_paise: int = 1_00) -> str:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="", key=new_token()).reference


def test_debits_are_refused_and_credits_land(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    fund(bob, 10_00)
    received = pay(bob, alice)
    freeze(superuser, alice)
    before = transfer_count(superuser)
    for refused in (
        partial(pay, alice, bob),
        partial(preview_payment, person_id=alice, payee_id=bob, amount_paise=1, note=""),
        partial(hold_money, phone=CAST["alice"], amount_paise=1, reason="court order"),
        partial(correct_transfer, reference=received, reason="sent by mistake"),
    ):
        with pytest.raises(AccountFrozen):
            refused()
    assert transfer_count(superuser) == before
    pay(bob, alice, 2_00)
    order = add_onramp(alice, 4_00)
    assert settle_onramp(bank_message(order, 4_00)) is MessageOutcome.CREDITED
    assert available_paise(superuser, alice) == 17_00
    books_are_right(superuser)


def test_one_frozen_payer_of_a_batch_holds_up_nobody_else(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    fund(bob, 10_00)
    freeze(superuser, alice)
    rows = superuser.execute(
        "SELECT outcome FROM wallet_send_payments(%s::uuid[], %s::uuid[], '{100,100}', '{tea,tea}', %s, %s, %s)",
        [
            [alice, bob],
            [bob, alice],
            [new_token(), new_token()],
            [sha256("1"), sha256("2")],
            [new_reference("P"), new_reference("P")],
        ],
    ).fetchall()
    assert rows == [("account-frozen",), ("sent",)]


def test_the_table_itself_refuses(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    """A statement that asks none of the functions: a version before, a hand at a terminal."""
    fund(alice, 10_00)
    freeze(superuser, alice)
    with pytest.raises(psycopg.DatabaseError) as refused:
        superuser.execute("UPDATE account SET balance_paise = balance_paise - 1 WHERE debits_frozen_at IS NOT NULL")
    assert refused.value.sqlstate == "WA003"
    superuser.execute("UPDATE account SET balance_paise = balance_paise + 1 WHERE debits_frozen_at IS NOT NULL")
    assert available_paise(superuser, alice) == 10_01


def test_an_operator_unfreezes_it_once_the_books_agree(
    alice: UUID, bob: UUID, charlie: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    asking = operator(superuser, charlie)
    account_id = freeze(superuser, alice)
    superuser.execute("UPDATE account SET balance_paise = balance_paise + 1 WHERE id = %s", [account_id])
    with pytest.raises(BooksStillDisagree) as refused:
        unfreeze_account(asking, account_id=account_id, reason="it was me")
    assert refused.value.details == {"stored_paise": 10_01, "rows_paise": 10_00}
    mend_balance(superuser, account_id, 10_00)
    # Its debits are as frozen as before.
    with pytest.raises(psycopg.DatabaseError, match="are frozen"):
        superuser.execute("UPDATE account SET balance_paise = balance_paise - 1 WHERE id = %s", [account_id])
    for _ in range(2):
        unfreeze_account(asking, account_id=account_id, reason="mended by hand, ticket 17")
    assert entries(superuser)[2:] == [("operator", "unfroze-account", "mended by hand, ticket 17")]
    pay(alice, bob)
    books_are_right(superuser)


def test_nobody_unfreezes_their_own(charlie: UUID, superuser: psycopg.Connection) -> None:
    asking = operator(superuser, charlie)
    account_id = freeze(superuser, charlie)
    with pytest.raises(OperatorIsParty):
        unfreeze_account(asking, account_id=account_id, reason="it is fine")
    for nothing in (10**12, "1", None):
        with pytest.raises(PersonNotFound):
            unfreeze_account(asking, account_id=nothing, reason="it is fine")  # type: ignore[arg-type]


def test_the_version_before_pays_after_a_downgrade(
    alice: UUID, bob: UUID, fund: Fund, database_url: str, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    db.dispose()
    command.downgrade(alembic_config(database_url), "0006")
    rows = superuser.execute(
        "SELECT outcome FROM wallet_send_payments(%s::uuid[], %s::uuid[], '{100}', '{tea}', %s, %s, %s)",
        [[alice], [bob], [new_token()], [sha256("1")], [new_reference("P")]],
    ).fetchall()
    assert rows == [("sent",)]
    command.upgrade(alembic_config(database_url), "head")
    pay(alice, bob)
    books_are_right(superuser)
