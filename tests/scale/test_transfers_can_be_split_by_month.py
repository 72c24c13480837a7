"""docs/partitions.sql, on a database that has transfers already: the wallet's own code goes on without a change."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.conftest import SERVING_ROLE, add_person
from wallet_core import db
from wallet_core.ids import new_token
from wallet_core.services.activity import list_activity
from wallet_core.services.payments import send_money
from wallet_core.services.reconciliation import reconcile

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "partitions.sql"


@pytest.fixture
def database_url(fresh_database: Callable) -> object:
    """One of its own: its tables become others."""
    with fresh_database() as url:
        yield url


@pytest.fixture
def two_people(database_url: str) -> tuple[UUID, UUID]:
    return add_person("Alice Nair", "+919876543210"), add_person("Bob Verma", "+919876543211")


def _split(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(SCRIPT.read_bytes())


def _begin_month(url: str, name: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT wallet_add_transfer_range(%s, %s)", [name, number])
        connection.execute("SELECT wallet_begin_transfer_range(%s)", [number])


def test_money_moves_on_over_the_border_of_a_month(
    database_url: str, two_people: tuple[UUID, UUID], fund: Callable[[UUID, int], str]
) -> None:
    alice, bob = two_people
    fund(alice, 100_00)
    key, later_key = new_token(), new_token()

    def pay(key: str) -> str:
        return send_money(person_id=alice, payee_id=bob, amount_paise=10_00, note="tea", key=key).reference

    first = pay(key)
    _split(database_url)
    db.dispose()
    assert pay(key) == first, "asking again finds the payment of before"
    second = pay(later_key)
    _begin_month(database_url, "transfer_2026_12", 1)
    _begin_month(database_url, "transfer_2027_01", 2)
    assert (pay(key), pay(later_key)) == (first, second)
    fund(alice, 5_00)
    third = pay(new_token())
    page = list_activity(person_id=bob, limit=10)
    assert [row.reference for row in page.rows] == [third, second, first]
    with psycopg.connect(database_url) as connection:
        ranges = connection.execute("SELECT tableoid::regclass::text, count(*) FROM transfer GROUP BY 1 ORDER BY 1")
        assert ranges.fetchall() == [("transfer_2027_01", 2), ("transfer_first", 3)]
        books_are_right(connection)
    assert reconcile().is_right


def test_the_serving_role_may_do_what_it_might_before(database_url: str) -> None:
    def rights() -> list[tuple]:
        with psycopg.connect(database_url) as connection:
            found = connection.execute(
                "SELECT grantee::regrole::text, privilege_type FROM pg_class, aclexplode(relacl) "
                "WHERE oid = 'transfer'::regclass AND grantee <> relowner ORDER BY 1, 2"
            )
            return found.fetchall()

    before = rights()
    assert before == [(SERVING_ROLE, "INSERT"), (SERVING_ROLE, "SELECT")]
    _split(database_url)
    _begin_month(database_url, "transfer_2026_12", 1)
    assert rights() == before


def test_the_index_of_pairs_holds_payments_only(database_url: str) -> None:
    _split(database_url)
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_transfer_by_pair'").fetchone()
    assert found is not None
    assert "'payment'" in found[0]


@pytest.mark.parametrize("table", ["transfer", "transfer_2026_12"])
@pytest.mark.parametrize("change", ["UPDATE {} SET note = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_written_stays_written(
    database_url: str, two_people: tuple[UUID, UUID], fund: Callable[[UUID, int], str], table: str, change: str
) -> None:
    _split(database_url)
    _begin_month(database_url, "transfer_2026_12", 1)
    fund(two_people[0], 10_00)
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change.format(table).encode())
