"""The queue of messages to the wallet: sent until answered with 2xx, with growing waits, and for a bounded time.

At least once, never exactly once: a message whose answer got lost is sent again with the same webhook-id. Signed
after Standard Webhooks 1.0 (https://www.standardwebhooks.com, "Webhook headers" and "Signature scheme").
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import logging
import math
import random
import secrets
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx

from bank_simulator.faults import OLD_TIMESTAMP_S, Fault, fault_of_attempt
from bank_simulator.payments import Message
from bank_simulator.settings import Settings
from bank_simulator.storage import ANSWER_MAX_CHARACTERS, Storage

log = logging.getLogger("bank_simulator")

#: With a base of one second and the longest wait below, about three minutes on average and six at most.
MAX_ATTEMPTS: Final = 12

#: Asking again rarely changes a refusal (4xx), but a wrong signature may be the wallet in the middle of a rotation.
MAX_REFUSALS: Final = 4

#: The backoff stops growing here.
LONGEST_WAIT_S: Final = 60

#: A Retry-After above this is cut: nobody may silence the bank for a day.
RETRY_AFTER_MAX_S: Final = 30

#: Messages on their way at the same time; a burst beyond it waits in the queue.
MAX_IN_FLIGHT: Final = 16

CONNECT_TIMEOUT_S: Final = 2

#: From the first byte sent to the last byte of the answer that is read.
ATTEMPT_TIMEOUT_S: Final = 10

#: Of an answer, this much is read at most: 200 characters of up to four bytes each.
ANSWER_MAX_BYTES: Final = 4 * ANSWER_MAX_CHARACTERS

#: How long a stop waits for answers that are on their way. A message cut off here is sent again after the next start.
STOP_GRACE_S: Final = 0.5

#: The pause after an error of the bank's own file.
STORAGE_PAUSE_S: Final = 1

#: Client errors that mean "not now" rather than "not this" (RFC 9110, 15.5.9; RFC 6585, 4).
_TRY_AGAIN: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one attempt."""

    status_code: int | None  # None: nothing came
    text: str  # the beginning of the body, or why nothing came
    retry_after_s: float | None = None

    @property
    def accepted(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def refused(self) -> bool:
        return self.status_code is not None and 400 <= self.status_code < 500 and self.status_code not in _TRY_AGAIN


class Delivery:
    """Works off the queue while ``run`` runs."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._storage = storage
        self._settings = settings
        self._wake = asyncio.Event()
        self._in_flight: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Says that something in the queue has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Delivers until it is cancelled; then waits a moment for the answers that are on their way."""
        # trust_env off: a proxy meant for the world outside has no business between the bank and the wallet.
        timeout = httpx.Timeout(ATTEMPT_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        async with httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False) as client:
            try:
                while True:
                    self._wake.clear()
                    wait_s = await self._start_due(client)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(wait_s):
                            await self._wake.wait()
            finally:
                await self._stop()

    async def _start_due(self, client: httpx.AsyncClient) -> float | None:
        """Starts what is due. Answers the seconds until the next message is; None: nothing to wait for."""
        try:
            # Twice as many, so that those in flight, which are the first due, do not hide the others.
            waiting = await asyncio.to_thread(self._storage.waiting_messages, 2 * MAX_IN_FLIGHT)
        except sqlite3.Error:
            log.exception("The queue cannot be read; trying again.")
            return STORAGE_PAUSE_S
        for message in waiting:
            if message.webhook_id in self._in_flight:
                continue
            if len(self._in_flight) >= MAX_IN_FLIGHT:
                return None  # the end of any of them wakes us
            wait_ms = message.due_at_ms - now_ms()
            if wait_ms > 0:
                return wait_ms / 1000
            self._in_flight[message.webhook_id] = asyncio.create_task(self._deliver(client, message))
        return None

    async def _stop(self) -> None:
        if self._in_flight:
            _done, late = await asyncio.wait(self._in_flight.values(), timeout=STOP_GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _deliver(self, client: httpx.AsyncClient, message: Message) -> None:
        """One attempt, from its line in the log to what becomes of the message."""
        try:
            fault = fault_of_attempt(message.fault, message.attempts)
            attempt_id = await asyncio.to_thread(self._storage.begin_attempt, message, fault, now_ms=now_ms())
            began = time.monotonic()
            answer = await _send(client, self._settings.webhook_url, message, fault, self._settings.webhook_key)
            duration_ms = int((time.monotonic() - began) * 1000)
            state, wait_s = decide(message, answer, self._settings.retry_base_s)
            await asyncio.to_thread(
                self._storage.finish_attempt,
                message,
                attempt_id,
                status_code=answer.status_code,
                answer=answer.text,
                duration_ms=duration_ms,
                state=state,
                due_at_ms=now_ms() + int(wait_s * 1000),
                refused=answer.refused,
            )
            log.info("%s %s: %s, %s", message.event, message.webhook_id, answer.status_code or answer.text, state)
        except sqlite3.Error:
            log.exception("The log cannot be written; the message stays in the queue.")
            await asyncio.sleep(STORAGE_PAUSE_S)
        finally:
            del self._in_flight[message.webhook_id]
            self.wake()


def decide(message: Message, answer: Answer, retry_base_s: float) -> tuple[str, float]:
    """What becomes of a message after an answer: its state, and the seconds until the next attempt."""
    if answer.accepted:
        return "delivered", 0
    attempts = message.attempts + 1
    refusals = message.refusals + int(answer.refused)
    if attempts >= MAX_ATTEMPTS or refusals >= MAX_REFUSALS:
        return "given-up", 0
    # Full jitter, on top of what the wallet asked for: many messages refused together do not come back together.
    wait_s = random.uniform(0, min(LONGEST_WAIT_S, retry_base_s * 2 ** (attempts - 1)))
    return "waiting", wait_s + min(answer.retry_after_s or 0, RETRY_AFTER_MAX_S)


def signed_headers(message: Message, fault: Fault, key: bytes, at_s: int) -> dict[str, str]:
    """The three headers, signed anew for each attempt, or spoiled as the fault has it."""
    timestamp_s = at_s - OLD_TIMESTAMP_S if fault is Fault.OLD_TIMESTAMP else at_s
    if fault is Fault.WRONG_SIGNATURE:
        key = secrets.token_bytes(len(key))
    signed = f"{message.webhook_id}.{timestamp_s}.{message.body}".encode()
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message.webhook_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"v1,{signature}",
    }


def read_retry_after(headers: Mapping[str, str], at: datetime) -> float | None:
    """Seconds, from either form of RFC 9110, 10.2.3; None where there is none or it makes no sense."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait_s = (moment - at).total_seconds()
    return wait_s if wait_s > 0 and math.isfinite(wait_s) else None


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


async def _send(client: httpx.AsyncClient, url: str, message: Message, fault: Fault, key: bytes) -> Answer:
    """One POST. Whatever goes wrong on the way is an answer too."""
    headers = {
        "content-type": "application/json",
        "user-agent": "demo-bank/1",
        "accept-encoding": "identity",  # the log shows what came, and nothing small unpacks into something huge
        **signed_headers(message, fault, key, now_ms() // 1000),
    }
    try:
        async with asyncio.timeout(ATTEMPT_TIMEOUT_S):
            async with client.stream("POST", url, content=message.body.encode(), headers=headers) as response:
                retry_after_s = read_retry_after(response.headers, datetime.now(UTC))
                return Answer(response.status_code, await _beginning(response), retry_after_s)
    except (TimeoutError, httpx.TimeoutException):
        return Answer(None, "No answer in time")
    except httpx.ConnectError:
        return Answer(None, "Nobody listens there")
    except httpx.HTTPError as error:
        return Answer(None, f"The connection broke: {type(error).__name__}")


async def _beginning(response: httpx.Response) -> str:
    body = b""
    # A body that breaks off does not undo the status, which has arrived.
    with contextlib.suppress(httpx.HTTPError):
        async for piece in response.aiter_raw():
            body += piece
            if len(body) >= ANSWER_MAX_BYTES:
                break
    return body[:ANSWER_MAX_BYTES].decode(errors="replace")[:ANSWER_MAX_CHARACTERS]
