"""What the services answer: small frozen records, with no tie to the database.

Moments are ``datetime`` in UTC. Amounts are ``int`` paise; a signed amount is positive where money came in.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Client:
    """Where a sign-in comes from, for the list of open sessions and the limits on attempts."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person that a session token stands for, read anew from the database at each question."""

    person_id: UUID
    session_id: UUID
    name: str
    phone: str  # E.164


@dataclass(frozen=True, slots=True)
class NewSession:
    """The only time a token is seen in clear: on its way into the cookie."""

    token: str
    person_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    session_id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class LastPayment:
    """The last movement between two people, from the asking person's side."""

    direction: Direction
    amount_paise: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A line in the list of people: the phone is masked (``+91 98••• ••210``)."""

    person_id: UUID
    name: str
    masked_phone: str
    last_payment: LastPayment | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    people: list[PersonCard]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Payee:
    """A person who was chosen to be paid: the whole phone, to be sure it is the right one."""

    person_id: UUID
    name: str
    phone: str  # E.164
    last_payment: LastPayment | None


@dataclass(frozen=True, slots=True)
class Balance:
    available_paise: int
    locked_paise: int
    on_the_way_paise: int  # the sum of on-ramps that wait for their bank
    on_the_way_banks: list[str]  # names of those banks, each once

    @property
    def total_paise(self) -> int:
        return self.available_paise + self.locked_paise


class ActivityKind(StrEnum):
    ONRAMP = "onramp"  # money added from a bank
    SENT = "sent"
    RECEIVED = "received"
    HOLD = "hold"  # available to locked, by an operator
    RELEASE = "release"  # locked to available
    CORRECTION = "correction"  # mends an earlier transfer, which it names


class ActivityStatus(StrEnum):
    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ActivityRow:
    reference: str
    kind: ActivityKind
    counterparty: str  # a person's or a bank's name; "" where it is neither: locked money, suspense
    amount_paise: int  # signed
    status: ActivityStatus
    at: datetime
    balance_after_paise: int | None  # available balance; None where no money moved
    note: str


class ActivitySource(StrEnum):
    BANK = "bank"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Every field narrows; the default is everything."""

    text: str = ""  # part of a name, a note or a reference
    direction: Direction | None = None
    source: ActivitySource | None = None
    status: ActivityStatus | None = None
    month: date | None = None  # the first day of a month, in IST


@dataclass(frozen=True, slots=True)
class ActivityPage:
    rows: list[ActivityRow]  # newest first
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class StatementFrame:
    """What stands around the rows of a statement. The balances and sums are of every movement of the period, shown or
    not: opening + in - out + held = closing.
    """

    name: str
    phone: str  # E.164
    begins_at: datetime
    ends_at: datetime  # the first moment that is no longer part of it
    made_at: datetime
    opening_balance_paise: int
    closing_balance_paise: int
    money_in_paise: int
    money_out_paise: int
    held_paise: int  # what holds and releases changed: below zero where more was locked than released


@dataclass(frozen=True, slots=True)
class Statement(StatementFrame):
    """With all that a filter shows of it, between those balances."""

    shown_in_paise: int
    shown_out_paise: int
    rows: list[ActivityRow]  # oldest first


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """``step`` is one of created, bank-confirmed, credited, sent, failed, expired, waiting."""

    step: str
    at: datetime | None  # None: not yet


@dataclass(frozen=True, slots=True)
class Receipt:
    """One movement, seen by one of its people."""

    reference: str
    kind: ActivityKind
    status: ActivityStatus
    amount_paise: int  # signed
    counterparty: str  # as in a row of the history
    counterparty_phone: str  # E.164, "" for a bank
    counterparty_id: UUID | None
    note: str
    at: datetime
    balance_after_paise: int | None
    failure_code: str  # "" unless failed or expired: declined, expired, bank-refused, bank-unavailable
    bank_page_url: str  # where a waiting on-ramp is approved; "" otherwise
    bank_payment_id: str  # "" where there is none
    corrects_reference: str  # "" unless a correction
    timeline: list[TimelineStep]


@dataclass(frozen=True, slots=True)
class StartedOnramp:
    reference: str
    bank_page_url: str


class RequestStatus(StrEnum):
    OPEN = "open"
    PAID = "paid"
    DECLINED = "declined"  # by the one who was asked
    EXPIRED = "expired"
    CANCELLED = "cancelled"  # by the one who asked


class RequestSide(StrEnum):
    INCOMING = "incoming"  # somebody asks this person
    OUTGOING = "outgoing"  # this person asks somebody


