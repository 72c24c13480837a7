"""Batches: payments that wait together are made together, and the bank's messages come as one JSON text.

``wallet_send_money`` and ``wallet_settle_onramps`` stay for the wallets of the version before, which still run while
this migration does.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"

FUNCTIONS = ("wallet_send_payments", "wallet_settle_messages")


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute((SQL / f"0004_{function}.sql").read_text(encoding="utf-8").replace(":", r"\:"))


def downgrade() -> None:
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
