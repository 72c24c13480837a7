"""What each choice on the bank's page makes the bank say, and how it says it wrongly. Pure functions, no clock."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: How far the wrong amount is off: one hundred rupees too much, so that believing it would be noticed.
WRONG_BY_PAISE: Final = 100_00

#: Twice the five minutes that Standard Webhooks lets a timestamp be old.
OLD_TIMESTAMP_S: Final = 600

#: Long enough after the first message that both never travel together, short enough to watch.
OUT_OF_ORDER_DELAY_S: Final = 1


class Choice(StrEnum):
    """What a person or a tester can choose, once for each payment."""

    APPROVE = "approve"
    DECLINE = "decline"
    APPROVE_TWICE = "approve-twice"
    LATE = "late"
    LOSE = "lose"
    WRONG_AMOUNT = "wrong-amount"
    WRONG_SIGNATURE = "wrong-signature"
    OLD_TIMESTAMP = "old-timestamp"
    OUT_OF_ORDER = "out-of-order"


class Fault(StrEnum):
    """What is wrong with one message or with one attempt to deliver it."""

    NONE = "none"
    DUPLICATE = "duplicate"
    LATE = "late"
    WRONG_AMOUNT = "wrong-amount"
    WRONG_SIGNATURE = "wrong-signature"
    OLD_TIMESTAMP = "old-timestamp"
    OUT_OF_ORDER = "out-of-order"


class Event(StrEnum):
    """The types of message that the wallet knows."""

    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One message that a choice will send."""

    event: Event
    amount_paise: int
    fault: Fault = Fault.NONE
    delay_s: float = 0
    #: Not before the message planned just before it has been answered or given up.
    follows: bool = False


#: These spoil the first attempt only. The retry is right, and must be believed.
_FIRST_ATTEMPT_ONLY: Final = frozenset({Fault.WRONG_SIGNATURE, Fault.OLD_TIMESTAMP})


def plan(choice: Choice, amount_paise: int, *, late_s: float) -> tuple[PlannedMessage, ...]:
    """The messages of one choice, in the order in which they become due.

    ``amount_paise`` is the payment's, ``late_s`` the delay of a late answer.
    """
    succeeded = PlannedMessage(Event.SUCCEEDED, amount_paise)
    match choice:
        case Choice.APPROVE:
            return (succeeded,)
        case Choice.DECLINE:
            return (PlannedMessage(Event.FAILED, amount_paise),)
        case Choice.APPROVE_TWICE:
            return (succeeded, PlannedMessage(Event.SUCCEEDED, amount_paise, Fault.DUPLICATE))
        case Choice.LATE:
            return (PlannedMessage(Event.SUCCEEDED, amount_paise, Fault.LATE, delay_s=late_s),)
        case Choice.LOSE:
            # The bank believes that it has told the wallet. Only the wallet's own question finds the payment.
            return ()
        case Choice.WRONG_AMOUNT:
            # The bank's record stays right and no right message follows: again the wallet has to ask.
            return (PlannedMessage(Event.SUCCEEDED, amount_paise + WRONG_BY_PAISE, Fault.WRONG_AMOUNT),)
        case Choice.WRONG_SIGNATURE:
            return (PlannedMessage(Event.SUCCEEDED, amount_paise, Fault.WRONG_SIGNATURE),)
        case Choice.OLD_TIMESTAMP:
            return (PlannedMessage(Event.SUCCEEDED, amount_paise, Fault.OLD_TIMESTAMP),)
        case Choice.OUT_OF_ORDER:
            # The person's first try failed, the second succeeded; the news of the first comes last.
            stale = PlannedMessage(
                Event.FAILED, amount_paise, Fault.OUT_OF_ORDER, delay_s=OUT_OF_ORDER_DELAY_S, follows=True
            )
            return (succeeded, stale)


def fault_of_attempt(fault: Fault, attempts_before: int) -> Fault:
    """What is wrong with one attempt, when ``attempts_before`` of the same message were made already."""
    if attempts_before > 0 and fault in _FIRST_ATTEMPT_ONLY:
        return Fault.NONE
    return fault
