"""Each account that a statement's transfers name is looked at once, not once a transfer (docs/decisions/0014)."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute((SQL / "0013_wallet_refuse_unknown_accounts.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    # The function stands first in that file, before its trigger.
    function = (SQL / "0012_wallet_keep_accounts.sql").read_text(encoding="utf-8").partition("CREATE TRIGGER")[0]
    op.execute(function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
