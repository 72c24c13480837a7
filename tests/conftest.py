"""Real PostgreSQL for every test that touches data, and one cast: Alice pays, Bob is paid, Charlie must see nothing.

One server for the run (embedded, or yours with TEST_DATABASE_URL), one migrated template, and for each test a fresh
copy of it. No test sees what another one wrote.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from alembic.config import Config
from hypothesis import settings
from psycopg import sql
from sqlmodel import Session

from alembic import command
from wallet_core import db, ledger
from wallet_core.clock import now
from wallet_core.embedded_postgres import EmbeddedPostgres
from wallet_core.ids import new_reference, new_token, sha256
from wallet_core.models import Onramp, Person
from wallet_core.money import MAX_MOVEMENT_PAISE
from wallet_core.views import BankMessage, MessageOutcome

#: Proofs lie in tests/proofs and, where they need the whole product, in tests/e2e.
pytest_plugins = ["tests.proofs.plugin"]

ROOT = Path(__file__).resolve().parents[1]

#: A machine that does much else is slow now and then, which is no defect: no example has a time limit of its own.
settings.register_profile("wallet", deadline=None)
settings.load_profile("wallet")

#: The three that every test knows (the same phones as the demo people).
CAST = {"alice": "+919876543210", "bob": "+919876543211", "charlie": "+919876543212"}

#: Who the core connects as: with the rights of wallet_core/grants.py, so that every test says whether they are enough.
SERVING_ROLE = "wallet_serving"

#: Not a hash of anything: nobody of the cast can sign in before a test gives them a password.
NO_PASSWORD = "!"

Fund = Callable[[UUID, int], str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="every proof at its promised size (make prove)")
    parser.addoption("--traces", action="store_true", help="keep what a failed test did in the browser (slow)")
    parser.addoption("--seed", type=int, default=None, help="the seed of the proofs, to repeat a run")


def alembic_config(url: str, serving_role: str = "") -> Config:
    """Alembic as the launcher runs it, on one database."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = url
    config.attributes["serving_role"] = serving_role
    return config


def as_serving(url: str) -> str:
    """The same database, as apps and webhooks see it where an operator cares."""
    parts = urlsplit(url)
    password = f":{parts.password}" if parts.password else ""
    where = parts.netloc.rpartition("@")[2]
    return f"postgresql://{SERVING_ROLE}{password}@{where}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def with_database(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    parts = urlsplit(url)
    # By hand: urlunsplit drops the two slashes where there is no host.
    return f"postgresql://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """A server on which databases may be made. The folder has a short name: the path of a unix socket is limited."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield db.libpq_url(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="wallet-", dir="/tmp"))
    folder.chmod(0o755)
    # Without fsync a test survives every kill of a process, and only the power cut is not tested: five times the speed.
    fsync = "on" if pytestconfig.getoption("full") else "off"
    server = EmbeddedPostgres(folder / "pg", settings={"fsync": fsync, "max_connections": "200"})
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    """The name of a migrated, empty database."""
    name = f"wallet_template_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        if server.execute("SELECT FROM pg_roles WHERE rolname = %s", (SERVING_ROLE,)).fetchone() is None:
            password = sql.Literal(urlsplit(postgres_url).password)
            server.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(SERVING_ROLE), password))
        command.upgrade(alembic_config(with_database(postgres_url, name), SERVING_ROLE), "head")
        yield name
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def fresh_database(
    postgres_url: str, template_database: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], AbstractContextManager[str]]:
    """Makes databases: each is empty, migrated, and the whole core's as long as its block lasts."""

    @contextmanager
    def make() -> Iterator[str]:
        name = f"wallet_test_{secrets.token_hex(4)}"
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template_database)
                )
            )
            url = with_database(postgres_url, name)
            monkeypatch.setenv("DATABASE_URL", as_serving(url))
            db.configure(as_serving(url))
            try:
                yield url
            finally:
                db.dispose()
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    return make


@pytest.fixture
def database_url(fresh_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """A fresh, migrated database that the whole core uses during one test, with no more rights than it needs. Child
    processes find it in DATABASE_URL. Answers the URL of whoever owns it.
    """
    with fresh_database() as url:
        yield url


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection past all code of ours, in autocommit, to look at rows or to try forbidden things."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def add_person(name: str, phone: str) -> UUID:
    """A person with two empty accounts, without the price of a password hash."""

    def work(session: Session) -> UUID:
        person = Person(name=name, phone=phone, password_hash=NO_PASSWORD)
        session.add(person)
        session.flush()
        ledger.open_accounts(session, person.id)
        return person.id

    return db.in_transaction(work)


@pytest.fixture
def alice(database_url: str) -> UUID:
    return add_person("Alice Nair", CAST["alice"])


@pytest.fixture
def bob(database_url: str) -> UUID:
    return add_person("Bob Verma", CAST["bob"])


@pytest.fixture
def charlie(database_url: str) -> UUID:
    return add_person("Charlie Rao", CAST["charlie"])


def add_onramp(person_id: UUID, amount_paise: int, *, bank_code: str = "HDFC", payment_id: str | None = None) -> str:
    """An order that waits for its bank. Answers its reference."""
    reference, key = new_reference("A"), new_token()

    def work(session: Session) -> None:
        session.add(
            Onramp(
                reference=reference,
                person_id=person_id,
                bank_code=bank_code,
                amount_paise=amount_paise,
                payment_id=payment_id,
                key=key,
                inputs_sha256=sha256(key),
                created_at=now(),
                expires_at=now() + timedelta(minutes=15),
            )
        )

    db.in_transaction(work)
    return reference


def bank_message(
    reference: str,
    amount_paise: int,
    *,
    succeeded: bool = True,
    message_id: str | None = None,
    payment_id: str | None = None,
) -> BankMessage:
    """What the bank says about an order, as the webhook hands it on."""
    return BankMessage(
        message_id=message_id or f"msg_{secrets.token_hex(8)}",
        reference=reference,
        payment_id=payment_id or f"pay_{reference}",
        amount_paise=amount_paise,
        succeeded=succeeded,
        body="{}",
    )


@pytest.fixture
def fund(database_url: str) -> Fund:
    """Gives money the only way there is: orders that their bank confirms. Answers the last order's reference."""
    from wallet_core.services.onramps import settle_onramp

    def add_money(person_id: UUID, amount_paise: int) -> str:
        reference = ""
        while amount_paise > 0:
            part_paise = min(amount_paise, MAX_MOVEMENT_PAISE)
            reference = add_onramp(person_id, part_paise)
            assert settle_onramp(bank_message(reference, part_paise)) is MessageOutcome.CREDITED
            amount_paise -= part_paise
        return reference

    return add_money
