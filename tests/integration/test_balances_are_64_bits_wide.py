"""32 bits of paise end at two crore rupees. A wallet may hold more."""

import asyncio
from uuid import UUID

import psycopg

from tests.books import available_paise, books_are_right
from tests.conftest import add_onramp, bank_message
from wallet_core import db
from wallet_core.ids import new_token
from wallet_core.money import MAX_MOVEMENT_PAISE
from wallet_core.services.onramps import settle_batch
from wallet_core.services.payments import send_money
from wallet_core.views import MessageOutcome

ORDERS = 2**32 // MAX_MOVEMENT_PAISE + 1


def test_a_balance_above_32_bits(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    messages = [bank_message(add_onramp(alice, MAX_MOVEMENT_PAISE), MAX_MOVEMENT_PAISE) for _ in range(ORDERS)]

    async def settle() -> list[MessageOutcome]:
        async with await db.open_async_pool() as pool:
            return await settle_batch(pool, messages)

    assert asyncio.run(settle()) == [MessageOutcome.CREDITED] * ORDERS
    assert available_paise(superuser, alice) == ORDERS * MAX_MOVEMENT_PAISE > 2**32
    receipt = send_money(person_id=alice, payee_id=bob, amount_paise=1, note="", key=new_token())
    assert receipt.balance_after_paise == ORDERS * MAX_MOVEMENT_PAISE - 1
    books_are_right(superuser)
