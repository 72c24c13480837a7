"""Two apps and two webhooks on one PostgreSQL and one Redis, as Debian has them; and once more through PgBouncer."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg import sql
from sqlmodel import Session

from tests.conftest import add_onramp, add_person, with_database
from tests.e2e.every_handler import HYDRATE
from tests.e2e.raw_socket import RawSocket
from tests.e2e.stack import short_folder
from tests.scale.machines import Machines, running_machines
from tests.scale.servers import DebianPostgres, PgBouncer, Redis
from tests.webhook.bank import message
from wallet_app.paths import HOME
from wallet_app.state.dashboard import DashboardState
from wallet_app.state.live import LiveState
from wallet_app.state.pay_link import PayLinkState
from wallet_core import db, sessions
from wallet_core.views import Client

#: A handler that reads the open page anew, as every push does.
READ_PAGE = f"{LiveState.get_full_name()}.read_page"

#: The first test of a run may have to install the servers, and each of the two ways starts seven processes.
PATIENCE_S = 600

_phones = (f"+9198767{number:05}" for number in itertools.count(10_001))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(PATIENCE_S))


@dataclass(frozen=True)
class Servers:
    postgres: DebianPostgres
    pooler: PgBouncer
    redis: Redis
    folder: Path


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with short_folder() as folder, ExitStack() as stack:
        postgres, redis = DebianPostgres(folder), Redis(folder)
        stack.callback(postgres.stop)
        postgres.run()
        stack.callback(redis.stop)
        redis.run()
        pooler = PgBouncer(folder, postgres)
        stack.callback(pooler.stop)
        pooler.run()
        yield Servers(postgres, pooler, redis, folder)


@pytest.fixture(scope="session")
def postgres_url(servers: Servers) -> str:
    """Instead of the embedded one."""
    return servers.postgres.url


@pytest.fixture(scope="session", params=["direct", "pooler"])
def machines(servers: Servers, template_database: str, request: pytest.FixtureRequest) -> Iterator[Machines]:
    """All processes, for all tests."""
    name = f"wallet_{secrets.token_hex(4)}"
    direct_url = with_database(servers.postgres.url, name)
    with psycopg.connect(servers.postgres.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template_database))
        )
    is_direct = request.param == "direct"
    with running_machines(
        url=direct_url if is_direct else servers.pooler.url(name),
        direct_url=direct_url,
        redis_url=servers.redis.url,
        folder=servers.folder / request.param,
        # Both ways in which Reflex keeps states in Redis: written after each event, or held by a worker for a while.
        changes={} if is_direct else {"REFLEX_OPLOCK_ENABLED": "1"},
    ) as running:
        yield running


@pytest.fixture
def database_url(machines: Machines) -> Iterator[str]:
    """The machines' own database, the way they go there; the core of this process uses it, too."""
    db.configure(machines.url, direct_url=machines.direct_url if machines.is_pooled else "")
    yield machines.url
    db.dispose()
    db.configure(machines.url)


@dataclass
class Person:
    """Somebody with an open session. ``tab`` opens one of theirs, without a browser, on any machine."""

    name: str
    phone: str
    person_id: UUID
    cookie: str
    opened: ExitStack = field(repr=False)

    def tab(self, address: str, path: str = HOME, client_token: str | None = None) -> RawSocket:
        """Returns when the page has what it shows."""
        token = client_token or secrets.token_hex(16)
        socket = self.opened.enter_context(RawSocket(address, client_token=token, cookie=self.cookie, path=path))
        socket.send(READ_PAGE)
        socket.until(self.name)
        if path == HOME:
            socket.until(DashboardState.get_full_name())
        wait_for_all_of_it(socket)
        return socket


def wait_for_all_of_it(socket: RawSocket) -> None:
    """Until everything that was set off before is answered. A tab's events are answered in their order, and no part of
    a page tells the state of pay links: only the whole does.
    """
    socket.send(HYDRATE)
    socket.until(PayLinkState.get_full_name())


@pytest.fixture
def new_person(database_url: str) -> Iterator[Callable[[str], Person]]:
    with ExitStack() as opened:

        def sign_in(name: str) -> Person:
            phone = next(_phones)
            person_id = add_person(name, phone)

            def work(session: Session) -> str:
                return sessions.open_session(session, person_id, Client(address="127.0.0.1", user_agent="test")).token

            return Person(name, phone, person_id, f"wallet_session={db.in_transaction(work)}", opened)

        yield sign_in


@pytest.fixture
def alice(new_person: Callable[[str], Person]) -> Person:  # type: ignore[override]
    return new_person("Alice Nair")


@pytest.fixture
def charlie(new_person: Callable[[str], Person]) -> Person:  # type: ignore[override]
    return new_person("Charlie Rao")


@pytest.fixture
def credit(machines: Machines) -> Callable[..., httpx.Response]:
    """The bank credits an order of somebody's through one of the webhooks: ``credit(alice, 5_00, webhook=1)``."""

    def call(person: Person, amount_paise: int, *, webhook: int = 0) -> httpx.Response:
        reference = add_onramp(person.person_id, amount_paise)
        return machines.webhooks[webhook].call(message(reference, amount_paise))

    return call
