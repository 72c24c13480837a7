"""A payment at the bank: how one is asked for, what it is, and what is said about it."""

import json
import re
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bank_simulator.faults import Choice, Event, Fault
from bank_simulator.settings import is_web_url

#: The banks that this one server plays.
BANKS: Final[dict[str, str]] = {
    "HDFC": "HDFC Bank",
    "AXIS": "Axis Bank",
    "ICICI": "ICICI Bank",
    "SBI": "State Bank of India",
}

CURRENCY: Final = "INR"

#: Ten thousand crore rupees: far above any limit of the wallet, far below what an integer column holds.
MAX_AMOUNT_PAISE: Final = 10**12

#: No browser or proxy is sure to take a longer address.
MAX_URL_CHARACTERS: Final = 2048

PAISE_PER_RUPEE: Final = 100

#: 120 bits: who does not know the address of a payment's page cannot guess it.
_ID_BYTES: Final = 15

_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,64}")
_FIELDS: Final = frozenset({"reference", "amount_paise", "currency", "bank", "return_url"})


class InvalidPayment(Exception):
    """What was asked for is not a payment that the bank takes. Its text says which field and why."""


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What the wallet asks for."""

    reference: str
    amount_paise: int
    currency: str
    bank: str
    return_url: str

    def agrees_with(self, other: "PaymentRequest") -> bool:
        """Whether both are about the same money. A wallet that has moved to another address asks for nothing else."""
        return replace(self, return_url="") == replace(other, return_url="")


@dataclass(frozen=True, slots=True)
class Payment:
    """The bank's record of it. Moments are milliseconds since 1970, UTC."""

    payment_id: str
    request: PaymentRequest
    choice: Choice | None
    created_at_ms: int
    expires_at_ms: int
    decided_at_ms: int | None

    def status(self, now_ms: int) -> str:
        """``pending``, ``succeeded``, ``failed`` or ``expired``: derived, so that it never contradicts the choice."""
        if self.choice is not None:
            return "failed" if self.choice is Choice.DECLINE else "succeeded"
        return "expired" if now_ms >= self.expires_at_ms else "pending"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the wallet, waiting in the queue or done with."""

    webhook_id: str
    payment_id: str
    event: Event
    fault: Fault
    body: str
    state: str  # waiting, delivered or given-up
    attempts: int
    refusals: int
    due_at_ms: int
    follows_id: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a message: a line of the log."""

    attempt_id: int
    webhook_id: str
    fault: Fault
    started_at_ms: int
    status_code: int | None  # None: no answer
    answer: str  # the beginning of what was answered, or why nothing was
    duration_ms: int | None  # None: not finished, or the bank was stopped in the middle of it


def new_payment_id() -> str:
    """An id such as ``pay_5f0c...``, safe in URLs."""
    return f"pay_{secrets.token_hex(_ID_BYTES)}"


def new_webhook_id() -> str:
    """The id of a message, the same on each of its retries."""
    return f"msg_{secrets.token_hex(_ID_BYTES)}"


def read_request(data: object) -> PaymentRequest:
    """Checks what came as JSON, strictly: no text for numbers, no fields that nobody knows.

    Raises: InvalidPayment.
    """
    if not isinstance(data, dict):
        raise InvalidPayment("The body is not a JSON object.")
    if unknown := set(data) - _FIELDS:
        raise InvalidPayment(f"{len(unknown)} fields are not known; known are {', '.join(sorted(_FIELDS))}.")
    amount_paise = data.get("amount_paise")
    # Not isinstance: true is an int to Python.
    if type(amount_paise) is not int or not 1 <= amount_paise <= MAX_AMOUNT_PAISE:
        raise InvalidPayment(f"amount_paise is not a whole number between 1 and {MAX_AMOUNT_PAISE}.")
    reference = _text(data, "reference")
    if not _REFERENCE.fullmatch(reference):
        raise InvalidPayment("reference is not 1 to 64 letters, digits and hyphens.")
    if _text(data, "currency") != CURRENCY:
        raise InvalidPayment(f"currency is not {CURRENCY}.")
    bank = _text(data, "bank")
    if bank not in BANKS:
        raise InvalidPayment(f"bank is not one of {', '.join(BANKS)}.")
    return_url = _text(data, "return_url")
    if len(return_url) > MAX_URL_CHARACTERS or not is_web_url(return_url):
        raise InvalidPayment(f"return_url is not an http or https address of at most {MAX_URL_CHARACTERS} characters.")
    return PaymentRequest(reference, amount_paise, CURRENCY, bank, return_url)


def message_body(payment_id: str, request: PaymentRequest, event: Event, amount_paise: int, at_ms: int) -> str:
    """The JSON text of a message. It is kept as it is: every retry sends and signs these very bytes."""
    return json.dumps(
        {
            "type": event.value,
            "timestamp": utc_text(at_ms),
            "data": {
                "reference": request.reference,
                "payment_id": payment_id,
                "amount_paise": amount_paise,
                "currency": request.currency,
            },
        },
        separators=(",", ":"),
    )


def utc_text(at_ms: int) -> str:
    """``2026-01-31T09:30:00.250Z`` (RFC 3339)."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_rupees(amount_paise: int) -> str:
    """``12345678`` becomes ``₹1,23,456.78``: thousands, then lakhs and crores in pairs."""
    rupees, paise = divmod(amount_paise, PAISE_PER_RUPEE)
    pairs, rest = divmod(rupees, 1_000)
    if not pairs:
        return f"₹{rest}.{paise:02d}"
    groups = [f"{rest:03d}"]
    while pairs:
        pairs, group = divmod(pairs, 100)
        groups.insert(0, f"{group:02d}" if pairs else str(group))
    return f"₹{','.join(groups)}.{paise:02d}"


def _text(data: dict[object, object], field: str) -> str:
    value = data.get(field)
    if not isinstance(value, str):
        raise InvalidPayment(f"{field} is missing or not text.")
    return value
