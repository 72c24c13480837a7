"""Both servers say 503 while something that they need is away, name it, and heal without a restart."""

import os
import signal
import socket
import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from alembic import command
from tests.conftest import alembic_config
from tests.operations.conftest import Wallet
from tests.operations.figures import Figures
from tests.scale.machines import AppProcess
from tests.webhook.process import WebhookProcess, free_port

#: Silence is noticed within six seconds, a restart of the database healed within ten; and the machine is busy.
WITHIN_S = 30


def asked(address: str) -> tuple[int, list[str]]:
    answer = httpx.get(f"{address}/readyz", timeout=10)
    said = answer.json()
    assert (answer.status_code, said["status"]) in {(200, "ready"), (503, "unavailable")}
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)
    return answer.status_code, said.get("missing", [])


def until(address: str, *missing: str) -> None:
    """Waits until this is missing and nothing else; without a word, until it is ready."""
    expected = (503 if missing else 200, list(missing))
    deadline = time.monotonic() + WITHIN_S
    while (said := asked(address)) != expected:
        assert time.monotonic() < deadline, said
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def both_ready(wallet: Wallet) -> Iterator[None]:
    """Before each test, and again after it: without a restart."""
    processes = (wallet.app.pid, wallet.webhook.pid)
    for address in (wallet.app.address, wallet.webhook.address):
        until(address)
    yield
    for address in (wallet.app.address, wallet.webhook.address):
        until(address)
    for process in processes:
        os.kill(process, 0)


def test_postgresql_away(wallet: Wallet) -> None:
    wallet.database.stop()
    try:
        until(wallet.webhook.address, "database")
        until(wallet.app.address, "changes", "database")
        wallet.app_figures.until(lambda found: found["wallet_app_ready"] == 0)
        assert wallet.webhook_figures.read()["wallet_webhook_ready"] == 0
        for address in (wallet.app.address, wallet.webhook.address):
            assert httpx.get(f"{address}/healthz").json() == {"status": "alive"}
    finally:
        wallet.database.start()
    # Nobody asks the webhook for it but it itself.
    wallet.webhook_figures.until(lambda found: found["wallet_webhook_ready"] == 1)
    until(wallet.app.address)
    wallet.app_figures.until(lambda found: found["wallet_app_ready"] == 1)


def test_migrations_behind_by_one(wallet: Wallet) -> None:
    command.downgrade(alembic_config(wallet.url), "-1")
    try:
        until(wallet.webhook.address, "migrations")
        until(wallet.app.address, "migrations")
    finally:
        command.upgrade(alembic_config(wallet.url), "head")


def test_a_database_without_our_tables(wallet: Wallet) -> None:
    with psycopg.connect(wallet.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE alembic_version RENAME TO alembic_version_aside")
        try:
            until(wallet.webhook.address, "migrations")
            until(wallet.app.address, "migrations")
        finally:
            connection.execute("ALTER TABLE alembic_version_aside RENAME TO alembic_version")


def test_the_next_releases_migrations_are_no_hindrance(wallet: Wallet) -> None:
    with psycopg.connect(wallet.url, autocommit=True) as connection:
        (before,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        try:
            time.sleep(1)  # both remember an answer for half a second
            assert [asked(address) for address in (wallet.app.address, wallet.webhook.address)] == [(200, [])] * 2
        finally:
            connection.execute("UPDATE alembic_version SET version_num = %s", [before])


def test_the_connection_that_listens_is_dead(wallet: Wallet) -> None:
    wallet.cut_listener()
    try:
        until(wallet.app.address, "changes")
        assert asked(wallet.webhook.address) == (200, [])
    finally:
        wallet.mend_listener()


def test_redis_away(wallet: Wallet) -> None:
    wallet.redis.kill()
    try:
        until(wallet.app.address, "redis")
        assert asked(wallet.webhook.address) == (200, [])
    finally:
        wallet.redis.run()


def test_a_webhook_on_its_way_out_says_so_and_still_answers(wallet: Wallet) -> None:
    folder = wallet.folder / "leaving"
    folder.mkdir()
    webhook = WebhookProcess(wallet.url, free_port(), folder)
    webhook.start({"WALLET_BEHIND_TLS_PROXY": "true"})
    until(webhook.address)
    os.kill(webhook.pid, signal.SIGTERM)
    until(webhook.address, "leaving")
    assert httpx.get(f"{webhook.address}/healthz").status_code == 200
    assert webhook.terminate() == 0


def test_an_app_on_its_way_out_says_so_and_still_answers(wallet: Wallet) -> None:
    folder = wallet.folder / "app-leaving"
    folder.mkdir()
    environment = {key: value for key, value in wallet.environment.items() if key != "WALLET_APP_METRICS_PORT"}
    app = AppProcess(free_port(), folder, {**environment, "WALLET_BEHIND_TLS_PROXY": "true"})
    app.start()
    try:
        until(app.address)
        os.kill(app.pid, signal.SIGTERM)
        until(app.address, "leaving")
        # What the proxy asks.
        assert httpx.get(f"{app.address}/healthz").status_code == 503
        assert httpx.get(f"{app.address}/api/me").status_code == 401
    finally:
        app.stop()


def test_figures_are_on_the_internal_port_alone(wallet: Wallet) -> None:
    for address in (wallet.app.address, wallet.webhook.address):
        answer = httpx.get(f"{address}/metrics")
        assert answer.status_code == 404
        assert "wallet_" not in answer.text
    for figures in (wallet.app_figures, wallet.webhook_figures):
        assert "wallet_pool_connections" in str(figures.read())
        assert not _is_heard_elsewhere(figures)


def _is_heard_elsewhere(figures: Figures) -> bool:
    """By another address of this machine than the one that is meant for them (WALLET_METRICS_HOST)."""
    try:
        socket.create_connection(("127.0.0.2", figures.port), timeout=5).close()
    except OSError:
        return False
    return True
