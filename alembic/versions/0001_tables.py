"""The tables, the trigger that keeps history as it was, and the accounts of the banks and of suspense."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from alembic import op
from wallet_core.banks import BANKS

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.create_table(
        "disputed_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True, cache=1), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputed_message")),
        sa.UniqueConstraint("message_id", "reason", name=op.f("uq_disputed_message_message_id_reason")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("phone", name=op.f("uq_person_phone")),
    )
    op.create_index("ix_person_name_id", "person", [sa.literal_column("lower(name)"), "id"], unique=False)
    op.create_index(
        "ix_person_name_words",
        "person",
        [sa.literal_column("to_tsvector('simple'::regconfig, name)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "rate_limit_bucket",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "subject", name=op.f("pk_rate_limit_bucket")),
    )
    op.create_index(op.f("ix_rate_limit_bucket_updated_at"), "rate_limit_bucket", ["updated_at"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True, cache=1), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("balance_paise", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'bank') = (bank_code IS NOT NULL)", name=op.f("ck_account_bank_code_of_banks_only")
        ),
        sa.CheckConstraint(
            "(kind IN ('available', 'locked')) = (balance_paise IS NOT NULL)",
            name=op.f("ck_account_balance_of_people_only"),
        ),
        sa.CheckConstraint(
            "(kind IN ('available', 'locked')) = (person_id IS NOT NULL)", name=op.f("ck_account_person_of_people_only")
        ),
        sa.CheckConstraint("kind IN ('available', 'locked', 'bank', 'suspense')", name=op.f("ck_account_kind")),
        sa.CheckConstraint("balance_paise >= 0", name=op.f("ck_account_balance_not_negative")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("bank_code", name=op.f("uq_account_bank_code")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_account_person_id_kind")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "uq_account_suspense", "account", ["kind"], unique=True, postgresql_where=sa.text("kind = 'suspense'")
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.CheckConstraint("octet_length(token_sha256) = 32", name=op.f("ck_session_token_sha256")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_session_token_sha256")),
    )
    op.create_index(
        "ix_session_person_id", "session", ["person_id"], unique=False, postgresql_where=sa.text("revoked_at IS NULL")
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True, cache=1), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("debit_account_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_paise", sa.BigInteger(), nullable=False),
        sa.Column("debit_balance_after_paise", sa.BigInteger(), nullable=True),
        sa.Column("credit_balance_after_paise", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("corrects_transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'correction') = (corrects_transfer_id IS NOT NULL)",
            name=op.f("ck_transfer_correction_names_another"),
        ),
        sa.CheckConstraint(
            "kind IN ('onramp', 'payment', 'hold', 'release', 'correction')", name=op.f("ck_transfer_kind")
        ),
        sa.CheckConstraint("amount_paise BETWEEN 1 AND 10000000", name=op.f("ck_transfer_amount_within_limits")),
        sa.CheckConstraint("credit_balance_after_paise >= 0", name=op.f("ck_transfer_credit_balance_not_negative")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_transfer_two_accounts")),
        sa.CheckConstraint("debit_balance_after_paise >= 0", name=op.f("ck_transfer_debit_balance_not_negative")),
        sa.ForeignKeyConstraint(
            ["corrects_transfer_id"], ["transfer.id"], name=op.f("fk_transfer_corrects_transfer_id")
        ),
        sa.ForeignKeyConstraint(["credit_account_id"], ["account.id"], name=op.f("fk_transfer_credit_account_id")),
        sa.ForeignKeyConstraint(["debit_account_id"], ["account.id"], name=op.f("fk_transfer_debit_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("corrects_transfer_id", name=op.f("uq_transfer_corrects_transfer_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_transfer_reference")),
    )
    op.create_index(
        "ix_transfer_credit_account_id_id",
        "transfer",
        ["credit_account_id", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_transfer_debit_account_id_id", "transfer", ["debit_account_id", sa.literal_column("id DESC")], unique=False
    )
    op.create_table(
        "onramp",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("amount_paise", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="processing", nullable=False),
        sa.Column("failure_code", sa.Text(), server_default="", nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("inputs_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(status = 'processing') = (settled_at IS NULL)", name=op.f("ck_onramp_settled_at_when_ended")
        ),
        sa.CheckConstraint(
            "(status = 'succeeded') = (transfer_id IS NOT NULL)", name=op.f("ck_onramp_transfer_when_succeeded")
        ),
        sa.CheckConstraint(
            "(status IN ('failed', 'expired')) = (failure_code <> '')", name=op.f("ck_onramp_failure_code_when_failed")
        ),
        sa.CheckConstraint("status IN ('processing', 'succeeded', 'failed', 'expired')", name=op.f("ck_onramp_status")),
        sa.CheckConstraint("amount_paise BETWEEN 1 AND 10000000", name=op.f("ck_onramp_amount_within_limits")),
        sa.ForeignKeyConstraint(["bank_code"], ["account.bank_code"], name=op.f("fk_onramp_bank_code")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_onramp_person_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_onramp_transfer_id")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_onramp")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_onramp_person_id_key")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_onramp_transfer_id")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "ix_onramp_person_id_created_at", "onramp", ["person_id", sa.literal_column("created_at DESC")], unique=False
    )
    op.create_index(
        "ix_onramp_processing",
        "onramp",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'processing'"),
    )
    op.create_table(
        "payment_command",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("inputs_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("octet_length(inputs_sha256) = 32", name=op.f("ck_payment_command_inputs_sha256")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payment_command_person_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_payment_command_transfer_id")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_payment_command")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_payment_command_transfer_id")),
    )
    op.execute((SQL / "0001_wallet_refuse_change.sql").read_text(encoding="utf-8"))
    # A bank that is added later gets its account in a migration of its own.
    account = sa.table("account", sa.column("kind", sa.Text()), sa.column("bank_code", sa.Text()))
    op.bulk_insert(account, [{"kind": "bank", "bank_code": code} for code in BANKS])
    op.bulk_insert(account, [{"kind": "suspense", "bank_code": None}])


def downgrade() -> None:
    op.drop_table("payment_command")
    op.drop_index("ix_onramp_processing", table_name="onramp", postgresql_where=sa.text("status = 'processing'"))
    op.drop_index("ix_onramp_person_id_created_at", table_name="onramp")
    op.drop_table("onramp")
    op.drop_index("ix_transfer_debit_account_id_id", table_name="transfer")
    op.drop_index("ix_transfer_credit_account_id_id", table_name="transfer")
    op.drop_table("transfer")
    op.drop_index("ix_session_person_id", table_name="session", postgresql_where=sa.text("revoked_at IS NULL"))
    op.drop_table("session")
    op.drop_index("uq_account_suspense", table_name="account", postgresql_where=sa.text("kind = 'suspense'"))
    op.drop_table("account")
    op.drop_index(op.f("ix_rate_limit_bucket_updated_at"), table_name="rate_limit_bucket")
    op.drop_table("rate_limit_bucket")
    op.drop_index("ix_person_name_words", table_name="person", postgresql_using="gin")
    op.drop_index("ix_person_name_id", table_name="person")
    op.drop_table("person")
    op.drop_table("disputed_message")
    op.execute("DROP FUNCTION wallet_refuse_change()")
