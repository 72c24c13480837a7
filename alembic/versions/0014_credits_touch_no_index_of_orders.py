"""Orders that moved no money have a table of their own, and a credit writes its order in place (docs/decisions/0015).

Three partial indexes named an order's status, so that every credit wrote its order into all six of them anew. What they
were read for is found by ``onramp_unmoved`` now, which triggers and credits keep.

Batches of first words of success, as nearly all are, are compared as arrays, and nothing in them is judged
(wallet_settle_successes). What credits orders is a function of its own (wallet_credit_orders), for these and for those
that are judged.

While it runs nobody orders and nobody is credited. Until it is gone, the version before reads a person's failed orders
by the index of all their orders, its sweep reads the table of orders, and all of its batches are judged.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"

UNMOVED = sa.text("status <> 'succeeded'")
HAS_FAILED = sa.text("status IN ('failed', 'expired')")
WAITS = sa.text("status = 'processing'")


def upgrade() -> None:
    op.create_table(
        "onramp_unmoved",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_onramp_unmoved")),
    )
    # Orders are written from here on by nobody else, and none is missed.
    op.execute((SQL / "0014_wallet_keep_unmoved.sql").read_text(encoding="utf-8"))
    op.execute(
        """
        INSERT INTO onramp_unmoved (reference, person_id, created_at, ended_at)
        SELECT reference, person_id, created_at, settled_at FROM onramp WHERE status <> 'succeeded'
        """
    )
    op.create_index(
        "ix_onramp_unmoved_waiting",
        "onramp_unmoved",
        ["created_at", "reference"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_onramp_unmoved_person",
        "onramp_unmoved",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("reference DESC")],
    )
    op.create_index(
        "ix_onramp_unmoved_ended",
        "onramp_unmoved",
        ["person_id", sa.literal_column("ended_at DESC")],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.drop_index("ix_onramp_processing", table_name="onramp", postgresql_where=WAITS)
    op.drop_index("ix_onramp_unmoved", table_name="onramp", postgresql_where=UNMOVED)
    op.drop_index("ix_onramp_failed", table_name="onramp", postgresql_where=HAS_FAILED)
    op.execute("ALTER TABLE onramp SET (fillfactor = 45)")
    for function in ("wallet_credit_orders", "wallet_settle_messages", "wallet_settle_successes"):
        op.execute((SQL / f"0014_{function}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION wallet_settle_successes")
    op.execute((SQL / "0011_wallet_settle_messages.sql").read_text(encoding="utf-8"))
    op.execute("DROP FUNCTION wallet_credit_orders")
    op.execute("ALTER TABLE onramp SET (fillfactor = 80)")
    op.create_index("ix_onramp_processing", "onramp", ["created_at"], postgresql_where=WAITS)
    op.create_index(
        "ix_onramp_unmoved",
        "onramp",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("reference DESC")],
        postgresql_where=UNMOVED,
    )
    op.create_index(
        "ix_onramp_failed",
        "onramp",
        ["person_id", sa.literal_column("settled_at DESC")],
        postgresql_where=HAS_FAILED,
    )
    for trigger in ("onramp_is_unmoved", "onramp_stays_unmoved", "onramp_is_gone"):
        op.execute(f"DROP TRIGGER {trigger} ON onramp")
    for function in ("wallet_add_unmoved", "wallet_change_unmoved", "wallet_remove_unmoved"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("onramp_unmoved")
