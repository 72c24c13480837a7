"""Adding money from a bank: the order, the bank's word about it, and the sweep that asks where no word came."""

import json
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from wallet_core import bank_client, db, settling
from wallet_core.bank_client import BankPayment
from wallet_core.banks import bank_name, check_bank
from wallet_core.config import get_settings
from wallet_core.errors import (
    BankRefused,
    BankUnavailable,
    DatabaseUnavailable,
    InvalidKey,
    KeyConflict,
    PersonBlocked,
    PersonFrozen,
    TooManyOrders,
)
from wallet_core.ids import is_key, new_reference, sha256
from wallet_core.keeping_pool import KeepingPool
from wallet_core.models import FailureCode, Onramp, OnrampStatus, OnrampUnmoved, Person, StatementLine, Transfer
from wallet_core.money import check_amount_paise
from wallet_core.notifications import notify_person
from wallet_core.views import (
    ActivityKind,
    ActivityRow,
    ActivityStatus,
    BankMessage,
    MessageOutcome,
    StartedOnramp,
)

log = logging.getLogger("wallet.onramps")

#: As long as the bank's page stays open. After it only the bank's word ends an order: time alone never does.
EXPIRES_AFTER: Final = timedelta(minutes=15)

#: New orders of one person within the time below; asking again with the same key is none. Each costs the bank a page
#: and the sweep a question: who tries every bank a few times has many left, a script has not.
MAX_ORDERS: Final = 20
ORDERS_OVER: Final = timedelta(minutes=10)

#: A healthy webhook is far quicker; what waits longer is asked about.
SWEEP_AFTER_S: Final = 20

#: So many orders in a row without an answer mean that the bank is away; each has cost the client's whole patience.
SWEEP_GIVES_UP_AFTER: Final = 3

#: Orders read at once by the sweep: it works through all of them, page by page.
SWEEP_PAGE: Final = 200

#: Comes after every reference of an order, which begins with A, in any order of letters that a database may have.
_ABOVE_ALL: Final = "B"

#: The most rows that ``list_onramps`` answers.
MAX_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class _Order:
    """What is needed of an order outside its transaction."""

    reference: str
    bank_code: str
    amount_paise: int
    status: OnrampStatus
    failure_code: FailureCode
    page_url: str | None


def start_onramp(*, person_id: UUID, bank_code: str, amount_paise: int, key: str) -> StartedOnramp:
    """Writes the order, then asks the bank for its page. The order is on disk before the bank hears of it.

    The same key and inputs answer the same order; while it has no page the bank is asked again, by our reference, which
    the bank answers with the same payment. An order that has ended without a page answers our own page about it.

    Raises: UnknownBank, InvalidAmount, AmountNotPositive, AmountAboveLimit, InvalidKey, KeyConflict, PersonBlocked,
    PersonFrozen, TooManyOrders, BankUnavailable (the order stays, the sweep asks again), BankRefused (the order has
    failed), DatabaseUnavailable.
    """
    check_bank(bank_code)
    check_amount_paise(amount_paise)
    if not is_key(key):
        raise InvalidKey
    order = db.in_transaction(lambda session: _write_order(session, person_id, bank_code, amount_paise, key))
    if order.page_url:
        return StartedOnramp(order.reference, order.page_url)
    if order.failure_code == FailureCode.BANK_REFUSED:
        raise BankRefused
    if order.status != OnrampStatus.PROCESSING:
        return StartedOnramp(order.reference, return_url(order.reference))
    try:
        payment = bank_client.create_payment(
            order.reference, order.amount_paise, order.bank_code, return_url(order.reference)
        )
    except BankRefused:
        _end_order(order.reference, OnrampStatus.FAILED, FailureCode.BANK_REFUSED)
        raise
    _remember_payment(order.reference, payment)
    return StartedOnramp(order.reference, payment.page_url)


def return_url(reference: str) -> str:
    """Our page about an order, to which the bank sends the person back."""
    return f"{get_settings().public_url}/transfer?reference={reference}"


def settle_onramp(message: BankMessage) -> MessageOutcome:
    """Settles one verified message of the bank.

    Raises: DatabaseUnavailable.
    """
    return settling.settle_onramp(message)


async def settle_batch(pool: KeepingPool, messages: Sequence[BankMessage]) -> list[MessageOutcome | None]:
    """Settles many verified messages with one commit, falling back to one by one; an outcome for each, in order. None:
    a row that it needs is locked, and the bank must repeat it.

    Raises: DatabaseUnavailable (some may be settled: repeating them changes nothing).
    """
    return await settling.settle_onramps(pool, messages)


