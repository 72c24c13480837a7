"""A locked row holds up its own messages and payments only; a batch that agrees with our orders is not judged.

Batches of the bank's messages and of payments wait a quarter of a second for a lock and give up: their callers try once
more, then make each alone, and only who needs that row is told to repeat. The functions take and answer what they did;
the version before takes it for a database that is too busy, as it did after five seconds.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"

SEND_PAYMENTS = "wallet_send_payments(uuid[], uuid[], bigint[], text[], text[], bytea[], text[])"


def upgrade() -> None:
    _replace("0011_wallet_settle_messages")
    op.execute(f"ALTER FUNCTION {SEND_PAYMENTS} SET lock_timeout = '250ms'")


def downgrade() -> None:
    op.execute(f"ALTER FUNCTION {SEND_PAYMENTS} RESET lock_timeout")
    _replace("0009_wallet_settle_messages")


def _replace(file: str) -> None:
    op.execute((SQL / f"{file}.sql").read_text(encoding="utf-8"))
