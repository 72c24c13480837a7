"""Passwords and banks take long: whoever reads a balance meanwhile must not stand behind them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.interface.handlers import ALICE, state_at
from wallet_app import routes
from wallet_app.asking import ask, person_asking
from wallet_app.edge import Edge
from wallet_app.state import transfer
from wallet_app.state.transfer import TransferState
from wallet_core.config import get_settings
from wallet_core.errors import BankUnavailable, PhoneTaken, WrongCredentials

#: More than all threads of any kind.
MANY = 40

#: Nobody waits for anybody here, so nothing takes a tenth of it.
SOON_S = 5

LEAVE = {"Origin": get_settings().public_url}


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Not set while the test runs: what waits for it takes long."""
    event = threading.Event()
    yield event
    event.set()


def hold(event: threading.Event, error: Exception) -> Callable[..., Any]:
    def wait(**_: object) -> None:
        event.wait()
        raise error

    return wait


async def post(path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=Edge(routes.build_routes()))
    async with httpx.AsyncClient(transport=transport, base_url=get_settings().public_url) as client:
        return await client.post(path, headers=LEAVE, data={"phone": "1"})


@asynccontextmanager
async def soon(held: threading.Event) -> AsyncIterator[None]:
    """What is asked here is answered while the others wait; then they may go on."""
    try:
        async with asyncio.timeout(SOON_S):
            yield
    finally:
        held.set()


async def until_they_wait(tasks: list["asyncio.Task[Any]"]) -> None:
    """Everybody has been sent on the way to a thread."""
    for _ in range(10 * MANY):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


def test_many_new_accounts_hold_up_neither_readers_nor_who_signs_in(
    held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise WrongCredentials

    monkeypatch.setattr(routes, "sign_up", hold(held, PhoneTaken()))
    monkeypatch.setattr(routes, "sign_in", refuse)

    async def run() -> None:
        waiting = [asyncio.create_task(post("/auth/signup")) for _ in range(MANY)]
        await until_they_wait(waiting)
        async with soon(held):
            assert await ask(lambda: "a balance") == "a balance"
            assert "credentials-wrong" in (await post("/auth/signin")).headers["location"]
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {303}

    asyncio.run(run())


def test_many_passwords_hold_up_nobody_who_reads(held: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "sign_in", hold(held, WrongCredentials()))

    async def run() -> None:
        waiting = [asyncio.create_task(post("/auth/signin")) for _ in range(MANY)]
        await until_they_wait(waiting)
        async with soon(held):
            assert await ask(lambda: "a balance") == "a balance"
        await asyncio.gather(*waiting)

    asyncio.run(run())


def test_a_bank_that_hangs_holds_up_nobody_who_reads(held: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "start_onramp", hold(held, BankUnavailable()))

    async def add_money() -> str:
        person_asking.set(ALICE)
        state = state_at(TransferState, "/transfer?form=0123456789abcdef")
        async for _ in TransferState.event_handlers["start"].fn(state, {"amount": "500", "bank": "HDFC"}):
            pass
        return state.form_error

    async def run() -> None:
        waiting = [asyncio.create_task(add_money()) for _ in range(MANY)]
        await until_they_wait(waiting)
        async with soon(held):
            assert await ask(lambda: "a balance") == "a balance"
        assert all(await asyncio.gather(*waiting))

    asyncio.run(run())