def sweep_onramps(is_stopped: Callable[[], bool] = lambda: False) -> int:
    """Asks the bank about every order that has waited for long, and ends those that the bank has ended; then about
    those that ended without money, though its statement has it. ``is_stopped`` is asked before each.

    Answers how many ended. One order that the bank answers badly is passed over, and so is one whose rows somebody
    holds; a bank that is silent ends the sweep, and the next one asks again. Each begins somewhere else, so that a few
    orders which the bank always answers badly do not keep it from those behind them for ever.
    Raises: DatabaseUnavailable.
    """
    ended, unanswered_in_a_row = 0, 0
    for order in chain(_all_waiting_orders(), db.read(_paid_after_all)):
        if is_stopped():
            break
        try:
            ended += _apply_word(order, bank_client.find_payment(order.reference))
            unanswered_in_a_row = 0
        except BankUnavailable:
            unanswered_in_a_row += 1
            if unanswered_in_a_row == SWEEP_GIVES_UP_AFTER:
                log.warning("the bank does not answer, the sweep goes on later", extra={"ended": ended})
                break
        except DatabaseUnavailable as error:
            if not db.is_held_up(error):
                raise
            log.warning("rows are locked", extra={"reference": order.reference})
    return ended


def list_onramps(*, person_id: UUID, limit: int = 10) -> list[ActivityRow]:
    """The person's latest orders, newest first.

    Raises: DatabaseUnavailable.
    """

    def work(session: Session) -> list[ActivityRow]:
        found = session.exec(
            select(Onramp, Transfer)
            .outerjoin(Transfer, col(Transfer.id) == col(Onramp.transfer_id))
            .where(Onramp.person_id == person_id)
            .order_by(col(Onramp.created_at).desc(), col(Onramp.reference).desc())
            .limit(max(1, min(limit, MAX_LISTED)))
        ).all()
        return [_activity_row(onramp, transfer) for onramp, transfer in found]

    return db.read(work)


def _write_order(session: Session, person_id: UUID, bank_code: str, amount_paise: int, key: str) -> _Order:
    inputs_sha256 = sha256(json.dumps([bank_code, amount_paise]))
    written = session.exec(
        insert(Onramp)
        .values(
            reference=new_reference("A"),
            person_id=person_id,
            bank_code=bank_code,
            amount_paise=amount_paise,
            key=key,
            inputs_sha256=inputs_sha256,
            # By the database's clock, here and wherever it is compared: machines may disagree.
            created_at=func.clock_timestamp(),
            expires_at=func.clock_timestamp() + EXPIRES_AFTER,
        )
        .on_conflict_do_nothing(index_elements=["person_id", "key"])
    )
    onramp = session.exec(select(Onramp).where(Onramp.person_id == person_id, Onramp.key == key)).one()
    if onramp.inputs_sha256 != inputs_sha256:
        raise KeyConflict
    if written.rowcount:
        # A person who was blocked since the page was drawn: the exception takes the order back.
        # Locked, so that a block or a freeze comes before or after this order, and orders are counted one at a time.
        may = select(Person.blocked_at, Person.frozen_at).where(Person.id == person_id).with_for_update(key_share=True)
        blocked_at, frozen_at = session.exec(may).one()
        if blocked_at is not None:
            raise PersonBlocked
        if frozen_at is not None:
            raise PersonFrozen
        _check_count(session, person_id)
        notify_person(session, person_id)
    return _order(onramp)


def _check_count(session: Session, person_id: UUID) -> None:
    """The new order is written already, and counts. Raises: TooManyOrders, which takes it back."""
    ages = select(func.clock_timestamp() - col(Onramp.created_at)).where(Onramp.person_id == person_id)
    newest_first = ages.order_by(col(Onramp.created_at).desc())
    age = session.exec(newest_first.offset(MAX_ORDERS).limit(1)).first()
    if age is not None and age < ORDERS_OVER:
        raise TooManyOrders(retry_after_s=math.ceil((ORDERS_OVER - age).total_seconds()))


def _remember_payment(reference: str, payment: BankPayment) -> None:
    """Keeps the bank's name and page of an order. The first answer stays; a message may have told the name before."""

    def work(session: Session) -> None:
        person_id = session.exec(
            update(Onramp)
            .where(
                col(Onramp.reference) == reference,
                col(Onramp.page_url).is_(None),
                func.coalesce(col(Onramp.payment_id), payment.payment_id) == payment.payment_id,
            )
            .values(payment_id=payment.payment_id, page_url=payment.page_url)
            .returning(col(Onramp.person_id))
        ).scalar_one_or_none()
        if person_id is not None:
            notify_person(session, person_id)

    db.in_transaction(work)