class ReportReason(StrEnum):
    STRANGER = "stranger"
    FRAUD = "fraud"
    HARASSMENT = "harassment"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class MoneyRequest:
    """A request for money, seen by one of its two people."""

    reference: str
    side: RequestSide
    counterparty_id: UUID
    counterparty: str
    counterparty_phone: str  # E.164 of whom one would pay; masked of whom one asks
    amount_paise: int  # never signed: it says what would move
    note: str
    status: RequestStatus
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    payment_reference: str  # of the payment that paid it, "" otherwise


@dataclass(frozen=True, slots=True)
class RequestPage:
    requests: list[MoneyRequest]  # newest first
    has_more: bool


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    person_id: UUID
    name: str
    masked_phone: str
    blocked_at: datetime


class NotificationKind(StrEnum):
    MONEY_RECEIVED = "money-received"
    MONEY_ADDED = "money-added"  # an on-ramp was credited
    ONRAMP_FAILED = "onramp-failed"
    REQUEST_RECEIVED = "request-received"
    REQUEST_PAID = "request-paid"  # stands in place of the money that was received with it
    REQUEST_DECLINED = "request-declined"
    SIGNED_IN = "signed-in"  # on another browser than the one that asks


@dataclass(frozen=True, slots=True)
class Notification:
    key: str  # its own among this person's
    kind: NotificationKind
    at: datetime
    is_new: bool  # not looked at yet; a request that has ended is not new any more
    counterparty: str  # a person's or a bank's name; of a sign-in, what the browser says of itself
    amount_paise: int  # 0 of a sign-in
    note: str
    reference: str  # of the payment or on-ramp; of the request; "" of a sign-in


@dataclass(frozen=True, slots=True)
class NotificationPage:
    notifications: list[Notification]  # newest first
    has_more: bool


class MessageOutcome(StrEnum):
    """What became of one message of the bank. The first four are answered 200, the last 409."""

    CREDITED = "credited"
    FAILED = "failed"  # the order is now marked failed
    DUPLICATE = "duplicate"  # the order was settled before; nothing changed
    IGNORED = "ignored"  # known, and without effect: a failure that came after the success
    DISPUTED = "disputed"  # disagrees with our order, or is for none of ours: stored, no money moved


class BankMessage(NamedTuple):
    """A verified, parsed callback of the bank. A tuple: making one for each credit takes a third of the time."""

    message_id: str  # the webhook-id header
    reference: str
    payment_id: str
    amount_paise: int
    succeeded: bool
    body: str  # as received, for the operator
    request_id: str = ""  # of the call that brought it, for the log; "" where we asked the bank


@dataclass(frozen=True, slots=True)
class AccountDifference:
    """An account whose stored balance is not the sum of its rows."""

    account_id: int
    person_id: UUID | None
    stored_paise: int
    rows_paise: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    people: int
    accounts: int
    transfers: int
    onramps: int
    disputed_messages: int
    sum_of_books_paise: int  # every account's signed sum: zero, for money is neither made nor lost
    differences: list[AccountDifference]


@dataclass(frozen=True, slots=True)
class OperatorAsking:
    """Who wants to act as an operator: the session that their cookie stands for, and where they are."""

    person_id: UUID
    session_id: UUID
    address: str


class AuditActor(StrEnum):
    OPERATOR = "operator"  # on the page
    TERMINAL = "terminal"  # python -m wallet_core
    AUDITOR = "auditor"  # the background task


class AuditAction(StrEnum):
    """What was done. The rows are kept for ever: an action may be added, never renamed."""

    GRANTED = "granted"
    REVOKED = "revoked"
    ENTERED = "entered"  # gave the password a second time
    REFUSED = "refused"  # gave a wrong one
    LEFT = "left"
    LOOKED = "looked"  # at the page and what is stuck
    SEARCHED = "searched"  # for a transfer or a person
    FROZE_PERSON = "froze-person"
    UNFROZE_PERSON = "unfroze-person"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDREW = "withdrew"
    RECONCILED = "reconciled"
    DRIFT_FOUND = "drift-found"
    FROZE_ACCOUNT = "froze-account"
    UNFROZE_ACCOUNT = "unfroze-account"
    CLEARED = "cleared"  # a finding that froze nothing
    HELD = "held"  # at a terminal, as all below
    RELEASED = "released"
    CORRECTED = "corrected"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


class ProposalStatus(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"  # by the proposer or by another operator
    EXPIRED = "expired"


class DriftKind(StrEnum):
    BALANCE = "balance"  # a stored balance is not the sum of its rows
    NOT_AT_BANK = "not-at-bank"  # we credited what the bank says it never sent
    WRONG_AT_BANK = "wrong-at-bank"  # the bank says another amount or bank
    UNKNOWN_ORDER = "unknown-order"  # the bank sent money for an order that we do not have
    NOT_CREDITED = "not-credited"  # the bank sent it long ago and we have not credited it
