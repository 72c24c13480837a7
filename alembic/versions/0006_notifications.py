"""Until when a person has looked at notifications, and the order of what they are worked out from.

Whatever happened before this migration counts as seen: the default is the moment of it for everybody who is there, and
costs no rewrite of the table.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

HAS_FAILED = sa.text("status IN ('failed', 'expired')")


def upgrade() -> None:
    seen_until = sa.Column(
        "notifications_seen_until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
    op.add_column("person", seen_until)
    op.create_index(
        "ix_session_person_id_created_at", "session", ["person_id", sa.literal_column("created_at DESC")], unique=False
    )
    op.create_index(
        "ix_onramp_failed",
        "onramp",
        ["person_id", sa.literal_column("settled_at DESC")],
        unique=False,
        postgresql_where=HAS_FAILED,
    )


def downgrade() -> None:
    op.drop_index("ix_onramp_failed", table_name="onramp", postgresql_where=HAS_FAILED)
    op.drop_index("ix_session_person_id_created_at", table_name="session")
    op.drop_column("person", "notifications_seen_until")
