"""A correcting transfer needs four eyes: one operator proposes it, another one confirms it, within a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, case, func, insert, literal, select, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from wallet_core import ledger
from wallet_core.db import in_transaction
from wallet_core.errors import (
    InvalidReason,
    OperatorIsParty,
    ProposalEnded,
    ProposalIsOwn,
    ProposalNotFound,
    TransferCorrected,
    TransferNotFound,
)
from wallet_core.ids import may_be_reference, new_reference
from wallet_core.models import Account, CorrectionProposal, Person, Transfer
from wallet_core.notifications import notify_person
from wallet_core.rate_limit import Limit
from wallet_core.services.audit_book import write_entry
from wallet_core.services.operators import (
    MIN_REASON_CHARACTERS,
    check_reason,
    operator_ids,
    require_operator,
)
from wallet_core.services.payments import MAX_NOTE_CHARACTERS
from wallet_core.services.postings import posted_at
from wallet_core.views import AuditAction, OperatorAsking, ProposalStatus

#: A shift: who confirms has the ticket before them still, and nothing waits over night that nobody remembers.
EXPIRES_AFTER: Final = timedelta(hours=4)

#: Mistakes are rare. An operator who proposes more than this is mending something that needs another way.
PROPOSALS_OF_OPERATOR: Final = Limit("correction-proposals", capacity=20, refill_every_s=30 * 60)

_LOCK_REFERENCE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:reference, 0))")

#: On the page: the open ones, and those that ended last where there is room for them.
MAX_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """``status`` is expired from its moment on, whether or not that is written."""

    reference: str  # of the correcting transfer, if it is confirmed
    corrects_reference: str
    amount_paise: int
    payer: str  # who gets the money back
    payee: str  # who gives it back
    reason: str
    proposer: str
    is_own: bool
    status: ProposalStatus
    created_at: datetime
    expires_at: datetime
    ender: str


def propose_correction(asking: OperatorAsking, *, reference: str, reason: str) -> str:
    """Proposes to move the whole of a transfer back. Both people read the reason in their history once it is confirmed.

    The same transfer again, while one's own proposal is open, is that proposal. Answers its reference.
    Raises: InvalidReason, TransferNotFound, TransferCorrected (or somebody else has proposed it), OperatorIsParty,
    TooManyAttempts, NotOperator, OperatorPasswordNeeded.
    """
    clean = check_correction_reason(reason)
    in_transaction(lambda session: require_operator(session, asking))
    PROPOSALS_OF_OPERATOR.take(str(asking.person_id))

    def work(session: Session) -> str:
        require_operator(session, asking)
        wrong = _lock_transfer(session, reference)
        _refuse_party(session, wrong, asking.person_id)
        known = _open_proposal(session, wrong.id)
        if known is not None:
            if known.proposer_id != asking.person_id:
                raise TransferCorrected
            return str(known.reference)
        if session.scalars(select(col(Transfer.id)).where(col(Transfer.corrects_transfer_id) == wrong.id)).first():
            raise TransferCorrected
        new = new_reference("C")
        session.connection().execute(
            insert(CorrectionProposal).values(
                reference=new,
                transfer_id=wrong.id,
                proposer_id=asking.person_id,
                reason=clean,
                created_at=func.clock_timestamp(),
                expires_at=func.clock_timestamp() + EXPIRES_AFTER,
            )
        )
        write_entry(session, AuditAction.PROPOSED, asking, reference=wrong.reference, reason=clean)
        _wake_operators(session)
        return new

    return in_transaction(work)


def confirm_correction(asking: OperatorAsking, *, reference: str) -> str:
    """Posts what another operator has proposed, and marks it confirmed, in one transaction. Confirming twice is
    confirming once. Answers the reference of the correcting transfer.

    Raises: ProposalNotFound, ProposalIsOwn, ProposalEnded, OperatorIsParty, TransferCorrected, AccountFrozen,
    InsufficientBalance (who got the money has spent it), NotOperator, OperatorPasswordNeeded.
    """

    def work(session: Session) -> str:
        require_operator(session, asking)
        proposal = _lock_proposal(session, reference)
        if proposal.proposer_id == asking.person_id:
            raise ProposalIsOwn
        if proposal.status == ProposalStatus.CONFIRMED and proposal.ender_id == asking.person_id:
            return proposal.reference
        if not _is_open(session, proposal):
            raise ProposalEnded
        wrong = session.get_one(Transfer, proposal.transfer_id)
        _refuse_party(session, wrong, asking.person_id)
        answer = ledger.correct(
            session, transfer_id=proposal.transfer_id, reference=proposal.reference, note=proposal.reason
        )
        posted_at(answer)
        _end(session, proposal, ProposalStatus.CONFIRMED, asking)
        write_entry(session, AuditAction.CONFIRMED, asking, reference=wrong.reference, reason=proposal.reason)
        return proposal.reference

    return in_transaction(work)


def withdraw_correction(asking: OperatorAsking, *, reference: str, reason: str) -> None:
    """Takes a proposal back, one's own or another's. Doing it twice is doing it once.

    Raises: InvalidReason, ProposalNotFound, ProposalEnded, OperatorIsParty (who would have to give the money back),
    NotOperator, OperatorPasswordNeeded.
    """
    clean = check_reason(reason)

    def work(session: Session) -> None:
        require_operator(session, asking)
        proposal = _lock_proposal(session, reference)
        if proposal.status == ProposalStatus.WITHDRAWN:
            return
        if not _is_open(session, proposal):
            raise ProposalEnded
        wrong = session.get_one(Transfer, proposal.transfer_id)
        _refuse_party(session, wrong, asking.person_id)
        _end(session, proposal, ProposalStatus.WITHDRAWN, asking)
        write_entry(session, AuditAction.WITHDREW, asking, reference=wrong.reference, reason=clean)

    in_transaction(work)


def read_proposals(session: Session, asking: OperatorAsking) -> list[Proposal]:
    """For a caller who has asked ``require_operator``. First the open ones, of which the one that expires first must be
    seen first, then those that have ended, the last one first.
    """
    proposer, ender, payer, payee = (aliased(Person) for _ in range(4))
    debit, credit = aliased(Account), aliased(Account)
    is_open = and_(
        col(CorrectionProposal.status) == ProposalStatus.OPEN,
        col(CorrectionProposal.expires_at) > func.clock_timestamp(),
    )
    # Whichever came first: that the time was over is written down later, or never.
    ended_at = func.least(col(CorrectionProposal.ended_at), col(CorrectionProposal.expires_at))
    rows = session.execute(
        select(
            CorrectionProposal,
            Transfer,
            col(proposer.name),
            col(ender.name),
            func.coalesce(col(payer.name), col(debit.bank_code), literal("Suspense")),
            func.coalesce(col(payee.name), col(credit.bank_code), literal("Suspense")),
            is_open,
        )
        .join(Transfer, col(Transfer.id) == col(CorrectionProposal.transfer_id))
        .join(debit, col(debit.id) == col(Transfer.debit_account_id))
        .join(credit, col(credit.id) == col(Transfer.credit_account_id))
        .join(proposer, col(proposer.id) == col(CorrectionProposal.proposer_id))
        .outerjoin(ender, col(ender.id) == col(CorrectionProposal.ender_id))
        .outerjoin(payer, col(payer.id) == col(debit.person_id))
        .outerjoin(payee, col(payee.id) == col(credit.person_id))
        .order_by(
            is_open.desc(),
            case((is_open, col(CorrectionProposal.expires_at))),
            ended_at.desc(),
            col(CorrectionProposal.id).desc(),
        )
        .limit(MAX_LISTED)
    ).all()
    return [
        Proposal(
            reference=proposal.reference,
            corrects_reference=transfer.reference,
            amount_paise=transfer.amount_paise,
            payer=payer_name,
            payee=payee_name,
            reason=proposal.reason,
            proposer=proposer_name,
            is_own=proposal.proposer_id == asking.person_id,
            status=_status_now(proposal, is_open=still_open),
            created_at=proposal.created_at,
            expires_at=proposal.expires_at,
            ender=ender_name or "",
        )
        for proposal, transfer, proposer_name, ender_name, payer_name, payee_name, still_open in rows
    ]


def _status_now(proposal: CorrectionProposal, *, is_open: bool) -> ProposalStatus:
    status = ProposalStatus(proposal.status)
    return ProposalStatus.EXPIRED if status == ProposalStatus.OPEN and not is_open else status


def check_correction_reason(reason: str) -> str:
    """It becomes the note of the correcting transfer. Raises: InvalidReason."""
    refusal = InvalidReason(min_characters=MIN_REASON_CHARACTERS, max_characters=MAX_NOTE_CHARACTERS)
    try:
        clean = check_reason(reason)
    except InvalidReason:
        raise refusal from None
    if len(clean) > MAX_NOTE_CHARACTERS:
        raise refusal
    return clean


def _lock_transfer(session: Session, reference: str) -> Any:
    """The row; two proposals of one transfer come one after the other. It is never changed, so nobody has the right to
    lock it: what is locked is its reference.
    """
    if not may_be_reference(reference):
        raise TransferNotFound
    wrong = select(
        col(Transfer.id), col(Transfer.reference), col(Transfer.debit_account_id), col(Transfer.credit_account_id)
    ).where(col(Transfer.reference) == reference)
    session.connection().execute(_LOCK_REFERENCE, {"reference": reference})
    found = session.connection().execute(wrong).first()
    if found is None:
        raise TransferNotFound
    return found


def _refuse_party(session: Session, transfer: Any, person_id: UUID) -> None:
    sides = [transfer.debit_account_id, transfer.credit_account_id]
    own = select(col(Account.id)).where(col(Account.id).in_(sides), col(Account.person_id) == person_id)
    if session.connection().execute(own).first() is not None:
        raise OperatorIsParty


def _open_proposal(session: Session, transfer_id: int) -> Any:
    """The open one of this transfer; one whose time is over is written down as expired."""
    of_transfer = (
        col(CorrectionProposal.transfer_id) == transfer_id,
        col(CorrectionProposal.status) == ProposalStatus.OPEN,
    )
    over = update(CorrectionProposal).where(*of_transfer, col(CorrectionProposal.expires_at) <= func.clock_timestamp())
    session.connection().execute(over.values(status=ProposalStatus.EXPIRED, ended_at=func.clock_timestamp()))
    known = select(col(CorrectionProposal.reference), col(CorrectionProposal.proposer_id)).where(*of_transfer)
    return session.connection().execute(known).first()


def _lock_proposal(session: Session, reference: str) -> CorrectionProposal:
    if not may_be_reference(reference):
        raise ProposalNotFound
    wanted = select(CorrectionProposal).where(col(CorrectionProposal.reference) == reference)
    found = session.scalars(wanted.with_for_update(key_share=True)).first()
    if found is None:
        raise ProposalNotFound
    return found


def _is_open(session: Session, proposal: CorrectionProposal) -> bool:
    moment: datetime = session.connection().execute(select(func.clock_timestamp())).scalar_one()
    return proposal.status == ProposalStatus.OPEN and proposal.expires_at > moment


def _end(session: Session, proposal: CorrectionProposal, status: ProposalStatus, asking: OperatorAsking) -> None:
    session.connection().execute(
        update(CorrectionProposal)
        .where(col(CorrectionProposal.id) == proposal.id)
        .values(status=status, ender_id=asking.person_id, ended_at=func.clock_timestamp())
    )
    _wake_operators(session)


def _wake_operators(session: Session) -> None:
    for person_id in operator_ids(session):
        notify_person(session, person_id)
