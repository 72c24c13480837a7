"""What operators look at, and that each look is written down: who, on whom, from where."""

from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST, Fund, add_onramp, bank_message
from tests.operating import entries, operator, session_of
from wallet_core.__main__ import main
from wallet_core.errors import NotOperator, TooManyAttempts
from wallet_core.ids import new_token
from wallet_core.services.freezing import freeze_person
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import correct_transfer
from wallet_core.services.oversight import SEARCHES_OF_OPERATOR, look, reconcile_now, search
from wallet_core.services.payments import send_money
from wallet_core.views import OperatorAsking


@pytest.fixture
def asking(charlie: UUID, superuser: psycopg.Connection) -> OperatorAsking:
    return operator(superuser, charlie)


def pay(payer: UUID, payee: UUID, amount_paise: int) -> str:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="tea", key=new_token()).reference


def written(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT action, person_id, reference FROM audit_entry WHERE id > 2 ORDER BY id"
    ).fetchall()


def test_orders_that_are_stuck_or_quarantined(
    asking: OperatorAsking, alice: UUID, superuser: psycopg.Connection
) -> None:
    stuck, disputed, young = (add_onramp(alice, paise) for paise in (1_00, 2_00, 3_00))
    superuser.execute("UPDATE onramp SET created_at = now() - interval '1 hour' WHERE reference = %s", [stuck])
    settle_onramp(bank_message(disputed, 2_01))
    seen = look(asking)
    assert [(order.reference, order.dispute) for order in seen.stuck] == [(stuck, ""), (disputed, "wrong-amount")]
    assert seen.stuck[0].masked_phone == "+91 98••• ••210"
    assert [(dispute.reference, dispute.order_status) for dispute in seen.disputes] == [(disputed, "processing")]
    assert young not in {order.reference for order in seen.stuck}


def test_a_person_by_phone_and_a_transfer_by_reference(
    asking: OperatorAsking, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    reference = pay(alice, bob, 4_00)
    person = search(asking, words=" 98765 43210 ").person
    assert person is not None
    assert (person.name, person.phone, person.available_paise) == ("Alice Nair", CAST["alice"], 6_00)
    assert [(each.counterparty, each.amount_paise, each.is_in) for each in person.movements] == [
        ("Bob Verma", 4_00, False),
        ("HDFC", 10_00, True),
    ]
    transfer = search(asking, words=reference.lower()).transfer
    assert transfer is not None
    assert (transfer.payer, transfer.payee, transfer.note, transfer.corrected_by) == (
        "Alice Nair",
        "Bob Verma",
        "tea",
        "",
    )
    correction = correct_transfer(reference=reference, reason="sent by mistake").reference
    corrected = search(asking, words=reference).transfer
    assert corrected is not None
    assert corrected.corrected_by == correction
    assert written(superuser) == [
        ("searched", alice, "+91 98••• ••210"),
        ("searched", None, reference),
        ("corrected", bob, correction),
        ("searched", None, reference),
    ]


def test_a_transfer_that_somebody_made_up_is_found_whatever_it_is_called(
    asking: OperatorAsking, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    pay(alice, bob, 4_00)
    superuser.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
    superuser.execute("UPDATE transfer SET reference = 'made-up' WHERE kind = 'payment'")
    transfer = search(asking, words="made-up").transfer
    assert transfer is not None
    assert (transfer.payer, transfer.amount_paise) == ("Alice Nair", 4_00)
    assert written(superuser)[-1] == ("searched", None, "made-up")


def test_an_order_that_moved_nothing_is_found_too(asking: OperatorAsking, alice: UUID) -> None:
    order = add_onramp(alice, 1_00)
    found = search(asking, words=order).transfer
    assert found is not None
    assert (found.kind, found.payer, found.payee) == ("order, processing", "HDFC", "Alice Nair")


@pytest.mark.parametrize(
    "words", ["", "nobody", "99999 99999", "P-00000000000000", "\x00'; --", "\ud800", "x" * 5000, None, 5]
)
def test_what_is_not_there_is_written_down_all_the_same(
    asking: OperatorAsking, superuser: psycopg.Connection, words: object
) -> None:
    found = search(asking, words=words)  # type: ignore[arg-type]
    assert (found.person, found.transfer) == (None, None)
    assert [action for action, *_ in written(superuser)] == ["searched"]


def test_one_operator_looks_for_so_many(asking: OperatorAsking) -> None:
    for _ in range(SEARCHES_OF_OPERATOR.capacity):
        search(asking, words="nobody")
    with pytest.raises(TooManyAttempts):
        search(asking, words="nobody")


def test_a_page_that_reads_itself_is_no_look_and_keeps_nobody_raised(
    asking: OperatorAsking, superuser: psycopg.Connection
) -> None:
    look(asking)
    superuser.execute("UPDATE session SET operator_until = now() + interval '1 minute'")
    before = superuser.execute("SELECT operator_until FROM session").fetchone()
    look(asking, by_itself=True)
    assert superuser.execute("SELECT operator_until FROM session").fetchone() == before
    assert [action for action, *_ in written(superuser)] == ["looked"]
    look(asking)
    assert superuser.execute("SELECT operator_until FROM session").fetchone() != before


def test_frozen_people_are_listed(asking: OperatorAsking, alice: UUID) -> None:
    freeze_person(asking, person_id=alice, reason="a stolen telephone")
    assert [(person.name, person.masked_phone) for person in look(asking).frozen] == [("Alice Nair", "+91 98••• ••210")]


def test_reconciling_is_written_down_with_its_end(
    asking: OperatorAsking, alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    assert reconcile_now(asking).is_right
    with pytest.raises(TooManyAttempts):
        reconcile_now(asking)
    seen = look(asking)
    assert seen.reconciled == "right: 9 accounts, 1 transfers, 1 orders"
    assert seen.reconciled_at is not None
    superuser.execute("DELETE FROM rate_limit_bucket")
    superuser.execute("UPDATE account SET balance_paise = balance_paise + 1 WHERE person_id = %s", [alice])
    assert not reconcile_now(asking).is_right
    assert look(asking).reconciled == "WRONG: 2 balances, 0 rows, 0 orders, sum 2 paise"


def test_a_reconciliation_at_a_terminal_is_on_the_page(asking: OperatorAsking, superuser: psycopg.Connection) -> None:
    assert main(["reconcile"]) == 0
    assert look(asking).reconciled == "right: 7 accounts, 0 transfers, 0 orders"
    assert ("terminal", "reconciled", "right: 7 accounts, 0 transfers, 0 orders") in entries(superuser)


def test_nobody_else_sees_or_leaves_a_trace(alice: UUID, asking: OperatorAsking, superuser: psycopg.Connection) -> None:
    stranger = session_of(superuser, alice)
    before = entries(superuser)
    for refused in (
        lambda: look(stranger),
        lambda: search(stranger, words=CAST["alice"]),
        lambda: reconcile_now(stranger),
    ):
        with pytest.raises(NotOperator):
            refused()
    assert entries(superuser) == before
