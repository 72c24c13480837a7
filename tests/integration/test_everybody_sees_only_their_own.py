"""Balances, receipts, money in and out; and Charlie, who sees nothing of what Alice and Bob do."""

from uuid import UUID, uuid4

import psycopg
import pytest

from tests.conftest import CAST, Fund, add_onramp, bank_message
from wallet_core.errors import AccountMissing, TransferNotFound
from wallet_core.flows import FlowRange
from wallet_core.ids import new_token
from wallet_core.services.activity import list_activity, read_balance, read_receipt
from wallet_core.services.directory import list_recent_payees, search_people
from wallet_core.services.flows import read_flows
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import correct_transfer, hold_money, release_money
from wallet_core.services.payments import send_money
from wallet_core.views import ActivityFilter, ActivityKind, ActivityStatus, Balance, Receipt


def pay(payer: UUID, payee: UUID, amount_paise: int, note: str = "") -> Receipt:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note=note, key=new_token())


def steps(receipt: Receipt) -> list[tuple[str, bool]]:
    return [(step.step, step.at is not None) for step in receipt.timeline]


def test_charlie_sees_nothing_of_alice_and_bob(alice: UUID, bob: UUID, charlie: UUID, fund: Fund) -> None:
    added = fund(alice, 500_00)
    secret = pay(alice, bob, 123_45, "between us")
    waiting = add_onramp(bob, 7_00)
    failed = add_onramp(alice, 8_00)
    settle_onramp(bank_message(failed, 8_00, succeeded=False))
    held = hold_money(phone=CAST["alice"], amount_paise=1_00, reason="asked by the bank")
    for reference in (added, secret.reference, waiting, failed, held.reference):
        with pytest.raises(TransferNotFound):
            read_receipt(person_id=charlie, reference=reference)
    assert list_activity(person_id=charlie).rows == []
    assert list_activity(person_id=charlie, filter=ActivityFilter(text="between")).rows == []
    assert read_balance(person_id=charlie) == Balance(0, 0, 0, [])
    for over in FlowRange:
        assert {(flow.in_paise, flow.out_paise) for flow in read_flows(person_id=charlie, over=over)} == {(0, 0)}
    assert list_recent_payees(person_id=charlie) == []
    for card in search_people(person_id=charlie).people:
        assert "•" in card.masked_phone
        assert card.last_payment is None
    # And of each other's orders the two see as little.
    with pytest.raises(TransferNotFound):
        read_receipt(person_id=bob, reference=added)
    with pytest.raises(TransferNotFound):
        read_receipt(person_id=alice, reference=waiting)


def test_the_balance_says_what_is_there_locked_and_on_the_way(alice: UUID, bob: UUID, fund: Fund) -> None:
    assert read_balance(person_id=alice) == Balance(0, 0, 0, [])
    fund(alice, 500_00)
    pay(alice, bob, 100_00)
    hold_money(phone=CAST["alice"], amount_paise=50_00, reason="asked by the bank")
    add_onramp(alice, 1_00, bank_code="SBI")
    add_onramp(alice, 2_00, bank_code="HDFC")
    add_onramp(alice, 4_00, bank_code="SBI")
    balance = read_balance(person_id=alice)
    assert balance == Balance(350_00, 50_00, 7_00, ["State Bank of India", "HDFC Bank"])
    assert balance.total_paise == 400_00


def test_a_person_without_accounts_is_a_broken_book(database_url: str) -> None:
    for read in (read_balance, read_flows, list_activity):
        with pytest.raises(AccountMissing):
            read(person_id=uuid4())


def test_both_sides_of_a_payment_have_their_receipt(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 500_00)
    sent = pay(alice, bob, 123_45, "Lunch")
    assert read_receipt(person_id=alice, reference=sent.reference) == sent
    received = read_receipt(person_id=bob, reference=sent.reference)
    assert (received.kind, received.amount_paise, received.balance_after_paise) == (
        ActivityKind.RECEIVED,
        123_45,
        123_45,
    )
    assert (received.counterparty, received.counterparty_phone) == ("Alice Nair", CAST["alice"])
    assert (received.counterparty_id, received.note, received.at) == (alice, "Lunch", sent.at)
    assert steps(received) == [("credited", True)]


