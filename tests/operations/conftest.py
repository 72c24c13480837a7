"""One app and one webhook with everything that an operator looks at, on a database server that may be stopped."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from alembic import command
from tests.conftest import add_person, alembic_config
from tests.e2e.stack import environment_of, free_ports, short_folder
from tests.operations.figures import Figures
from tests.proofs.proxy import Proxy
from tests.scale.machines import AppProcess
from tests.scale.servers import Redis
from tests.webhook.process import WebhookProcess
from wallet_core import db, sessions
from wallet_core.embedded_postgres import SOCKET_NAME, EmbeddedPostgres
from wallet_core.passwords import hash_password
from wallet_core.views import Client

#: The first test of a run may have to install Redis, and starts four processes.
PATIENCE_S = 600

#: So that a round of the auditor is seen in a test.
AUDIT_EVERY_S = 1

PASSWORD = "correct horse battery"
_HASH = hash_password(PASSWORD)

_phones = (f"+9198768{number:05}" for number in itertools.count(10_001))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(PATIENCE_S))


@dataclass
class Wallet:
    """``listener_port``: where the app's connection that listens goes through, by a proxy of its own."""

    database: EmbeddedPostgres
    redis: Redis
    app: AppProcess
    webhook: WebhookProcess
    app_figures: Figures
    webhook_figures: Figures
    listener_port: int
    listener: Proxy
    url: str
    environment: dict[str, str]
    folder: Path

    def cut_listener(self) -> None:
        self.listener.stop()

    def mend_listener(self) -> None:
        self.listener = _listener(self.database, self.listener_port)


def _listener(database: EmbeddedPostgres, port: int) -> Proxy:
    folder = database.url().partition("?host=")[2]
    proxy = Proxy(port, Path(folder) / SOCKET_NAME)
    proxy.start()
    return proxy


@pytest.fixture(scope="session")
def database() -> Iterator[EmbeddedPostgres]:
    with short_folder() as folder:
        server = EmbeddedPostgres(folder / "pg", settings={"fsync": "off"})
        try:
            command.upgrade(alembic_config(server.start()), "head")
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def wallet(database: EmbeddedPostgres) -> Iterator[Wallet]:
    app_port, listener_port, app_figures, webhook_port, webhook_figures = free_ports(5)
    url = database.url()
    with short_folder() as folder, ExitStack() as stack:
        redis = Redis(folder)
        stack.callback(redis.stop)
        redis.run()
        listener = _listener(database, listener_port)
        shared = {
            "DATABASE_URL": url,
            "WALLET_DIRECT_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{listener_port}/wallet",
            "REFLEX_REDIS_URL": redis.url,
            "WALLET_PUBLIC_URL": f"http://localhost:{app_port}",
            "WALLET_APP_METRICS_PORT": str(app_figures),
            "WALLET_LOG_FORMAT": "json",
        }
        environment = environment_of(folder / "data", free_ports(3), shared)
        app = AppProcess(app_port, folder, environment)
        stack.callback(app.stop)
        app.start()
        webhook = WebhookProcess(url, webhook_port, folder)
        stack.callback(webhook.stop)
        changes = {"WALLET_WEBHOOK_METRICS_PORT": str(webhook_figures), "WALLET_AUDIT_EVERY_S": str(AUDIT_EVERY_S)}
        webhook.start(changes)
        running = Wallet(
            database,
            redis,
            app,
            webhook,
            Figures(app_figures),
            Figures(webhook_figures),
            listener_port,
            listener,
            url,
            environment,
            folder,
        )
        yield running
        running.listener.stop()


@pytest.fixture
def database_url(wallet: Wallet) -> Iterator[str]:
    """The wallet's own, instead of a fresh one for each test; the core of this process uses it, too."""
    db.configure(wallet.url)
    yield wallet.url
    db.dispose()


@dataclass(frozen=True)
class Person:
    phone: str
    person_id: UUID
    cookie: str


@pytest.fixture
def new_person(database_url: str) -> Callable[[str], Person]:
    """Makes people with PASSWORD and an open session; no test meets those of another."""

    def make(name: str) -> Person:
        phone = next(_phones)
        person_id = add_person(name, phone)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("UPDATE person SET password_hash = %s WHERE id = %s", [_HASH, person_id])
        client = Client(address="127.0.0.1", user_agent="test")
        opened = db.in_transaction(lambda session: sessions.open_session(session, person_id, client))
        return Person(phone, person_id, f"wallet_session={opened.token}")

    return make


@pytest.fixture
def alice(new_person: Callable[[str], Person]) -> Person:  # type: ignore[override]
    return new_person("Alice Nair")


@pytest.fixture
def bob(new_person: Callable[[str], Person]) -> Person:  # type: ignore[override]
    return new_person("Bob Verma")
