"""Requests for money, for the tests that need one."""

from uuid import UUID

import psycopg

from wallet_core.ids import new_token
from wallet_core.services.requests import ask_for_money


def asked(requester: UUID, payer: UUID, amount_paise: int = 40_00, note: str = "tea") -> str:
    """An open request. Answers its reference."""
    request = ask_for_money(person_id=requester, payer_id=payer, amount_paise=amount_paise, note=note, key=new_token())
    return request.reference


def let_time_pass(connection: psycopg.Connection, days: int) -> None:
    """Makes every request older by so many days."""
    connection.execute(
        "UPDATE payment_request SET created_at = created_at - make_interval(days => %(days)s),"
        " expires_at = expires_at - make_interval(days => %(days)s)",
        {"days": days},
    )


def stored(connection: psycopg.Connection) -> list[tuple[str, bool, bool]]:
    """Of every request: its status, whether it has ended, whether a transfer belongs to it."""
    return connection.execute(
        "SELECT status, ended_at IS NOT NULL, transfer_id IS NOT NULL FROM payment_request ORDER BY id"
    ).fetchall()


#: A request that nobody has touched.
OPEN = ("open", False, False)
