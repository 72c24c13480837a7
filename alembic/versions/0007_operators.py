"""Operators, their second password, what they did, four eyes; frozen people and accounts; the auditor's books.

Works beside the version before, which is not told of a freeze in words but held to it: the functions keep their names,
and answer it an outcome that it shows as a failure. New columns are empty and cost no rewrite. ``wallet_send_money``
and ``wallet_settle_onramps``, of before 0004, go: nothing calls them, and they would be a way around a freeze.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"

#: The functions of the versions before, by the file that holds them.
REPLACED = ("0004_wallet_send_payments", "0002_wallet_post_transfer")
REMOVED = ("0002_wallet_send_money", "0002_wallet_settle_onramps")

NOT_MATCHED = sa.text("NOT is_matched")
IS_OPEN = sa.text("status = 'open'")
NOT_CLEARED = sa.text("cleared_at IS NULL")


def upgrade() -> None:
    _add_columns()
    _create_operators_tables()
    _create_auditors_tables()
    for function in ("0007_wallet_send_payments", "0007_wallet_post_transfer", "0007_wallet_guards"):
        _execute_file(function)
    for function in REMOVED:
        op.execute(f"DROP FUNCTION {function.partition('_')[2]}")


def downgrade() -> None:
    for function in REMOVED:
        _execute_file(function)
    for function in REPLACED:
        op.execute(_text_of(function).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.execute("DROP TRIGGER account_debits_are_frozen ON account")
    op.execute("DROP FUNCTION wallet_refuse_frozen_debit")
    for table in (
        "statement_line",
        "bank_book",
        "audit_state",
        "account_checkpoint",
        "drift",
        "correction_proposal",
        "audit_entry",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION wallet_refuse_audit_change")
    op.drop_column("session", "operator_until")
    op.drop_column("session", "operator_raised_at")
    op.drop_column("account", "debits_frozen_at")
    op.drop_column("person", "operator_since")
    op.drop_column("person", "frozen_at")


def _text_of(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8").replace(":", r"\:")


def _execute_file(name: str) -> None:
    op.execute(_text_of(name))


def _moment(name: str, *, default: str = "") -> sa.Column[object]:
    column_type = sa.DateTime(timezone=True)
    if default:
        return sa.Column(name, column_type, server_default=sa.text(default), nullable=False)
    return sa.Column(name, column_type, nullable=True)


def _text(name: str, *, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _number(name: str, *, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=False)


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True, cache=1), nullable=False)


def _add_columns() -> None:
    op.add_column("person", _moment("frozen_at"))
    op.add_column("person", _moment("operator_since"))
    op.add_column("account", _moment("debits_frozen_at"))
    op.add_column("session", _moment("operator_raised_at"))
    op.add_column("session", _moment("operator_until"))


def _create_operators_tables() -> None:
    op.create_table(
        "audit_entry",
        _identity(),
        _moment("at", default="clock_timestamp()"),
        _text("actor"),
        sa.Column("operator_id", sa.Uuid(), nullable=True),
        _text("action"),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        _text("reference", default=""),
        _text("reason", default=""),
        _text("address", default=""),
        sa.CheckConstraint("actor IN ('operator', 'terminal', 'auditor')", name=op.f("ck_audit_entry_actor")),
        sa.CheckConstraint(
            "(actor = 'operator') = (operator_id IS NOT NULL)", name=op.f("ck_audit_entry_operator_is_named")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_audit_entry_account_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["person.id"], name=op.f("fk_audit_entry_operator_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_entry_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "correction_proposal",
        _identity(),
        _text("reference"),
        _number("transfer_id"),
        sa.Column("proposer_id", sa.Uuid(), nullable=False),
        _text("reason"),
        _text("status", default="open"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ender_id", sa.Uuid(), nullable=True),
        _moment("ended_at"),
        sa.CheckConstraint(
            "status IN ('open', 'confirmed', 'withdrawn', 'expired')", name=op.f("ck_correction_proposal_status")
        ),
        sa.CheckConstraint(
            "status <> 'confirmed' OR ender_id <> proposer_id", name=op.f("ck_correction_proposal_four_eyes")
        ),
        sa.CheckConstraint(
            "(status IN ('confirmed', 'withdrawn')) = (ender_id IS NOT NULL)",
            name=op.f("ck_correction_proposal_ender_when_ended"),
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_correction_proposal_expires_after_created")),
        sa.ForeignKeyConstraint(["ender_id"], ["person.id"], name=op.f("fk_correction_proposal_ender_id")),
        sa.ForeignKeyConstraint(["proposer_id"], ["person.id"], name=op.f("fk_correction_proposal_proposer_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_correction_proposal_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_proposal")),
        sa.UniqueConstraint("reference", name=op.f("uq_correction_proposal_reference")),
    )
    op.create_index(
        "uq_correction_proposal_open", "correction_proposal", ["transfer_id"], unique=True, postgresql_where=IS_OPEN
    )


def _create_auditors_tables() -> None:
    op.create_table(
        "drift",
        _identity(),
        _text("kind"),
        _text("subject"),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        _number("ours_paise"),
        _number("theirs_paise"),
        _moment("found_at", default="clock_timestamp()"),
        _moment("cleared_at"),
        sa.CheckConstraint(
            "kind IN ('balance', 'not-at-bank', 'wrong-at-bank', 'unknown-order', 'not-credited')",
            name=op.f("ck_drift_kind"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_drift_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift")),
    )
    op.create_index("uq_drift_open", "drift", ["kind", "subject"], unique=True, postgresql_where=NOT_CLEARED)
    op.create_table(
        "account_checkpoint",
        _number("account_id"),
        _number("sum_paise"),
        _number("upto_transfer_id"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_checkpoint_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_checkpoint")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "audit_state",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _moment("round_at"),
        _number("round_ms", default="0"),
        _number("accounts", default="0"),
        _number("open_drifts", default="0"),
        _number("full_account_id", default="0"),
        _moment("full_at"),
        _number("walked_transfer_id", default="0"),
        _text("statement_cursor", default=""),
        _moment("statement_at"),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_state")),
    )
    op.execute("INSERT INTO audit_state (id) VALUES (1)")
    op.create_table(
        "bank_book",
        _text("bank_code"),
        _number("stated_count", default="0"),
        _number("stated_paise", default="0"),
        _number("credited_count", default="0"),
        _number("credited_paise", default="0"),
        _number("returned_paise", default="0"),
        sa.PrimaryKeyConstraint("bank_code", name=op.f("pk_bank_book")),
    )
    op.create_table(
        "statement_line",
        _text("payment_id"),
        _text("reference"),
        _text("bank_code"),
        _number("amount_paise"),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_matched", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_statement_line")),
    )
    op.create_index("ix_statement_line_reference", "statement_line", ["reference"])
    op.create_index("ix_statement_line_unmatched", "statement_line", ["paid_at"], postgresql_where=NOT_MATCHED)
