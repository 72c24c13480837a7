"""Requests for money, who is not let ask whom, what was reported, and the function that pays a request."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"

IS_OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    op.create_table(
        "payment_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True, cache=1), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_paise", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("inputs_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'paid', 'declined', 'expired', 'cancelled')", name=op.f("ck_payment_request_status")
        ),
        sa.CheckConstraint("amount_paise BETWEEN 1 AND 10000000", name=op.f("ck_payment_request_amount_within_limits")),
        sa.CheckConstraint("requester_id <> payer_id", name=op.f("ck_payment_request_two_people")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_payment_request_expires_after_created")),
        sa.CheckConstraint(
            "(status = 'open') = (ended_at IS NULL)", name=op.f("ck_payment_request_ended_at_when_ended")
        ),
        sa.CheckConstraint(
            "(status = 'paid') = (transfer_id IS NOT NULL)", name=op.f("ck_payment_request_transfer_when_paid")
        ),
        sa.CheckConstraint("octet_length(inputs_sha256) = 32", name=op.f("ck_payment_request_inputs_sha256")),
        sa.ForeignKeyConstraint(["payer_id"], ["person.id"], name=op.f("fk_payment_request_payer_id")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_payment_request_requester_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_payment_request_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_request_reference")),
        sa.UniqueConstraint("requester_id", "key", name=op.f("uq_payment_request_requester_id_key")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_payment_request_transfer_id")),
        postgresql_with={"fillfactor": 80},
    )
    newest_first = [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")]
    last_ended_first = [sa.literal_column("ended_at DESC"), sa.literal_column("id DESC")]
    op.create_index("ix_payment_request_payer", "payment_request", ["payer_id", *newest_first])
    op.create_index("ix_payment_request_requester", "payment_request", ["requester_id", *newest_first])
    op.create_index("ix_payment_request_ended", "payment_request", ["requester_id", *last_ended_first])
    op.create_index(
        "ix_payment_request_waiting", "payment_request", ["payer_id", *newest_first], postgresql_where=IS_OPEN
    )
    op.create_index("ix_payment_request_open", "payment_request", ["expires_at"], postgresql_where=IS_OPEN)
    op.create_table(
        "person_block",
        sa.Column("blocker_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("blocker_id <> blocked_id", name=op.f("ck_person_block_two_people")),
        sa.ForeignKeyConstraint(["blocked_id"], ["person.id"], name=op.f("fk_person_block_blocked_id")),
        sa.ForeignKeyConstraint(["blocker_id"], ["person.id"], name=op.f("fk_person_block_blocker_id")),
        sa.PrimaryKeyConstraint("blocker_id", "blocked_id", name=op.f("pk_person_block")),
    )
    op.create_table(
        "request_report",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "reason IN ('stranger', 'fraud', 'harassment', 'other')", name=op.f("ck_request_report_reason")
        ),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_request_report_reporter_id")),
        sa.ForeignKeyConstraint(["request_id"], ["payment_request.id"], name=op.f("fk_request_report_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_request_report")),
    )
    op.execute((SQL / "0005_wallet_pay_request.sql").read_text(encoding="utf-8").replace(":", r"\:"))


def downgrade() -> None:
    op.execute("DROP FUNCTION wallet_pay_request")
    op.drop_table("request_report")
    op.drop_table("person_block")
    op.drop_table("payment_request")
