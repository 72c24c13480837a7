"""Notifications: what is committed wakes its person's tabs; a lost connection is noticed, replaced, and read anew."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Self
from uuid import UUID, uuid4

import psycopg
import psycopg.conninfo
import pytest
from sqlmodel import Session

from wallet_core import db, notifications
from wallet_core.notifications import RETRY_BASE_S, RETRY_CAP_S, listen, notify_person, retry_delay_s
from wallet_core.services.people import change_name

PATIENCE_S = 15.0


class Ears:
    """Remembers what ``listen`` called, and waits for it."""

    def __init__(self) -> None:
        self.connects = 0
        self.changes: list[UUID] = []
        self.fail_next_change = False
        self.fail_next_connect = False

    async def on_change(self, person_id: UUID) -> None:
        self.changes.append(person_id)
        if self.fail_next_change:
            self.fail_next_change = False
            raise RuntimeError("a tab that cannot be woken")

    async def on_connect(self) -> None:
        self.connects += 1
        if self.fail_next_connect:
            self.fail_next_connect = False
            raise RuntimeError("nobody read anew")

    async def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
        """The seconds until the condition holds; fails when it does not hold in time."""
        started_s = time.monotonic()
        while not condition():
            assert time.monotonic() - started_s < patience_s, f"{self.connects} connects, changes {self.changes}"
            await asyncio.sleep(0.005)
        return time.monotonic() - started_s

    async def until_connected(self, times: int, patience_s: float = PATIENCE_S) -> float:
        return await self.until(lambda: self.connects >= times, patience_s)

    async def until_heard(self, *person_ids: UUID) -> float:
        return await self.until(lambda: all(person_id in self.changes for person_id in person_ids))


def with_ears(test: Callable[[Ears], Awaitable[None]]) -> Ears:
    """Runs a test while a worker listens; the worker must still be listening at its end."""
    ears = Ears()

    async def run() -> None:
        listener = asyncio.create_task(listen(ears.on_change, ears.on_connect))
        try:
            await ears.until_connected(1)
            await test(ears)
            assert not listener.done()
        finally:
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener

    asyncio.run(run())
    return ears


def notify(superuser: psycopg.Connection, payload: object) -> None:
    superuser.execute("SELECT pg_notify('wallet_changes', %s)", [str(payload)])


def kill_listeners(superuser: psycopg.Connection) -> int:
    """Ends the listeners' connections from the server's side, and says how many there were."""
    return len(
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'wallet-listener' AND datname = current_database()"
        ).fetchall()
    )


def test_a_committed_change_is_heard_and_a_refused_one_is_not(alice: UUID, bob: UUID) -> None:
    def refused(session: Session) -> None:
        notify_person(session, bob)
        raise ValueError

    async def test(ears: Ears) -> None:
        with suppress(ValueError):
            db.in_transaction(refused)
        change_name(person_id=alice, name="Alice Menon")
        await ears.until_heard(alice)

    assert with_ears(test).changes == [alice]


def test_a_change_is_heard_at_once(database_url: str, superuser: psycopg.Connection) -> None:
    async def test(ears: Ears) -> None:
        times_s = []
        for _ in range(10):
            person_id = uuid4()
            notify(superuser, person_id)
            times_s.append(await ears.until_heard(person_id))
        print(f"from NOTIFY to on_change: {sorted(times_s)[5] * 1000:.0f} ms (median of 10)")
        assert sorted(times_s)[5] < 0.1

    with_ears(test)


def test_after_the_connection_is_ended_it_is_replaced_and_read_anew(
    database_url: str, superuser: psycopg.Connection
) -> None:
    async def test(ears: Ears) -> None:
        for lost in range(1, 4):
            assert kill_listeners(superuser) == 1
            assert await ears.until_connected(lost + 1) < 3
            later = uuid4()
            notify(superuser, later)
            await ears.until_heard(later)

    assert with_ears(test).connects == 4


def test_nothing_is_lost_between_health_checks(
    database_url: str, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "HEALTH_EVERY_S", 0.002)
    person_ids = [uuid4() for _ in range(300)]

    async def test(ears: Ears) -> None:
        for person_id in person_ids:
            notify(superuser, person_id)
            await asyncio.sleep(0.001)
        await ears.until_heard(*person_ids)

    ears = with_ears(test)
    assert ears.changes == person_ids
    assert ears.connects == 1


def test_what_names_no_person_is_left_alone(database_url: str, superuser: psycopg.Connection) -> None:
    async def test(ears: Ears) -> None:
        for payload in ("", "nobody", "1; DROP TABLE person", "x" * 5000):
            notify(superuser, payload)
        person_id = uuid4()
        notify(superuser, person_id)
        await ears.until_heard(person_id)
        assert ears.changes == [person_id]

    assert with_ears(test).connects == 1


def test_a_tab_that_cannot_be_woken_does_not_stop_the_others(
    database_url: str, superuser: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(ears: Ears) -> None:
        ears.fail_next_change = True
        first, second = uuid4(), uuid4()
        notify(superuser, first)
        notify(superuser, second)
        await ears.until_heard(first, second)

    with caplog.at_level(logging.ERROR):
        assert with_ears(test).connects == 1
    assert "a change could not be shown" in caplog.text


def test_a_reading_anew_that_fails_is_tried_again(database_url: str, superuser: psycopg.Connection) -> None:
    async def test(ears: Ears) -> None:
        ears.fail_next_connect = True
        kill_listeners(superuser)
        await ears.until_connected(3)
        person_id = uuid4()
        notify(superuser, person_id)
        await ears.until_heard(person_id)

    with_ears(test)


def test_a_stopped_listener_leaves_no_connection_behind(database_url: str, superuser: psycopg.Connection) -> None:
    async def test(ears: Ears) -> None:
        assert ears.connects == 1

    with_ears(test)
    deadline_s = time.monotonic() + 5
    while kill_listeners(superuser):
        assert time.monotonic() < deadline_s


def test_waits_grow_to_a_cap_and_differ() -> None:
    assert RETRY_CAP_S == 2
    for failures in range(200):
        longest_s = min(RETRY_CAP_S, RETRY_BASE_S * 2**failures)
        assert longest_s / 2 <= retry_delay_s(failures) <= longest_s
    assert len({retry_delay_s(9) for _ in range(20)}) > 1


class Wire:
    """A TCP stretch before the server that can go silent, as a network does when a cable is pulled."""

    def __init__(self, database_url: str) -> None:
        self.server_info = psycopg.conninfo.conninfo_to_dict(database_url)
        self.is_silent = False
        self._port = 0

    def database_url(self) -> str:
        """The same database, through the wire."""
        return psycopg.conninfo.make_conninfo(**{**self.server_info, "host": "127.0.0.1", "port": self._port})

    async def _reach_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = str(self.server_info.get("host", "localhost")), int(self.server_info.get("port", 5432) or 5432)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: list[bool]) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if connection[0] or self.is_silent:
                    connection[0] = True  # for good: what was swallowed is not delivered later
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await self._reach_server()
        silenced = [False]
        await asyncio.gather(self._pump(reader, server_writer, silenced), self._pump(server_reader, writer, silenced))

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


def test_a_connection_that_died_silently_is_noticed_within_ten_seconds(
    database_url: str, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ears = Ears()

    async def run() -> None:
        async with Wire(database_url).laid() as wire:
            monkeypatch.setattr(notifications, "direct_database_url", wire.database_url)
            listener = asyncio.create_task(listen(ears.on_change, ears.on_connect))
            try:
                await ears.until_connected(1)
                wire.is_silent = True
                await asyncio.sleep(0.2)
                asyncio.get_running_loop().call_later(
                    notifications.HEALTH_EVERY_S + 0.5, setattr, wire, "is_silent", False
                )
                noticed_s = await ears.until_connected(2)
                print(f"a silent connection was noticed and replaced after {noticed_s:.1f} s")
                assert noticed_s < 10
                person_id = uuid4()
                notify(superuser, person_id)
                await ears.until_heard(person_id)
            finally:
                listener.cancel()
                with suppress(asyncio.CancelledError):
                    await listener
                await asyncio.gather(*notifications._burials, return_exceptions=True)

    asyncio.run(run())
