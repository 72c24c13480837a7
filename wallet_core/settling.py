"""The bank's words become credits. Beside ``ledger`` the only writer of accounts and transfers, by the same rules:
money moves inside SQL functions (``alembic/sql``), each called as one statement that PostgreSQL commits by itself.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from pydantic_core import to_json

from wallet_core import db
from wallet_core.array_literals import array, text_array
from wallet_core.errors import DatabaseUnavailable
from wallet_core.keeping_pool import KeepingPool
from wallet_core.ledger import ONE_BY_ONE_S, STEP_ASIDE_S, TRIES_TOGETHER
from wallet_core.money import MAX_BIGINT
from wallet_core.views import BankMessage, MessageOutcome

#: Longer names of the bank's are cut for the books; the whole message is kept as it came where it is disputed.
MAX_BANK_NAME_CHARACTERS: Final = 200

#: No order has it.
_NO_AMOUNT_PAISE: Final = -1

_SETTLE_SUCCESSES: Final[LiteralString] = """
    SELECT wallet_settle_successes(
        %(references)s::text[], %(payment_ids)s::text[], %(amounts_paise)s::bigint[], %(calls)s::text[],
        %(turns)s::bigint[]
    )
"""

_SETTLE_MESSAGES: Final[LiteralString] = "SELECT outcome FROM wallet_settle_messages(%(messages)s::json)"
_OUTCOMES: Final = {outcome.value: outcome for outcome in MessageOutcome}  # looking one up is ten times as quick

_STORE_DISPUTE: Final[LiteralString] = """
    WITH stored AS (
        INSERT INTO disputed_message (message_id, reason, reference, body)
        VALUES (%(message_id)s, %(reason)s, %(reference)s, %(body)s)
        ON CONFLICT (message_id, reason) DO NOTHING
    )
    SELECT 'disputed' AS outcome
"""


@dataclass(frozen=True, slots=True)
class _Settled:
    outcome: str


def settle_onramp(message: BankMessage) -> MessageOutcome:
    """Settles one message. What agrees but cannot be written is disputed: an operator sees it, and the bank repeats it.

    Raises: DatabaseUnavailable.
    """
    try:
        rows = db.call_function(_SETTLE_MESSAGES, _message_parameters([message]), _Settled)
    except psycopg.Error as error:
        rows = db.call_function(_STORE_DISPUTE, _dispute_parameters(message, error), _Settled)
    return MessageOutcome(rows[0].outcome)


async def settle_onramps(pool: KeepingPool, messages: Sequence[BankMessage]) -> list[MessageOutcome | None]:
    """Settles a batch in one statement and one commit; an outcome for each message, in order. None: it must be
    repeated, because somebody holds a row that it needs.

    One message that cannot be written (a poisoned row), or not now, must not hold up the others: then each is settled
    alone. Raises: DatabaseUnavailable (some of the messages may have been settled: repeating them changes nothing).
    """
    if not messages:
        return []
    for _ in range(TRIES_TOGETHER):
        try:
            return [*await _settle_together(pool, messages)]
        except DatabaseUnavailable as error:
            if not db.is_held_up(error):
                raise
            await asyncio.sleep(STEP_ASIDE_S)
        except psycopg.Error as error:
            if len(messages) == 1:
                return [*await _outcomes(pool, _STORE_DISPUTE, _dispute_parameters(messages[0], error))]
            break
    if len(messages) == 1:
        return [None]
    until_s = time.monotonic() + ONE_BY_ONE_S
    return [(await settle_onramps(pool, [message]))[0] if time.monotonic() < until_s else None for message in messages]


async def _settle_together(pool: KeepingPool, messages: Sequence[BankMessage]) -> list[MessageOutcome]:
    """Nearly always all are first words of success, and agree with their orders. Otherwise each is judged for itself.

    Raises: DatabaseUnavailable, and psycopg's errors for what would fail again.
    """
    if all(message.succeeded for message in messages):
        (all_credited,) = await _call_async(pool, _SETTLE_SUCCESSES, _success_parameters(messages))
        if all_credited:
            return [MessageOutcome.CREDITED] * len(messages)
    return await _outcomes(pool, _SETTLE_MESSAGES, _message_parameters(messages))


async def _outcomes(pool: KeepingPool, statement: LiteralString, named: dict[str, object]) -> list[MessageOutcome]:
    return [_OUTCOMES[outcome] for outcome in await _call_async(pool, statement, named)]


async def _call_async(pool: KeepingPool, statement: LiteralString, named: dict[str, object]) -> list[Any]:
    """The only column of one statement that commits by itself, tried again after deadlocks and on another connection
    after a dead one.

    Raises: DatabaseUnavailable, and psycopg's errors for what would fail again.
    """
    for attempt_number in range(1, db.MAX_ATTEMPTS + 1):
        connection: psycopg.AsyncConnection | None = None
        try:
            async with pool.cursor() as cursor:
                connection = cursor.connection
                await db.execute_async(connection, cursor, statement, named)
                return await cursor.fetchall()
        except psycopg.Error as error:
            lost_connection = connection is not None and connection.closed
            if (db.is_retryable(error) or lost_connection) and attempt_number < db.MAX_ATTEMPTS:
                await asyncio.sleep(db.retry_delay_s(attempt_number))
            elif db.is_retryable(error) or db.is_database_away(error):
                raise DatabaseUnavailable from error
            else:
                raise
    raise AssertionError("unreachable")


def _success_parameters(messages: Sequence[BankMessage]) -> dict[str, object]:
    """In the order of references, as the function compares them. Names too long for the books agree with no order."""
    turns = sorted(range(len(messages)), key=lambda turn: messages[turn].reference)
    ordered = [messages[turn] for turn in turns]
    return {
        "references": _text(text_array([message.reference for message in ordered])),
        "payment_ids": _text(text_array([message.payment_id for message in ordered])),
        "amounts_paise": array([str(_amount_paise(message)) for message in ordered]),
        "calls": text_array([message.request_id for message in ordered]),
        "turns": array(map(str, turns)),
    }


def _message_parameters(messages: Sequence[BankMessage]) -> dict[str, object]:
    objects = [
        {
            "message_id": _name(message.message_id),
            "reference": _name(message.reference),
            "payment_id": _name(message.payment_id),
            "amount_paise": _amount_paise(message),
            "succeeded": message.succeeded,
            "body": _text(message.body),
            "request_id": message.request_id,
        }
        for message in messages
    ]
    return {"messages": to_json(objects).decode()}


def _dispute_parameters(message: BankMessage, error: psycopg.Error) -> dict[str, object]:
    # The functions find the account of an order by a join, and a transfer without one is what its column refuses.
    return {
        "message_id": _name(message.message_id),
        "reason": "account-missing" if isinstance(error, psycopg.errors.NotNullViolation) else "unsettleable",
        "reference": _name(message.reference),
        "body": _text(message.body),
    }


def _amount_paise(message: BankMessage) -> int:
    """An amount that bigint cannot hold agrees with no order."""
    return message.amount_paise if 0 <= message.amount_paise <= MAX_BIGINT else _NO_AMOUNT_PAISE


def _name(text: str) -> str:
    return _text(text[:MAX_BANK_NAME_CHARACTERS])


def _text(text: str) -> str:
    """What PostgreSQL can store: JSON may spell a NUL or half a surrogate pair, a text column takes neither."""
    whole = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\x00", "\ufffd")
