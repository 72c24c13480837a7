"""Batches of first words of success are compared as arrays, and nothing in them is judged (wallet_settle_successes).

Nearly every batch is one. What credits orders is a function of its own (wallet_credit_orders), for these and for those
that are judged. The version before has all of its batches judged until it is gone.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    for function in ("wallet_credit_orders", "wallet_settle_messages", "wallet_settle_successes"):
        op.execute((SQL / f"0015_{function}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION wallet_settle_successes")
    op.execute((SQL / "0011_wallet_settle_messages.sql").read_text(encoding="utf-8"))
    op.execute("DROP FUNCTION wallet_credit_orders")
