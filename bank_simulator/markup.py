"""What every page of the bank has in common: the frame, escaping, moments, and the log of attempts."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from pathlib import Path
from typing import Final

from bank_simulator.faults import Event, Fault
from bank_simulator.payments import Attempt, Message

STYLE: Final = Path(__file__).with_name("style.css").read_text(encoding="utf-8")

#: In the address of the stylesheet, so that browsers may keep it for ever and still see a new one at once.
STYLE_VERSION: Final = hashlib.sha256(STYLE.encode()).hexdigest()[:12]

ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#6b6b6b" '
    'd="M16 3 3 10v3h26v-3zM6 15h4v10H6zm8 0h4v10h-4zm8 0h4v10h-4zM3 27h26v3H3z"/></svg>'
)

#: Indian Standard Time has no summer time, so the zone database is not needed.
IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")

_SENT: Final[dict[Fault, str]] = {
    Fault.NONE: "As it should be",
    Fault.DUPLICATE: "Second message for the same payment",
    Fault.LATE: "Late on purpose",
    Fault.WRONG_AMOUNT: "Another amount than was paid",
    Fault.WRONG_SIGNATURE: "Signed with another secret",
    Fault.OLD_TIMESTAMP: "Timestamp ten minutes old",
    Fault.OUT_OF_ORDER: "News of an earlier try, sent last",
}

_EVENTS: Final[dict[Event, str]] = {Event.SUCCEEDED: "Payment succeeded", Event.FAILED: "Payment failed"}


def frame(body: str, *, title: str = "Demo bank") -> str:
    """A whole page. ``body`` is HTML that is escaped already."""
    return f"""<!doctype html>
<html lang="en-IN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/style.css?v={STYLE_VERSION}">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="band"><p>Demo bank. No real money.</p></header>
<main id="main" tabindex="-1">
{body}
</main>
<footer><nav aria-label="Demo bank"><a href="/">All payments</a> <a href="/docs">API</a></nav></footer>
</body>
</html>
"""


def clock_time(at_ms: int) -> str:
    """``3:04:05 pm``, Indian Standard Time, as an HTML ``time`` element."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(IST)
    words = f"{moment.hour % 12 or 12}:{moment:%M:%S} {'pm' if moment.hour >= 12 else 'am'}"
    return f'<time datetime="{moment.isoformat(timespec="milliseconds")}">{words}</time>'


def day_and_time(at_ms: int) -> str:
    """``31 Jan 2026, 3:04:05 pm IST``."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(IST)
    return f"{moment.day} {moment:%b %Y}, {clock_time(at_ms)} IST"


def facts(pairs: list[tuple[str, str]]) -> str:
    """A list of terms. The second of each pair is HTML that is escaped already."""
    rows = "".join(f"<div><dt>{escape(term)}</dt><dd>{detail}</dd></div>" for term, detail in pairs)
    return f"<dl>{rows}</dl>"


def refresh_line(interval_s: int, *, refreshing: bool) -> str:
    """Says that the page reloads, and how to stop it: nobody's reading may be cut off without a way out."""
    if refreshing:
        return (
            f'<p class="quiet">This page refreshes every {interval_s} seconds. '
            '<a href="?refresh=off">Stop refreshing</a></p>'
        )
    return '<p class="quiet">This page stands still. <a href="?">Refresh by itself</a></p>'


def message_list(messages: list[Message], now_ms: int) -> str:
    """The messages of a payment with what has become of them."""
    items = "".join(
        f"<li><strong>{_EVENTS[message.event]}</strong>: {_state(message, now_ms)}"
        f'<br><code class="quiet">{escape(message.webhook_id)}</code></li>'
        for message in messages
    )
    return f"<ol>{items}</ol>"


def log_table(messages: list[Message], attempts: list[Attempt], *, label: str) -> str:
    """Every attempt, oldest first. The roles keep it a table where a narrow screen shows its rows as blocks."""
    if not attempts:
        return '<p class="quiet">Nothing has been sent yet.</p>' if messages else ""
    numbers = {message.webhook_id: number for number, message in enumerate(messages, start=1)}
    heads = "".join(
        f'<th role="columnheader" scope="col">{head}</th>' for head in ("Message", "Sent at", "How", "Answer", "Took")
    )
    rows = "".join(_row(numbers[attempt.webhook_id], attempt) for attempt in attempts)
    return (
        f'<table role="table" aria-label="{escape(label)}"><thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>'
    )


def _row(number: int, attempt: Attempt) -> str:
    cells = (
        ("Message", str(number)),
        ("Sent at", clock_time(attempt.started_at_ms)),
        ("How", escape(_SENT[attempt.fault])),
        ("Answer", _answer(attempt)),
        ("Took", "" if attempt.duration_ms is None else f"{attempt.duration_ms} ms"),
    )
    return (
        '<tr role="row">'
        + "".join(f'<td role="cell" data-label="{label}">{content}</td>' for label, content in cells)
        + "</tr>"
    )


def _answer(attempt: Attempt) -> str:
    if attempt.duration_ms is None:
        return "No answer recorded"
    if attempt.status_code is None:
        return escape(attempt.answer)
    text = f' <code class="answer">{escape(attempt.answer)}</code>' if attempt.answer else ""
    return f"<strong>{attempt.status_code}</strong>{text}"


def _state(message: Message, now_ms: int) -> str:
    tries = "1 attempt" if message.attempts == 1 else f"{message.attempts} attempts"
    if message.state == "delivered":
        return f"delivered after {tries}."
    if message.state == "given-up":
        return f"given up after {tries}. The wallet finds the truth when it asks."
    wait_s = -((now_ms - message.due_at_ms) // 1000)
    when = f"in {wait_s} s" if wait_s > 0 else "now"
    return f"next attempt {when}." if message.attempts else f"first attempt {when}."
