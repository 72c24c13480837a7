"""One operator proposes, another confirms: in time, once, and neither in a matter of their own."""

from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.at_once import at_once
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import Fund, add_person
from tests.operating import entries, operator, session_of
from wallet_core import db
from wallet_core.errors import (
    InsufficientBalance,
    InvalidReason,
    NotOperator,
    OperatorIsParty,
    OperatorPasswordNeeded,
    ProposalEnded,
    ProposalIsOwn,
    ProposalNotFound,
    TooManyAttempts,
    TransferCorrected,
    TransferNotFound,
)
from wallet_core.ids import new_token
from wallet_core.services.corrections import (
    MAX_LISTED,
    PROPOSALS_OF_OPERATOR,
    Proposal,
    confirm_correction,
    propose_correction,
    read_proposals,
    withdraw_correction,
)
from wallet_core.services.operators import grant_operator, leave
from wallet_core.services.payments import send_money
from wallet_core.views import OperatorAsking

REASON = "sent twice by a fault"


@pytest.fixture
def first(superuser: psycopg.Connection) -> OperatorAsking:
    return operator(superuser, add_person("Olga Operator", "+919876500001"))


@pytest.fixture
def second(superuser: psycopg.Connection) -> OperatorAsking:
    return operator(superuser, add_person("Omar Operator", "+919876500002"))


@pytest.fixture
def wrong(alice: UUID, bob: UUID, fund: Fund) -> str:
    """A transfer of 4 rupees from alice, who had 10, to bob."""
    fund(alice, 10_00)
    return pay(alice, bob, 4_00)


def pay(payer: UUID, payee: UUID, amount_paise: int) -> str:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="", key=new_token()).reference


def listed(asking: OperatorAsking) -> list[Proposal]:
    return db.in_transaction(lambda session: read_proposals(session, asking))


def test_another_operator_confirms(
    wrong: str, alice: UUID, bob: UUID, first: OperatorAsking, second: OperatorAsking, superuser: psycopg.Connection
) -> None:
    reference = propose_correction(first, reference=wrong, reason=REASON)
    assert transfer_count(superuser) == 2
    (proposal,) = listed(second)
    assert (proposal.payer, proposal.payee, proposal.amount_paise) == ("Alice Nair", "Bob Verma", 4_00)
    assert (proposal.status, proposal.proposer, proposal.is_own) == ("open", "Olga Operator", False)
    assert confirm_correction(second, reference=reference) == reference
    row = superuser.execute(
        "SELECT t.kind, t.note, w.reference FROM transfer t JOIN transfer w ON w.id = t.corrects_transfer_id"
        " WHERE t.reference = %s",
        [reference],
    ).fetchone()
    assert row == ("correction", REASON, wrong)
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (10_00, 0)
    assert listed(first)[0].status == "confirmed"
    assert [(action, reason) for _, action, reason in entries(superuser)][-2:] == [
        ("proposed", REASON),
        ("confirmed", REASON),
    ]
    books_are_right(superuser)


def test_nobody_confirms_their_own(wrong: str, first: OperatorAsking, superuser: psycopg.Connection) -> None:
    reference = propose_correction(first, reference=wrong, reason=REASON)
    with pytest.raises(ProposalIsOwn):
        confirm_correction(first, reference=reference)
    assert transfer_count(superuser) == 2
    with pytest.raises(psycopg.errors.CheckViolation):
        superuser.execute("UPDATE correction_proposal SET status = 'confirmed', ender_id = proposer_id")


def test_nobody_has_a_hand_in_a_matter_of_their_own(
    wrong: str, alice: UUID, bob: UUID, first: OperatorAsking, superuser: psycopg.Connection
) -> None:
    with pytest.raises(OperatorIsParty):
        propose_correction(operator(superuser, alice), reference=wrong, reason=REASON)
    reference = propose_correction(first, reference=wrong, reason=REASON)
    with pytest.raises(OperatorIsParty):
        confirm_correction(operator(superuser, bob), reference=reference)
    # Nor does bob keep what he got by taking every proposal back.
    with pytest.raises(OperatorIsParty):
        withdraw_correction(operator(superuser, bob), reference=reference, reason=REASON)
    assert [proposal.status for proposal in listed(first)] == ["open"]
    assert transfer_count(superuser) == 2


def test_confirming_and_proposing_many_times_is_once(
    wrong: str, alice: UUID, first: OperatorAsking, second: OperatorAsking, superuser: psycopg.Connection
) -> None:
    proposed = at_once([partial(propose_correction, first, reference=wrong, reason=REASON)] * 4)
    assert proposed == [proposed[0]] * 4
    reference = str(proposed[0])
    confirmed = at_once([partial(confirm_correction, second, reference=reference)] * 6)
    assert confirmed == [reference] * 6
    assert available_paise(superuser, alice) == 10_00
    assert [action for _, action, _ in entries(superuser)].count("confirmed") == 1
    with pytest.raises(TransferCorrected):
        propose_correction(second, reference=wrong, reason=REASON)
    books_are_right(superuser)


def test_two_operators_do_not_propose_the_same(wrong: str, first: OperatorAsking, second: OperatorAsking) -> None:
    propose_correction(first, reference=wrong, reason=REASON)
    with pytest.raises(TransferCorrected):
        propose_correction(second, reference=wrong, reason=REASON)


