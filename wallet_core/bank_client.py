"""Asking the bank. Its answers come from outside: read strictly, bounded in time and size, compared with the order."""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from wallet_core.config import get_settings
from wallet_core.errors import BankRefused, BankUnavailable

CONNECT_TIMEOUT_S: Final = 2
READ_TIMEOUT_S: Final = 5

#: Three tries ride out a restart of the bank; the same reference makes a repeated request harmless.
MAX_TRIES: Final = 3

#: The wait before the next try is a random part of this, doubled each time.
RETRY_BASE_MS: Final = 200

#: A person is waiting: after this a question is given up, whatever its tries are at.
BUDGET_S: Final = 12

#: A payment is some 500 bytes of JSON.
MAX_ANSWER_BYTES: Final = 64 * 1024

#: What fits into that many bytes, and more than a page of the bank's statement holds.
MAX_STATEMENT_LINES: Final = 500

#: A hundred thousand times what one movement may carry, and so little that nine million such lines can still be summed.
MAX_STATED_PAISE: Final = 10**12

#: No browser or proxy is sure to take a longer address.
MAX_URL_CHARACTERS: Final = 2048

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

#: The bank means "not now" with these and with every 5xx.
_TRY_AGAIN: Final = frozenset({408, 425, 429})

#: The bank has read the order and will not take it: malformed, or its reference is taken with other inputs. Any other
#: 4xx (a wrong address, a proxy's refusal) says nothing about the order.
_REFUSED: Final = frozenset({400, 409, 422})

PaymentStatus = Literal["pending", "succeeded", "failed", "expired"]


@dataclass(frozen=True, slots=True)
class BankPayment:
    """The bank's record of one of our orders."""

    payment_id: str
    page_url: str  # http or https, where the person approves
    status: PaymentStatus
    amount_paise: int  # as the bank has it, from zero to MAX_STATED_PAISE, for the caller to compare


@dataclass(frozen=True, slots=True)
class StatedPayment:
    """A line of the bank's statement: money that it says it has sent us."""

    payment_id: str
    reference: str
    bank_code: str
    amount_paise: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class StatementPage:
    lines: list[StatedPayment]
    next_position: str  # for the next question
    has_more: bool


def _within_bounds(amount_paise: int) -> int:
    return max(0, min(amount_paise, MAX_STATED_PAISE))


#: Any whole number is an amount of the agreed shape. One beyond the bounds is brought to the nearest: it agrees with no
#: order of ours either, and so is found and shown. Were it no answer, the audit would stand at it for ever.
_StatedPaise = Annotated[int, Field(strict=True), AfterValidator(_within_bounds)]


class _Order(BaseModel):
    """What we ask for."""

    reference: str
    amount_paise: int
    currency: Literal["INR"] = "INR"
    bank: str
    return_url: str


