"""Two indexes for pages that must stay flat: the last payment between two people, and orders that moved no money."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_transfer_pair",
        "transfer",
        ["debit_account_id", "credit_account_id", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_onramp_unmoved",
        "onramp",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("reference DESC")],
        unique=False,
        postgresql_where=sa.text("status <> 'succeeded'"),
    )


def downgrade() -> None:
    op.drop_index("ix_onramp_unmoved", table_name="onramp", postgresql_where=sa.text("status <> 'succeeded'"))
    op.drop_index("ix_transfer_pair", table_name="transfer")