def test_the_receipt_of_added_money_tells_its_way(alice: UUID) -> None:
    reference = add_onramp(alice, 500_50, bank_code="AXIS")
    waiting = read_receipt(person_id=alice, reference=reference)
    assert (waiting.status, waiting.counterparty, waiting.amount_paise) == (
        ActivityStatus.PROCESSING,
        "Axis Bank",
        500_50,
    )
    assert waiting.balance_after_paise is None
    assert steps(waiting) == [("created", True), ("waiting", False), ("credited", False)]
    settle_onramp(bank_message(reference, 500_50))
    done = read_receipt(person_id=alice, reference=reference)
    assert (done.status, done.balance_after_paise) == (ActivityStatus.SUCCEEDED, 500_50)
    assert (done.bank_payment_id, done.bank_page_url) == (f"pay_{reference}", "")
    assert steps(done) == [("created", True), ("bank-confirmed", True), ("credited", True)]
    moments = [step.at for step in done.timeline if step.at is not None]
    assert moments[0] == waiting.at < moments[1]
    assert (done.counterparty, done.counterparty_id, done.counterparty_phone) == ("Axis Bank", None, "")


def test_the_receipt_of_money_that_never_came(alice: UUID, superuser: psycopg.Connection) -> None:
    declined, expired = add_onramp(alice, 1_00), add_onramp(alice, 2_00)
    superuser.execute("UPDATE onramp SET page_url = 'http://bank/pay/1' WHERE reference = %s", [declined])
    assert read_receipt(person_id=alice, reference=declined).bank_page_url == "http://bank/pay/1"
    settle_onramp(bank_message(declined, 1_00, succeeded=False))
    superuser.execute(
        "UPDATE onramp SET status = 'expired', failure_code = 'expired', settled_at = now() WHERE reference = %s",
        [expired],
    )
    receipt = read_receipt(person_id=alice, reference=declined)
    assert (receipt.status, receipt.failure_code, receipt.bank_page_url) == (ActivityStatus.FAILED, "declined", "")
    assert steps(receipt) == [("created", True), ("failed", True)]
    receipt = read_receipt(person_id=alice, reference=expired)
    assert (receipt.status, receipt.failure_code) == (ActivityStatus.EXPIRED, "expired")
    assert steps(receipt) == [("created", True), ("expired", True)]


def test_operators_movements_have_receipts_too(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 10_00)
    held = hold_money(phone=CAST["alice"], amount_paise=3_00, reason="asked by the bank")
    receipt = read_receipt(person_id=alice, reference=held.reference)
    assert (receipt.kind, receipt.amount_paise, receipt.balance_after_paise) == (ActivityKind.HOLD, -3_00, 7_00)
    assert (receipt.counterparty, receipt.counterparty_id, receipt.counterparty_phone) == ("", None, "")
    assert {
        row.counterparty for row in list_activity(person_id=alice, filter=ActivityFilter(text=held.reference)).rows
    } == {""}
    released = release_money(phone=CAST["alice"], amount_paise=1_00, reason="cleared")
    receipt = read_receipt(person_id=alice, reference=released.reference)
    assert (receipt.kind, receipt.amount_paise, receipt.balance_after_paise) == (ActivityKind.RELEASE, 1_00, 8_00)
    wrong = pay(alice, bob, 2_00)
    mended = correct_transfer(reference=wrong.reference, reason="sent by mistake")
    receipt = read_receipt(person_id=alice, reference=mended.reference)
    assert (receipt.kind, receipt.amount_paise, receipt.balance_after_paise) == (ActivityKind.CORRECTION, 2_00, 8_00)
    assert (receipt.corrects_reference, receipt.counterparty) == (wrong.reference, "Bob Verma")
    assert read_receipt(person_id=bob, reference=mended.reference).amount_paise == -2_00


@pytest.mark.parametrize("reference", ["", "P-", "P-00000000000000", "x" * 10_000, "\x00", "\ud800", "₹", "%"])
def test_no_such_reference(alice: UUID, reference: str) -> None:
    with pytest.raises(TransferNotFound):
        read_receipt(person_id=alice, reference=reference)