class _Answer(BaseModel):
    """What the bank says. Strict: no text for numbers. Fields that we do not know may be there."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    payment_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
    reference: str
    amount_paise: _StatedPaise
    currency: Literal["INR"]
    bank: str
    status: PaymentStatus
    page_url: Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=MAX_URL_CHARACTERS)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    payment_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
    reference: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
    amount_paise: _StatedPaise
    currency: Literal["INR"]
    bank: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,20}$")]
    paid_at: AwareDatetime


class _Statement(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    lines: Annotated[list[_Line], Field(max_length=MAX_STATEMENT_LINES)]
    next: Annotated[str, StringConstraints(pattern=r"^[!-~]{0,100}$")]
    has_more: Annotated[bool, Field(strict=True)]


class _Refusal(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]


def create_payment(reference: str, amount_paise: int, bank_code: str, return_url: str) -> BankPayment:
    """Asks the bank for a payment; the same reference and inputs again answer the same payment.

    Raises: BankRefused, BankUnavailable (away, too slow, or an answer that is not about this order).
    """
    order = _Order(reference=reference, amount_paise=amount_paise, bank=bank_code, return_url=return_url)
    status, body = _ask("POST", json=order.model_dump())
    if status in _REFUSED:
        raise BankRefused(bank_code=bank_code)
    if status not in (httpx.codes.OK, httpx.codes.CREATED):
        raise BankUnavailable
    answer = _parse(body, reference)
    if (answer.amount_paise, answer.bank) != (amount_paise, bank_code):
        raise BankUnavailable
    return BankPayment(answer.payment_id, answer.page_url, answer.status, answer.amount_paise)


def find_payment(reference: str) -> BankPayment | None:
    """What the bank knows of this order; None where the bank itself says that it knows nothing.

    A 404 counts only with the bank's own ``not-found`` in it: a wrong address must not end an order.
    Raises: BankUnavailable.
    """
    status, body = _ask("GET", params={"reference": reference})
    if status == httpx.codes.NOT_FOUND and _refusal_code(body) == "not-found":
        return None
    if status != httpx.codes.OK:
        raise BankUnavailable
    answer = _parse(body, reference)
    return BankPayment(answer.payment_id, answer.page_url, answer.status, answer.amount_paise)


def read_statement(after: str) -> StatementPage:
    """What the bank says it has sent us since a position; "" is the beginning.

    Raises: BankUnavailable (away, or an answer that is no statement).
    """
    status, body = _ask("GET", params={"after": after}, path="/api/statement")
    if status != httpx.codes.OK:
        raise BankUnavailable
    try:
        answer = _Statement.model_validate_json(body)
    except ValidationError:
        raise BankUnavailable from None
    lines = [
        StatedPayment(line.payment_id, line.reference, line.bank, line.amount_paise, line.paid_at)
        for line in answer.lines
    ]
    return StatementPage(lines, answer.next, answer.has_more)


def close() -> None:
    """Closes the connections to the bank, and ends every question under way as if the bank were away: for a process
    that leaves. The next question opens them again.
    """
    if _loop is not None:
        asyncio.run_coroutine_threadsafe(_hang_up(), _loop).result()


#: Questions are asked on an event loop of their own, in one thread: there each can be ended wherever it stands. A
#: client of threads sees a deadline between two pieces of a body, and a bank that sends a byte of its headers now and
#: then, or one interim answer after the other, would hold it for days.
_loop: asyncio.AbstractEventLoop | None = None
_loop_lock: Final = threading.Lock()

#: Used on that loop alone. One for all who ask: it keeps the connections.
_clients: Final[dict[str, httpx.AsyncClient]] = {}


def _running_loop() -> asyncio.AbstractEventLoop:
    """The same for all threads, those that ask first at the same moment included."""
    global _loop
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="at-the-bank", daemon=True).start()
        return _loop


def _client(bank_url: str) -> httpx.AsyncClient:
    if bank_url not in _clients:
        _clients[bank_url] = httpx.AsyncClient(
            base_url=bank_url,
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            # The machine's own bank is not asked through a proxy meant for the world outside.
            trust_env=urlsplit(bank_url).hostname not in _LOOPBACK,
            follow_redirects=False,
        )
    return _clients[bank_url]


async def _hang_up() -> None:
    questions = asyncio.all_tasks() - {asyncio.current_task()}
    for question in questions:
        question.cancel()
    await asyncio.gather(*questions, return_exceptions=True)
    while _clients:
        _, client = _clients.popitem()
        await client.aclose()


def _ask(
    method: str, *, json: object = None, params: dict[str, str] | None = None, path: str = "/api/payments"
) -> tuple[int, bytes]:
    """One question, tried again while the bank is away. Answers the status and the body.

    Raises: BankUnavailable.
    """
    trying = _try_in_time(partial(_exchange, get_settings().bank_url, method, path, json, params))
    try:
        return asyncio.run_coroutine_threadsafe(trying, _running_loop()).result()
    except (TimeoutError, CancelledError):
        raise BankUnavailable from None


async def _try_in_time(exchange: Callable[[], Awaitable[tuple[int, bytes]]]) -> tuple[int, bytes]:
    """Raises: BankUnavailable, TimeoutError."""
    async with asyncio.timeout(BUDGET_S):
        for attempt in range(MAX_TRIES):
            if attempt:
                await asyncio.sleep(random.uniform(0.5, 1) * RETRY_BASE_MS * 2**attempt / 1000)
            with suppress(httpx.HTTPError):
                status, body = await exchange()
                if status < httpx.codes.INTERNAL_SERVER_ERROR and status not in _TRY_AGAIN:
                    return status, body
    raise BankUnavailable


async def _exchange(
    bank_url: str, method: str, path: str, json: object, params: dict[str, str] | None
) -> tuple[int, bytes]:
    body = bytearray()
    async with _client(bank_url).stream(method, path, json=json, params=params) as response:
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MAX_ANSWER_BYTES:
                raise BankUnavailable
        return response.status_code, bytes(body)


def _parse(body: bytes, reference: str) -> _Answer:
    try:
        answer = _Answer.model_validate_json(body)
        page = urlsplit(answer.page_url)
    except (ValidationError, ValueError):
        raise BankUnavailable from None
    schemes = ("https",) if get_settings().is_production else ("http", "https")
    if answer.reference != reference or page.scheme not in schemes or not page.hostname or page.username is not None:
        raise BankUnavailable
    return answer


def _refusal_code(body: bytes) -> str:
    try:
        return _Refusal.model_validate_json(body).code
    except ValidationError:
        return ""