def test_it_waits_for_a_shift_and_no_longer(
    wrong: str, first: OperatorAsking, second: OperatorAsking, superuser: psycopg.Connection
) -> None:
    reference = propose_correction(first, reference=wrong, reason=REASON)
    superuser.execute(
        "UPDATE correction_proposal SET created_at = created_at - interval '4 hours',"
        " expires_at = expires_at - interval '4 hours'"
    )
    with pytest.raises(ProposalEnded):
        confirm_correction(second, reference=reference)
    assert listed(second)[0].status == "expired"
    anew = propose_correction(second, reference=wrong, reason=REASON)
    assert anew != reference
    confirm_correction(first, reference=anew)
    assert transfer_count(superuser) == 3


def test_a_withdrawn_one_is_not_confirmed(
    wrong: str, first: OperatorAsking, second: OperatorAsking, superuser: psycopg.Connection
) -> None:
    reference = propose_correction(first, reference=wrong, reason=REASON)
    for _ in range(2):
        withdraw_correction(second, reference=reference, reason="it was right after all")
    with pytest.raises(ProposalEnded):
        confirm_correction(second, reference=reference)
    assert transfer_count(superuser) == 2
    assert entries(superuser)[-1] == ("operator", "withdrew", "it was right after all")


def test_an_open_one_is_seen_however_many_ended_after_it(
    alice: UUID,
    bob: UUID,
    fund: Fund,
    first: OperatorAsking,
    second: OperatorAsking,
    superuser: psycopg.Connection,
) -> None:
    fund(alice, 10_00)
    proposed = []
    for _ in range(MAX_LISTED + 4):
        proposed.append(propose_correction(first, reference=pay(alice, bob, 1), reason=REASON))
        PROPOSALS_OF_OPERATOR.give_back(str(first.person_id))
    for reference in (*proposed[4:], proposed[3]):
        withdraw_correction(second, reference=reference, reason=REASON)
    # Over, though nobody has written it down: that was before all of those that were taken back.
    superuser.execute(
        "UPDATE correction_proposal SET created_at = created_at - interval '4 hours',"
        " expires_at = expires_at - interval '4 hours' WHERE reference = %s",
        [proposed[2]],
    )
    seen = listed(second)
    assert [(proposal.reference, proposal.status) for proposal in seen[:3]] == [
        (proposed[0], "open"),
        (proposed[1], "open"),
        (proposed[3], "withdrawn"),
    ]
    assert len(seen) == MAX_LISTED
    assert {proposal.status for proposal in seen[2:]} == {"withdrawn"}


def test_spent_money_leaves_the_proposal_open(
    wrong: str, bob: UUID, charlie: UUID, first: OperatorAsking, second: OperatorAsking, superuser: psycopg.Connection
) -> None:
    pay(bob, charlie, 1_00)
    reference = propose_correction(first, reference=wrong, reason=REASON)
    before = entries(superuser)
    with pytest.raises(InsufficientBalance):
        confirm_correction(second, reference=reference)
    assert listed(second)[0].status == "open"
    assert entries(superuser) == before
    pay(charlie, bob, 1_00)
    confirm_correction(second, reference=reference)


def test_both_need_the_second_password(
    wrong: str, charlie: UUID, bob: UUID, first: OperatorAsking, second: OperatorAsking, superuser: psycopg.Connection
) -> None:
    ordinary = session_of(superuser, charlie)
    with pytest.raises(NotOperator):
        propose_correction(ordinary, reference=wrong, reason=REASON)
    reference = propose_correction(first, reference=wrong, reason=REASON)
    for refusal in (NotOperator, OperatorPasswordNeeded):
        with pytest.raises(refusal):
            confirm_correction(ordinary, reference=reference)
        with pytest.raises(refusal):
            withdraw_correction(ordinary, reference=reference, reason=REASON)
        grant_operator(phone="+919876543212")
    leave(second)
    with pytest.raises(OperatorPasswordNeeded):
        confirm_correction(second, reference=reference)
    assert transfer_count(superuser) == 2


def test_what_is_not_there(wrong: str, first: OperatorAsking, second: OperatorAsking) -> None:
    for reference in ("", "P-00000000000000", "\x00", "\ud800", "x" * 10_000):
        with pytest.raises(TransferNotFound):
            propose_correction(first, reference=reference, reason=REASON)
        with pytest.raises(ProposalNotFound):
            confirm_correction(second, reference=reference)
        with pytest.raises(ProposalNotFound):
            withdraw_correction(second, reference=reference, reason=REASON)
    for reason in ("", "abc", "x" * 61, "two \u202e directions"):
        with pytest.raises(InvalidReason):
            propose_correction(first, reference=wrong, reason=reason)


def test_one_operator_proposes_so_many(first: OperatorAsking) -> None:
    for _ in range(PROPOSALS_OF_OPERATOR.capacity):
        with pytest.raises(TransferNotFound):
            propose_correction(first, reference="P-00000000000000", reason=REASON)
    with pytest.raises(TooManyAttempts):
        propose_correction(first, reference="P-00000000000000", reason=REASON)
