"""An order's transfer carries the order's reference, which is unique: its number needs no key and no index besides.

Each credit wrote an index entry and locked its own new transfer for them: a fifteenth of PostgreSQL's part.
Reconciling compares every order with its transfer, both ways. The version before finds the order of a receipt by that
number: until it is gone, its receipts of money from a bank read the table of orders.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_constraint("fk_onramp_transfer_id", "onramp", type_="foreignkey")
    op.drop_constraint("uq_onramp_transfer_id", "onramp", type_="unique")


def downgrade() -> None:
    op.create_unique_constraint("uq_onramp_transfer_id", "onramp", ["transfer_id"])
    op.create_foreign_key("fk_onramp_transfer_id", "onramp", "transfer", ["transfer_id"], ["id"])
