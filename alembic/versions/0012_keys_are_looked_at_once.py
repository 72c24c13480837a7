"""What a transfer names is looked at once a statement, and what an order names by its reference is not named again.

An order's transfer carries the order's reference, which is unique: its number in the order needs no key and no index
besides. Reconciling compares every order with its transfer, both ways. And both accounts of a transfer are looked at
for all rows of a statement together, by a trigger in place of two foreign keys (docs/decisions/0014).

The version before finds the order of a receipt by the transfer's number: until it is gone, its receipts of money from a
bank read the table of orders.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parents[1] / "sql"

SIDES = ("debit", "credit")

TRIGGERS = (
    ("transfer_names_accounts", "transfer"),
    ("account_stays", "account"),
    ("account_keeps_its_number", "account"),
    ("accounts_stay", "account"),
)
FUNCTIONS = ("wallet_refuse_unknown_accounts", "wallet_keep_named_account", "wallet_keep_accounts")


def upgrade() -> None:
    op.drop_constraint("fk_onramp_transfer_id", "onramp", type_="foreignkey")
    op.drop_constraint("uq_onramp_transfer_id", "onramp", type_="unique")
    op.execute((SQL / "0012_wallet_keep_accounts.sql").read_text(encoding="utf-8"))
    for side in SIDES:
        op.drop_constraint(f"fk_transfer_{side}_account_id", "transfer", type_="foreignkey")


def downgrade() -> None:
    for side in SIDES:
        op.create_foreign_key(f"fk_transfer_{side}_account_id", "transfer", "account", [f"{side}_account_id"], ["id"])
    for trigger, table in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.create_unique_constraint("uq_onramp_transfer_id", "onramp", ["transfer_id"])
    op.create_foreign_key("fk_onramp_transfer_id", "onramp", "transfer", ["transfer_id"], ["id"])
