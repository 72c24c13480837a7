"""The doors of the bank: the JSON API for the wallet, and the addresses of the pages."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bank_simulator import pages
from bank_simulator.delivery import Delivery, now_ms
from bank_simulator.faults import Choice, plan
from bank_simulator.markup import ICON, STYLE
from bank_simulator.openapi import DESCRIPTION, docs_page
from bank_simulator.payments import InvalidPayment, Payment, read_request, utc_text
from bank_simulator.settings import Settings
from bank_simulator.statement import STATEMENT_LAGS_S, STATEMENT_LINES, read_position, statement_page
from bank_simulator.storage import Storage

#: The page of all payments shows this many.
LIST_LENGTH: Final = 25

#: A body that is still not there is not worth a connection.
BODY_TIMEOUT_S: Final = 10

#: The form has one field with a short word in it.
FORM_MAX_FIELDS: Final = 4

_FOREVER: Final = {"cache-control": "public, max-age=31536000, immutable"}


@dataclass(slots=True)
class Bank:
    """What every request needs."""

    settings: Settings
    storage: Storage
    delivery: Delivery
    worker: asyncio.Task[None] | None = None  # works off the queue

    def routes(self) -> list[Route]:
        return [
            Route("/api/payments", self.create_payment, methods=["POST"]),
            Route("/api/payments", self.find_payment, methods=["GET"]),
            Route("/api/statement", self.read_statement, methods=["GET"]),
            Route("/openapi.json", openapi, methods=["GET"]),
            Route("/docs", docs, methods=["GET"]),
            Route("/healthz", self.health, methods=["GET"]),
            Route("/pay/{payment_id}", self.show_payment, methods=["GET"]),
            Route("/pay/{payment_id}", self.choose, methods=["POST"]),
            Route("/", self.list_payments, methods=["GET"]),
            Route("/style.css", style, methods=["GET"]),
            Route("/icon.svg", icon, methods=["GET"]),
        ]

    async def create_payment(self, request: Request) -> Response:
        """201 with a new payment, 200 with the one of this reference, 409 where its inputs differ, 422."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-json", "Send application/json.")
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await request.body()
        try:
            wanted = read_request(json.loads(body))
        except InvalidPayment as error:
            return _error(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-payment", str(error))
        except (ValueError, RecursionError):
            return _error(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-json", "The body is not JSON.")
        moment_ms = now_ms()
        payment, is_new = await asyncio.to_thread(
            self.storage.create_payment,
            wanted,
            now_ms=moment_ms,
            expires_at_ms=moment_ms + int(self.settings.expiry_s * 1000),
        )
        if not payment.request.agrees_with(wanted):
            return _error(
                HTTPStatus.CONFLICT, "reference-taken", "This reference has a payment of another amount or bank."
            )
        return self._payment_answer(payment, HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    async def find_payment(self, request: Request) -> Response:
        """200 with the payment of ``?reference=``, or 404 with the code ``not-found``."""
        reference = request.query_params.get("reference")
        if not reference:
            return _error(HTTPStatus.UNPROCESSABLE_ENTITY, "no-reference", "Name a payment with ?reference=.")
        payment = await asyncio.to_thread(self.storage.find_by_reference, reference)
        if payment is None:
            return _error(HTTPStatus.NOT_FOUND, "not-found", "No payment has this reference.")
        return self._payment_answer(payment, HTTPStatus.OK)

    async def read_statement(self, request: Request) -> Response:
        """200 with the payments that succeeded after ``?after=`` (what the last page called ``next``), or 422."""
        try:
            after = read_position(request.query_params.get("after", ""))
        except ValueError:
            return _error(HTTPStatus.UNPROCESSABLE_ENTITY, "no-position", "after is not what a page called next.")
        paid = await asyncio.to_thread(
            self.storage.statement,
            after,
            decided_before_ms=now_ms() - int(STATEMENT_LAGS_S * 1000),
            limit=STATEMENT_LINES,
        )
        return JSONResponse(statement_page(paid, after, has_more=len(paid) == STATEMENT_LINES))

    async def health(self, _request: Request) -> Response:
        """503 where the file cannot be read (an exception handler says it) or nobody works off the queue."""
        await asyncio.to_thread(self.storage.check)
        if self.worker is None or self.worker.done():
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, "queue-stopped", "Messages are not being delivered.")
        return JSONResponse({"status": "ok"})

    async def show_payment(self, request: Request) -> Response:
        return await self._payment_page(await self._payment(request), request)

    async def choose(self, request: Request) -> Response:
        """Takes a choice once. The same choice again (a double click) leads to the same page."""
        payment = await self._payment(request)
        async with asyncio.timeout(BODY_TIMEOUT_S):
            form = await request.form(max_files=0, max_fields=FORM_MAX_FIELDS)
        try:
            choice = Choice(str(form.get("choice", "")))
        except ValueError:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "This is not one of the choices.") from None
        planned = plan(choice, payment.request.amount_paise, late_s=self.settings.late_s)
        payment = await asyncio.to_thread(self.storage.choose, payment, choice, planned, now_ms=now_ms())
        self.delivery.wake()
        if payment.choice is choice:
            return RedirectResponse(f"/pay/{payment.payment_id}", HTTPStatus.SEE_OTHER)
        # An expired payment says so itself.
        notice = "A choice was made before, and it stays as it is." if payment.choice else ""
        return await self._payment_page(payment, request, status=HTTPStatus.CONFLICT, notice=notice)

    async def list_payments(self, request: Request) -> Response:
        def read() -> str:
            payments = [
                (one, self.storage.messages_of(one.payment_id), self.storage.attempts_of(one.payment_id))
                for one in self.storage.latest_payments(LIST_LENGTH)
            ]
            return pages.list_page(payments, now_ms=now_ms(), refreshing=refreshing)

        refreshing = _wants_refresh(request)
        headers = {"refresh": str(pages.LIST_REFRESH_S)} if refreshing else None
        return HTMLResponse(await asyncio.to_thread(read), headers=headers)

    async def _payment(self, request: Request) -> Payment:
        """Raises: HTTPException (404)."""
        payment = await asyncio.to_thread(self.storage.find_payment, request.path_params["payment_id"])
        if payment is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "No payment has this address.")
        return payment

    async def _payment_page(
        self, payment: Payment, request: Request, *, status: HTTPStatus = HTTPStatus.OK, notice: str = ""
    ) -> Response:
        messages = await asyncio.to_thread(self.storage.messages_of, payment.payment_id)
        attempts = await asyncio.to_thread(self.storage.attempts_of, payment.payment_id)
        # Only what a GET answered may reload itself: reloading a form asks the person whether to send it again.
        refreshing = request.method == "GET" and pages.is_open(messages) and _wants_refresh(request)
        page = pages.payment_page(
            payment,
            messages,
            attempts,
            now_ms=now_ms(),
            late_s=self.settings.late_s,
            refreshing=refreshing,
            notice=notice,
        )
        headers = {"refresh": str(pages.PAYMENT_REFRESH_S)} if refreshing else None
        return HTMLResponse(page, status, headers)

    def _payment_answer(self, payment: Payment, status: HTTPStatus) -> Response:
        wanted = payment.request
        return JSONResponse(
            {
                "payment_id": payment.payment_id,
                "reference": wanted.reference,
                "amount_paise": wanted.amount_paise,
                "currency": wanted.currency,
                "bank": wanted.bank,
                "status": payment.status(now_ms()),
                "page_url": f"{self.settings.public_url}/pay/{payment.payment_id}",
                "expires_at": utc_text(payment.expires_at_ms),
            },
            status,
        )


