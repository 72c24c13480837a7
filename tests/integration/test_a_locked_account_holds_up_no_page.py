"""Payments that wait for an account wait by themselves: whoever else looks at a page meanwhile sees it at once."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.at_once import rows_locked, wait_for_waiting
from tests.books import available_paise, books_are_right
from tests.conftest import Fund
from tests.integration.test_sessions_end_when_they_should import open_for
from tests.interface.handlers import state_at
from wallet_app.asking import PAID_REQUESTS, ask, person_asking
from wallet_app.state.dashboard import DashboardState
from wallet_app.state.p2ptransfer import Draft, P2PTransferState
from wallet_app.state.request_words import RequestLine
from wallet_app.state.requests import RequestsState
from wallet_core.ids import new_token
from wallet_core.services.requests import ask_for_money
from wallet_core.sessions import resolve_session
from wallet_core.views import SignedIn

#: More than all threads that payments have, and than the connections of the pools.
MANY = 40

AMOUNT_PAISE = 100


def sending(_: UUID, bob: UUID) -> Callable[[], P2PTransferState]:
    """A form of its own for each, reviewed and about to be sent."""

    def form() -> P2PTransferState:
        state = state_at(P2PTransferState, "/p2ptransfer")
        state.stage, state._draft, state._key = "review", Draft(bob, AMOUNT_PAISE, ""), new_token()
        return state

    return form


def paying(alice: UUID, bob: UUID) -> Callable[[], RequestsState]:
    """The same request in many tabs."""
    request = ask_for_money(person_id=bob, payer_id=alice, amount_paise=AMOUNT_PAISE, note="", key=new_token())

    def form() -> RequestsState:
        state = state_at(RequestsState, "/requests")
        state.stage, state.request, state._key = "pay", RequestLine(reference=request.reference), new_token()
        return state

    return form


@pytest.mark.parametrize(
    ("forms", "handler", "waiting"), [(sending, "send", 1), (paying, "pay", PAID_REQUESTS._max_workers)]
)
def test_a_page_of_somebody_else_is_there_before_the_payments(
    database_url: str,
    superuser: psycopg.Connection,
    fund: Fund,
    alice: UUID,
    bob: UUID,
    charlie: UUID,
    forms: Callable[[UUID, UUID], Callable[[], P2PTransferState | RequestsState]],
    handler: str,
    waiting: int,
) -> None:
    fund(alice, MANY * AMOUNT_PAISE)
    token, form = open_for(charlie).token, forms(alice, bob)

    async def pay() -> str:
        person_asking.set(SignedIn(alice, uuid4(), "Alice Nair", "+919876543210"))
        state = form()
        async for _ in state.event_handlers[handler].fn(state):
            pass
        return state.dialog_error

    async def look() -> None:
        person_asking.set(await ask(resolve_session, token))
        page = state_at(DashboardState, "/dashboard")
        await page.event_handlers["load"].fn(page)
        assert page.is_loaded

    async def run() -> list[str]:
        with rows_locked(database_url, "SELECT FROM account WHERE person_id = %s FOR UPDATE", [alice]):
            payments = [asyncio.create_task(pay()) for _ in range(MANY)]
            await asyncio.to_thread(wait_for_waiting, database_url, waiting)
            await look()
            assert not all(payment.done() for payment in payments), "they were waited for"
        return await asyncio.gather(*payments)

    # Who has waited for a quarter of a second is told to repeat; a request is paid once, whoever asks.
    sent = sum(not error for error in asyncio.run(run()))
    assert sent == 1 if handler == "pay" else sent <= MANY
    assert available_paise(superuser, bob) == sent * AMOUNT_PAISE
    books_are_right(superuser)
