"""The SQL functions that move money, each in one round trip and one transaction."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"

#: A later version of a function gets a file of its own, named by its migration: these stay as they were shipped.
FUNCTIONS = ("wallet_send_money", "wallet_settle_onramps", "wallet_post_transfer")


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute((SQL / f"0002_{function}.sql").read_text(encoding="utf-8").replace(":", r"\:"))


def downgrade() -> None:
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
