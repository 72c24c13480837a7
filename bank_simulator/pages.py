"""The pages a person sees: one payment with its choices or its outcome, the list of payments, an error. No scripts."""

from html import escape
from typing import Final

from bank_simulator.faults import Choice
from bank_simulator.markup import (
    clock_time,
    day_and_time,
    facts,
    frame,
    log_table,
    message_list,
    refresh_line,
)
from bank_simulator.payments import BANKS, Attempt, Message, Payment, format_rupees

#: Fast enough to watch a retry, slow enough to read.
PAYMENT_REFRESH_S: Final = 2
LIST_REFRESH_S: Final = 5

#: What a tester can choose beyond yes and no: the name of the button, and what it does.
_TOOLS: Final[tuple[tuple[Choice, str, str], ...]] = (
    (Choice.APPROVE_TWICE, "Approve twice", "Two messages at the same time, with different ids."),
    (Choice.LATE, "Answer late", "Approved at once; the message leaves after {late}."),
    (Choice.LOSE, "Lose the message", "Approved, and no message is ever sent."),
    (Choice.WRONG_AMOUNT, "Wrong amount", "Approved, but the message names ₹100.00 too much."),
    (Choice.WRONG_SIGNATURE, "Wrong signature", "The first attempt is signed with another secret; the retry is right."),
    (Choice.OLD_TIMESTAMP, "Old timestamp", "The first attempt is dated ten minutes back; the retry is right."),
    (Choice.OUT_OF_ORDER, "Out of order", "After the success, the failure of an earlier try arrives."),
)

_TOOL_NAMES: Final = {choice: name for choice, name, _about in _TOOLS}

_OUTCOMES: Final[dict[Choice, str]] = {
    Choice.APPROVE: "You approved this payment. The bank tells the wallet.",
    Choice.DECLINE: "You declined this payment. No money moves, and the bank tells the wallet.",
    Choice.APPROVE_TWICE: "You approved this payment. The bank tells the wallet twice.",
    Choice.LATE: "You approved this payment. The bank takes its time to tell the wallet.",
    Choice.LOSE: "You approved this payment. The message to the wallet is lost; the wallet finds out when it asks.",
    Choice.WRONG_AMOUNT: "You approved this payment. The bank's message names another amount.",
    Choice.WRONG_SIGNATURE: "You approved this payment. The bank's first message has a wrong signature.",
    Choice.OLD_TIMESTAMP: "You approved this payment. The bank's first message has an old timestamp.",
    Choice.OUT_OF_ORDER: "You approved this payment. The news of an earlier failure reaches the wallet last.",
}

_STATUS_WORDS: Final = {
    "pending": "Waiting for a choice",
    "succeeded": "Succeeded",
    "failed": "Declined",
    "expired": "Expired",
}


def payment_page(
    payment: Payment,
    messages: list[Message],
    attempts: list[Attempt],
    *,
    now_ms: int,
    late_s: float,
    refreshing: bool = False,
    notice: str = "",
) -> str:
    """One payment. ``refreshing``: whether the answer will reload itself; ``notice``: why a choice did not count."""
    request = payment.request
    status = payment.status(now_ms)
    parts = [
        f"<h1>{escape(BANKS[request.bank])}</h1>",
        f'<p class="notice" role="alert">{escape(notice)}</p>' if notice else "",
        _request_sentence(status),
        f'<p class="amount">{format_rupees(request.amount_paise)}</p>',
        facts(_details(payment, status)),
    ]
    if status == "pending":
        parts += [_choices(payment, late_s)]
    else:
        parts += [f'<p class="outcome" role="status">{escape(_outcome(payment))}</p>', _return_link(payment)]
    if status in ("succeeded", "failed"):
        parts += [_log(payment, messages, attempts, now_ms, refreshing=refreshing)]
    return frame("\n".join(part for part in parts if part))


