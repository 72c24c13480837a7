"""What a person is told, as lines to draw: every word about it is decided here."""

from dataclasses import dataclass
from typing import Final

from wallet_app import formatting
from wallet_app.paths import HISTORY, REQUESTS, SETTINGS
from wallet_app.state.settings import device
from wallet_app.words.isolating import isolated
from wallet_app.words.saying import say
from wallet_core.money import format_rupees
from wallet_core.views import Notification, NotificationKind

#: With a hint of ours in place of somebody's note.
_WITH_HINT: Final = (NotificationKind.ONRAMP_FAILED, NotificationKind.SIGNED_IN)

_WITH_RECEIPT: Final = (
    NotificationKind.MONEY_RECEIVED,
    NotificationKind.MONEY_ADDED,
    NotificationKind.ONRAMP_FAILED,
    NotificationKind.REQUEST_PAID,
)

#: Green is for money that has arrived and for nothing else.
_HAS_ARRIVED: Final = (NotificationKind.MONEY_RECEIVED, NotificationKind.MONEY_ADDED, NotificationKind.REQUEST_PAID)


@dataclass(frozen=True, slots=True)
class NotificationLine:
    key: str
    title: str
    detail: str
    icon: str  # the kind
    has_arrived: bool
    is_new: bool
    address: str  # of the page that says more


def notification_line(notification: Notification, *, is_new: bool) -> NotificationLine:
    kind = notification.kind
    name = device(notification.counterparty) if kind == NotificationKind.SIGNED_IN else notification.counterparty
    details = [formatting.day_of(notification.at), formatting.clock_time(notification.at)]
    extra = say(f"notifications.{_name(kind)}_hint") if kind in _WITH_HINT else isolated(notification.note)
    return NotificationLine(
        key=notification.key,
        title=say(f"notifications.{_name(kind)}", name=name, amount=format_rupees(notification.amount_paise)),
        detail=" · ".join(part for part in (", ".join(details), extra) if part),
        icon=kind.value,
        has_arrived=kind in _HAS_ARRIVED,
        is_new=is_new,
        address=_address(notification),
    )


def _name(kind: NotificationKind) -> str:
    return kind.value.replace("-", "_")


def _address(notification: Notification) -> str:
    if notification.kind == NotificationKind.SIGNED_IN:
        return SETTINGS
    return f"{HISTORY}/{notification.reference}" if notification.kind in _WITH_RECEIPT else REQUESTS
