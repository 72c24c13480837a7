"""A balance that was typed into a seed or a dump, with no movement behind it, does not pass for money."""

import json
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from tests.conftest import Fund
from wallet_core.__main__ import main
from wallet_core.config import get_settings
from wallet_core.services.reconciliation import reconcile

FROM_NOWHERE_PAISE = 5_400


@pytest.fixture(autouse=True)
def settings_of_this_test(database_url: str) -> Iterator[None]:
    """The commands ask the settings where the database is; another test may have read them before."""
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def dump(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    """Alice added her money at a bank; Bob's was written beside the books."""
    fund(alice, 200_00)
    superuser.execute(
        "UPDATE account SET balance_paise = %s WHERE person_id = %s AND kind = 'available'", [FROM_NOWHERE_PAISE, bob]
    )


@pytest.mark.usefixtures("dump")
def test_reconcile_names_the_account_and_the_sum(bob: UUID) -> None:
    found = reconcile()
    assert not found.is_right
    assert found.sum_of_books_paise == FROM_NOWHERE_PAISE
    (difference,) = found.differences
    assert (difference.person_id, difference.stored_paise, difference.rows_paise) == (bob, FROM_NOWHERE_PAISE, 0)


@pytest.mark.usefixtures("dump")
def test_the_command_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile"]) == 1
    assert json.loads(capsys.readouterr().out)["sum_of_books_paise"] == FROM_NOWHERE_PAISE


def test_a_demo_wallet_has_none_of_it(database_url: str, superuser: psycopg.Connection) -> None:
    """Every paisa of the people that are made at the first start has come from a bank."""
    assert main(["seed-demo"]) == 0
    row = superuser.execute(
        """
        SELECT (SELECT sum(balance_paise)::bigint FROM account),
               (SELECT sum(amount_paise)::bigint FROM transfer WHERE kind = 'onramp')
        """
    ).fetchone()
    assert row is not None
    stored_paise, added_paise = row
    assert stored_paise == added_paise > 0
    assert reconcile().is_right
