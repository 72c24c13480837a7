"""Runs the migrations, from the command line or from Python (``config.attributes["url"]``).

The URL is, in this order: the attribute, ``alembic -x url=...``, the settings' (past a pooler). If WALLET_SERVING_ROLE
names a role, that has its rights when the migrations have run.
"""

from typing import Final, cast

import psycopg
from sqlalchemy import Connection, create_engine, pool, text

from alembic import context
from wallet_core import db
from wallet_core.config import get_settings
from wallet_core.grants import grant_serving
from wallet_core.models import METADATA

#: A migration that waits for a lock makes everybody behind it wait too: give up soon, and be started again.
LOCK_TIMEOUT_MS: Final = 5_000

#: No step may take longer than this; a rewrite of a big table is to be cut into smaller steps.
STATEMENT_TIMEOUT_MS: Final = 120_000

#: Two starting machines migrate one after the other: they both ask for this number ("wallet" in ASCII).
ADVISORY_LOCK: Final = 0x77616C6C6574


def chosen_url() -> str:
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    return db.sqlalchemy_url(str(given) if given else db.direct_database_url())


def run() -> None:
    options = db.connection_options(statement_timeout_ms=STATEMENT_TIMEOUT_MS, lock_timeout_ms=LOCK_TIMEOUT_MS)
    engine = create_engine(chosen_url(), connect_args=options, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA, compare_server_default=True)
        with context.begin_transaction():
            # The other one may well need longer than a lock of a table may be waited for.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            context.run_migrations()
            grant(connection)


def grant(connection: Connection) -> None:
    """To the role that the settings name, or the attribute ``serving_role``."""
    role, password_file = context.config.attributes.get("serving_role"), None
    if role is None:
        settings = get_settings()
        role, password_file = settings.serving_role, settings.serving_password_file
    if role:
        grant_serving(cast(psycopg.Connection, connection.connection.driver_connection), role, password_file)


def write_script() -> None:
    """``alembic upgrade head --sql``: the statements as text, for whoever runs them by hand."""
    context.configure(url=chosen_url(), target_metadata=METADATA, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    write_script()
else:
    run()
