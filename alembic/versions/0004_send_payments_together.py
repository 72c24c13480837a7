"""Payments that wait together are made together: one function for a batch of commands.

``wallet_send_money`` stays for the wallets of the version before, which still run while this migration does.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute((SQL / "0004_wallet_send_payments.sql").read_text(encoding="utf-8").replace(":", r"\:"))


def downgrade() -> None:
    op.execute("DROP FUNCTION wallet_send_payments")