async def openapi(_request: Request) -> Response:
    return JSONResponse(DESCRIPTION)


async def docs(_request: Request) -> Response:
    return HTMLResponse(docs_page())


async def style(_request: Request) -> Response:
    return Response(STYLE, media_type="text/css", headers=_FOREVER)


async def icon(_request: Request) -> Response:
    return Response(ICON, media_type="image/svg+xml", headers=_FOREVER)


async def on_http_error(request: Request, error: Exception) -> Response:
    """JSON for programs, a page for people."""
    assert isinstance(error, HTTPException)  # noqa: S101  registered for no other
    status = HTTPStatus(error.status_code)
    if request.url.path.startswith("/api/"):
        # Never "not-found": that is said of payments only, and the wallet ends an order for it.
        return _error(status, f"http-{status.value}", error.detail, error.headers)
    return HTMLResponse(pages.error_page(status.phrase.capitalize(), _sentence(error)), status, error.headers)


async def on_slow_body(_request: Request, _failure: Exception) -> Response:
    """The sender took longer than BODY_TIMEOUT_S."""
    return _error(HTTPStatus.REQUEST_TIMEOUT, "too-slow", "The body did not arrive in time.")


async def on_storage_error(_request: Request, error: Exception) -> Response:
    """The bank's own file is away or full: nothing was changed, asking again is right."""
    assert isinstance(error, sqlite3.Error)  # noqa: S101  registered for no other
    return _error(HTTPStatus.SERVICE_UNAVAILABLE, "storage", "The bank cannot reach its records.", {"retry-after": "1"})


def _sentence(error: HTTPException) -> str:
    standard = error.detail == HTTPStatus(error.status_code).phrase
    return "There is nothing at this address." if standard and error.status_code == 404 else error.detail


def _wants_refresh(request: Request) -> bool:
    return request.query_params.get("refresh") != "off"


def _error(status: HTTPStatus, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"code": code, "message": message}, status, headers)