def _end_order(
    reference: str, status: OnrampStatus, failure_code: FailureCode, *conditions: ColumnElement[bool]
) -> bool:
    """Ends an order that still waits, without money, where the conditions are true. Answers whether they were."""

    def work(session: Session) -> bool:
        person_id = session.exec(
            update(Onramp)
            .where(col(Onramp.reference) == reference, col(Onramp.status) == OnrampStatus.PROCESSING, *conditions)
            .values(status=status, failure_code=failure_code, settled_at=func.clock_timestamp())
            .returning(col(Onramp.person_id))
        ).scalar_one_or_none()
        if person_id is not None:
            notify_person(session, person_id)
        return person_id is not None

    return db.in_transaction(work)


def _apply_word(order: _Order, payment: BankPayment | None) -> bool:
    """Does what the bank's answer about a waiting order means. Answers whether the order has ended."""
    if payment is None:
        # Before it expires, the person may still ask with the same key, and the bank may still get to know it.
        is_over = col(Onramp.expires_at) < func.clock_timestamp()
        return _end_order(order.reference, OnrampStatus.FAILED, FailureCode.BANK_UNAVAILABLE, is_over)
    match payment.status:
        case "succeeded":
            return _settle_word(order, payment, succeeded=True)
        case "failed":
            return _settle_word(order, payment, succeeded=False)
        case "expired":
            return _end_order(order.reference, OnrampStatus.EXPIRED, FailureCode.EXPIRED)
        case _:
            if order.page_url is None:
                _remember_payment(order.reference, payment)
            return False


def _settle_word(order: _Order, payment: BankPayment, *, succeeded: bool) -> bool:
    """Settles what the sweep was told by the rules of a message. Answers whether the order has ended."""
    message = BankMessage(
        message_id=f"sweep-{order.reference}",
        reference=order.reference,
        payment_id=payment.payment_id,
        amount_paise=payment.amount_paise,
        succeeded=succeeded,
        body=json.dumps({"asked": order.reference, "payment_id": payment.payment_id, "status": payment.status}),
    )
    return settling.settle_onramp(message) in (MessageOutcome.CREDITED, MessageOutcome.FAILED)


def _all_waiting_orders() -> Iterator[_Order]:
    """Each once, page by page. References are as good as random, so any of them is a place to begin in their midst."""
    begin = new_reference("A")
    for after, until in ((begin, _ABOVE_ALL), ("", begin)):
        last = after
        while orders := db.read(lambda session: _waiting_orders(session, last, until)):  # noqa: B023
            yield from orders
            last = orders[-1].reference


def _waiting_orders(session: Session, after: str, until: str) -> list[_Order]:
    found = session.exec(
        select(Onramp)
        .join(OnrampUnmoved, col(OnrampUnmoved.reference) == col(Onramp.reference))
        .where(
            col(OnrampUnmoved.ended_at).is_(None),
            # The moment of the transaction, which an index can be read by.
            OnrampUnmoved.created_at < func.now() - timedelta(seconds=SWEEP_AFTER_S),
            OnrampUnmoved.reference > after,
            OnrampUnmoved.reference <= until,
        )
        .order_by(col(OnrampUnmoved.reference))
        .limit(SWEEP_PAGE)
    ).all()
    return [_order(onramp) for onramp in found]


def _paid_after_all(session: Session) -> list[_Order]:
    """A person may decline at the bank, think again and pay: where that message is lost, only the statement says so."""
    found = session.exec(
        select(Onramp)
        .join(StatementLine, col(StatementLine.reference) == col(Onramp.reference))
        .where(
            col(StatementLine.is_matched).is_(False),
            StatementLine.amount_paise == Onramp.amount_paise,
            col(Onramp.status).in_([OnrampStatus.FAILED, OnrampStatus.EXPIRED]),
        )
        .order_by(col(StatementLine.paid_at).desc())
        .limit(SWEEP_PAGE)
    ).all()
    return [_order(onramp) for onramp in found]


def _order(onramp: Onramp) -> _Order:
    return _Order(
        reference=onramp.reference,
        bank_code=onramp.bank_code,
        amount_paise=onramp.amount_paise,
        status=OnrampStatus(onramp.status),
        failure_code=FailureCode(onramp.failure_code),
        page_url=onramp.page_url,
    )


def _activity_row(onramp: Onramp, transfer: Transfer | None) -> ActivityRow:
    return ActivityRow(
        reference=onramp.reference,
        kind=ActivityKind.ONRAMP,
        counterparty=bank_name(onramp.bank_code),
        amount_paise=onramp.amount_paise,
        status=ActivityStatus(onramp.status),
        at=onramp.created_at,
        balance_after_paise=transfer.credit_balance_after_paise if transfer else None,
        note=transfer.note if transfer else "",
    )
