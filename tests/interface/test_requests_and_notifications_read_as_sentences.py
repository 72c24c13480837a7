"""A request says who pays whom in so many words; a notification says what happened, and where there is more."""

from datetime import timedelta
from uuid import UUID

import pytest

from wallet_app.paths import HISTORY, REQUESTS, SETTINGS
from wallet_app.state.notification_words import notification_line
from wallet_app.state.request_words import request_line
from wallet_core.clock import now
from wallet_core.views import MoneyRequest, Notification, NotificationKind, RequestSide, RequestStatus


def _request(side: RequestSide, status: RequestStatus) -> MoneyRequest:
    at = now()
    return MoneyRequest(
        reference="Q-1",
        side=side,
        counterparty_id=UUID(int=2),
        counterparty="Bob Verma",
        counterparty_phone="+919876543211" if side == RequestSide.INCOMING else "+91 98••• ••211",
        amount_paise=40_00,
        note="tea",
        status=status,
        created_at=at,
        expires_at=at + timedelta(days=7),
        ended_at=None if status == RequestStatus.OPEN else at,
        payment_reference="P-1" if status == RequestStatus.PAID else "",
    )


@pytest.mark.parametrize(
    ("side", "status", "title"),
    [
        (RequestSide.INCOMING, RequestStatus.OPEN, "You pay ₹40.00 to Bob Verma"),
        (RequestSide.INCOMING, RequestStatus.PAID, "You paid ₹40.00 to Bob Verma"),
        (RequestSide.INCOMING, RequestStatus.DECLINED, "You declined to pay ₹40.00 to Bob Verma"),
        (RequestSide.INCOMING, RequestStatus.EXPIRED, "Bob Verma asked you for ₹40.00"),
        (RequestSide.INCOMING, RequestStatus.CANCELLED, "Bob Verma took back a request for ₹40.00"),
        (RequestSide.OUTGOING, RequestStatus.OPEN, "You asked Bob Verma for ₹40.00"),
        (RequestSide.OUTGOING, RequestStatus.PAID, "Bob Verma paid you ₹40.00"),
        (RequestSide.OUTGOING, RequestStatus.DECLINED, "Bob Verma declined to pay you ₹40.00"),
        (RequestSide.OUTGOING, RequestStatus.EXPIRED, "You asked Bob Verma for ₹40.00"),
        (RequestSide.OUTGOING, RequestStatus.CANCELLED, "You took back a request to Bob Verma for ₹40.00"),
    ],
)
def test_a_request_from_each_side_at_each_end(side: RequestSide, status: RequestStatus, title: str) -> None:
    line = request_line(_request(side, status))
    assert line.title == title
    assert line.detail.startswith("tea · ")
    assert line.address == (f"{HISTORY}/P-1" if status == RequestStatus.PAID else "")


@pytest.mark.parametrize("status", RequestStatus)
def test_a_name_with_braces_is_a_name(status: RequestStatus) -> None:
    from dataclasses import replace

    strange = replace(_request(RequestSide.INCOMING, status), counterparty="{amount} {0}")
    assert "{amount} {0}" in request_line(strange).title


@pytest.mark.parametrize(
    ("kind", "title", "address", "has_arrived"),
    [
        (NotificationKind.MONEY_RECEIVED, "Bob Verma sent you ₹40.00", f"{HISTORY}/P-1", True),
        (NotificationKind.MONEY_ADDED, "₹40.00 added from Bob Verma", f"{HISTORY}/P-1", True),
        (NotificationKind.ONRAMP_FAILED, "₹40.00 from Bob Verma was not added", f"{HISTORY}/P-1", False),
        (NotificationKind.REQUEST_RECEIVED, "Bob Verma asks you for ₹40.00", REQUESTS, False),
        (NotificationKind.REQUEST_PAID, "Bob Verma paid the ₹40.00 that you asked for", f"{HISTORY}/P-1", True),
        (NotificationKind.REQUEST_DECLINED, "Bob Verma declined to pay you ₹40.00", REQUESTS, False),
        (NotificationKind.SIGNED_IN, "New sign-in: A browser on an unknown system", SETTINGS, False),
    ],
)
def test_a_notification_of_each_kind(kind: NotificationKind, title: str, address: str, has_arrived: bool) -> None:
    told = Notification("k", kind, now(), True, "Bob Verma", 40_00, "", "P-1")
    line = notification_line(told, is_new=True)
    assert (line.title, line.address, line.has_arrived) == (title, address, has_arrived)
    assert line.detail.startswith("Today, ")