def list_page(payments: list[tuple[Payment, list[Message], list[Attempt]]], *, now_ms: int, refreshing: bool) -> str:
    """The latest payments, each with its log."""
    cards = "\n".join(_card(*one, now_ms=now_ms) for one in payments)
    empty = '<p class="outcome">No payments yet. Add money in the wallet, and its payment appears here.</p>'
    return frame(
        "<h1>Payments</h1>\n"
        "<p>The latest payments at this demo bank, and every message about them to the wallet.</p>\n"
        f"{refresh_line(LIST_REFRESH_S, refreshing=refreshing)}\n{cards or empty}",
        title="Demo bank: payments",
    )


def error_page(heading: str, sentence: str) -> str:
    """For a person who followed a wrong or old address."""
    return frame(f'<h1>{escape(heading)}</h1>\n<p class="outcome">{escape(sentence)}</p>')


def is_open(messages: list[Message]) -> bool:
    """Whether anything is still to be delivered."""
    return any(message.state == "waiting" for message in messages)


def _request_sentence(status: str) -> str:
    return "<p>Your wallet asks you to pay</p>" if status == "pending" else "<p>Your wallet asked you to pay</p>"


def _details(payment: Payment, status: str) -> list[tuple[str, str]]:
    rows = [
        ("Reference", f"<code>{escape(payment.request.reference)}</code>"),
        ("Payment", f"<code>{escape(payment.payment_id)}</code>"),
        ("Status", _STATUS_WORDS[status]),
    ]
    if status == "pending":
        rows.append(("Choose before", f"{clock_time(payment.expires_at_ms)} IST"))
    return rows


def _choices(payment: Payment, late_s: float) -> str:
    late = f"{late_s:g} seconds"
    tools = "\n".join(
        f'<li><button name="choice" value="{choice.value}" aria-describedby="about-{choice.value}">{name}</button>'
        f'<span id="about-{choice.value}">{escape(about.format(late=late))}</span></li>'
        for choice, name, about in _TOOLS
    )
    return f"""<form method="post" action="/pay/{escape(payment.payment_id)}">
<div class="choices">
<button class="primary" name="choice" value="approve">Approve</button>
<button name="choice" value="decline">Decline</button>
</div>
<details>
<summary>Test tools</summary>
<p class="quiet">Each approves the payment, and goes wrong in its own way.</p>
<ul class="tools">
{tools}
</ul>
</details>
</form>"""


def _outcome(payment: Payment) -> str:
    if payment.choice is None:
        return "This payment has expired: nobody chose in time. No money moves."
    return _OUTCOMES[payment.choice]


def _return_link(payment: Payment) -> str:
    return f'<p><a class="button primary" href="{escape(payment.request.return_url)}">Return to Wallet</a></p>'


def _log(payment: Payment, messages: list[Message], attempts: list[Attempt], now_ms: int, *, refreshing: bool) -> str:
    if not messages:
        return "<h2>Messages to the wallet</h2>\n<p>None, and none will be sent.</p>"
    refresh = refresh_line(PAYMENT_REFRESH_S, refreshing=refreshing) if is_open(messages) else ""
    label = f"Attempts for {payment.request.reference}"
    return (
        f"<h2>Messages to the wallet</h2>\n{message_list(messages, now_ms)}\n"
        f"<h2>Log of every attempt</h2>\n{log_table(messages, attempts, label=label)}\n{refresh}"
    )


def _card(payment: Payment, messages: list[Message], attempts: list[Attempt], *, now_ms: int) -> str:
    request = payment.request
    status = payment.status(now_ms)
    tool = f" ({_TOOL_NAMES[payment.choice].lower()})" if payment.choice in _TOOL_NAMES else ""
    log = f"{message_list(messages, now_ms)}\n" if messages else ""
    return f"""<article class="card" aria-labelledby="of-{escape(payment.payment_id)}">
<h2 id="of-{escape(payment.payment_id)}"><a href="/pay/{escape(payment.payment_id)}">\
{format_rupees(request.amount_paise)} from {escape(BANKS[request.bank])}</a></h2>
{
        facts(
            [
                ("Status", escape(_STATUS_WORDS[status] + tool)),
                ("Reference", f"<code>{escape(request.reference)}</code>"),
                ("Created", day_and_time(payment.created_at_ms)),
            ]
        )
    }
{log}{log_table(messages, attempts, label=f"Attempts for {request.reference}")}
</article>"""
