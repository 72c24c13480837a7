"""``POST /webhooks/bank``: verify, parse, settle, answer.

Two ways lead here. What the bank sends comes in one packet, and the protocol hands it over whole (``take``): no task
and no ASGI stand between it and its answer. Everything else (slow or chunked bodies, refusals, pipelined requests)
comes through ASGI, and ends in ``take`` as well.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from starlette.types import Receive, Scope, Send

from wallet_core import metrics
from wallet_core.errors import DatabaseUnavailable
from wallet_core.logs import new_request_id
from wallet_core.views import MessageOutcome
from webhook.answers import ANSWER_TO_OUTCOME, Answer, Refused, send_answer
from webhook.body import Disconnected, check_headers, discard_body, read_body
from webhook.message import InvalidMessage, parse_message
from webhook.settlement import Settlement
from webhook.signature import Headers, SignatureRefused, Verifier, combined

log = logging.getLogger("webhook.door")

BANK_PATH: Final = "/webhooks/bank"

_NS_PER_US: Final = 1_000

Tell = Callable[[Answer], None]


class BankDoor:
    """The bank's only way in. Nothing reaches the settlement, and so the database, before the signature is right."""

    def __init__(self, verifier: Verifier, settlement: Settlement) -> None:
        self._verifier: Final = verifier
        self._settlement: Final = settlement

    def take(self, headers: Headers, body: bytes, tell: Tell) -> None:
        """A whole request to the bank's address, by its headers JSON and not too large. ``tell`` hears its answer:
        at once, or when the message is on disk. Never raises.
        """
        call = _Call(tell)
        try:
            call.message_id = self._verifier.verify(headers, body)
            message = parse_message(call.message_id, body, call.request_id)
            call.reference = message.reference
            self._settlement.take(message, call.hear)
        except SignatureRefused as refused:
            call.refuse(Answer.NOT_SIGNED, refused.cause)
        except InvalidMessage as invalid:
            call.refuse(Answer.INVALID, invalid.fields)
        except DatabaseUnavailable:
            call.refuse(Answer.UNAVAILABLE)
        except Exception:
            # A defect of ours. The bank repeats, and nothing was said to be settled.
            log.exception("internal error", extra=call.known())
            call.refuse(Answer.BROKEN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _read(scope, receive)
        except Refused as refused:
            call = _Call(lambda _: None)
            if refused.answer is not Answer.TOO_SLOW:
                await discard_body(scope, receive)
            await send_answer(send, refused.answer, closing=True)
            call.refuse(refused.answer)
            return
        except Disconnected:
            log.info("disconnected")
            return
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        headers = combined(scope["headers"])
        self.take(headers, body, lambda answer: None if answered.done() else answered.set_result(answer))
        await send_answer(send, await answered)


async def _read(scope: Scope, receive: Receive) -> bytes:
    """Raises: Refused, Disconnected."""
    if scope["method"] != "POST":
        raise Refused(Answer.WRONG_METHOD)
    check_headers(scope["headers"])
    return await read_body(receive)


class _Call:
    """One request: who hears its answer, and what the log may know of it."""

    __slots__ = ("_started_ns", "_tell", "message_id", "reference", "request_id")

    def __init__(self, tell: Tell) -> None:
        self._tell: Final = tell
        self._started_ns: Final = time.perf_counter_ns()
        self.request_id: Final = new_request_id()
        self.message_id = ""
        self.reference = ""

    def hear(self, outcome: MessageOutcome | None) -> None:
        """None: not known to be settled."""
        if outcome is None:
            self.refuse(Answer.UNAVAILABLE)
        else:
            # The settlement says so in the log, with its whole batch in one line.
            self._tell(ANSWER_TO_OUTCOME[outcome])

    def refuse(self, answer: Answer, cause: object = None) -> None:
        self._tell(answer)
        metrics.ANSWERS.labels(str(answer.status)).inc()
        duration_us = (time.perf_counter_ns() - self._started_ns) // _NS_PER_US
        said = {"cause": cause} if cause else {}
        log.info("request", extra=self.known() | said | {"status": answer.status, "duration_us": duration_us})

    def known(self) -> dict[str, object]:
        found = {"request_id": self.request_id, "message_id": self.message_id, "reference": self.reference}
        return {name: value for name, value in found.items() if value}
