"""What operators did is neither changed nor removed, whoever asks."""

from uuid import UUID

import psycopg
import pytest

from tests.operating import entries, operator
from wallet_core.services.operators import PAGE_ENTRIES, list_entries

FORBIDDEN = [
    "UPDATE audit_entry SET reason = 'nothing happened'",
    "UPDATE audit_entry SET reason = '' WHERE false",
    "DELETE FROM audit_entry",
    "TRUNCATE audit_entry",
    "TRUNCATE person CASCADE",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_the_database_refuses(statement: str, role: str, alice: UUID, superuser: psycopg.Connection) -> None:
    operator(superuser, alice)
    before = entries(superuser)
    superuser.execute(f"SET session_replication_role = {role}")
    with pytest.raises(psycopg.errors.RestrictViolation, match="never changed or removed"):
        superuser.execute(statement.encode())
    assert entries(superuser) == before != []


def test_it_is_read_newest_first_and_page_by_page(alice: UUID, superuser: psycopg.Connection) -> None:
    asking = operator(superuser, alice)
    superuser.execute(
        "INSERT INTO audit_entry (actor, action, reference)"
        " SELECT 'auditor', 'drift-found', n::text FROM generate_series(1, %s) n",
        [PAGE_ENTRIES],
    )
    first = list_entries(asking)
    assert first.has_more
    assert first.entries[0].reference == str(PAGE_ENTRIES)
    second = list_entries(asking, before_id=first.entries[-1].entry_id)
    assert not second.has_more
    ids = [entry.entry_id for entry in first.entries + second.entries]
    assert ids == sorted(ids, reverse=True)
    assert [entry.action for entry in second.entries] == ["entered", "granted"]
