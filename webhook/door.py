"""``POST /webhooks/bank``: verify, parse, settle, answer. Plain ASGI: nothing stands between server and answer."""

import logging
import time
from typing import Final

from starlette.types import Receive, Scope, Send

from wallet_core.errors import DatabaseUnavailable
from webhook.answers import ANSWER_TO_OUTCOME, SETTLED, Answer, Refused, send_answer
from webhook.body import Disconnected, check_headers, discard_body, read_body
from webhook.message import InvalidMessage, parse_message
from webhook.settlement import Settlement
from webhook.signature import SignatureRefused, Verifier

log = logging.getLogger("webhook.door")

_NS_PER_US: Final = 1_000


class BankDoor:
    """The bank's only way in. Nothing reaches the settlement, and so the database, before the signature is right."""

    def __init__(self, verifier: Verifier, settlement: Settlement) -> None:
        self._verifier: Final = verifier
        self._settlement: Final = settlement

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_ns = time.perf_counter_ns()
        seen: dict[str, object] = {}
        try:
            answer = await self._read_and_settle(scope, receive, seen)
            await send_answer(send, answer)
            if answer in SETTLED:
                # The settlement has said so, with its whole batch in one line.
                return
        except Refused as refused:
            answer = refused.answer
            if answer is not Answer.TOO_SLOW:
                await discard_body(scope, receive)
            await send_answer(send, answer, closing=True)
        except Disconnected:
            log.info("disconnected", extra=seen)
            return
        seen["status"] = answer.status
        seen["duration_us"] = (time.perf_counter_ns() - started_ns) // _NS_PER_US
        log.info("request", extra=seen)

    async def _read_and_settle(self, scope: Scope, receive: Receive, seen: dict[str, object]) -> Answer:
        """``seen`` gathers what the log may know. Raises: Refused, Disconnected."""
        if scope["method"] != "POST":
            raise Refused(Answer.WRONG_METHOD)
        check_headers(scope)
        body = await read_body(receive)
        try:
            return await self._verify_and_settle(scope, body, seen)
        except Exception:
            # A defect of ours. The bank repeats, and nothing was said to be settled.
            log.exception("internal error", extra=seen)
            return Answer.BROKEN

    async def _verify_and_settle(self, scope: Scope, body: bytes, seen: dict[str, object]) -> Answer:
        try:
            message_id = self._verifier.verify(scope["headers"], body)
            seen["message_id"] = message_id
            message = parse_message(message_id, body)
            seen["reference"] = message.reference
            outcome = await self._settlement.settle(message)
        except SignatureRefused as refused:
            seen["cause"] = refused.cause
            return Answer.NOT_SIGNED
        except InvalidMessage as invalid:
            seen["cause"] = invalid.fields
            return Answer.INVALID
        except DatabaseUnavailable:
            return Answer.UNAVAILABLE
        seen["outcome"] = outcome.value
        return ANSWER_TO_OUTCOME[outcome]
