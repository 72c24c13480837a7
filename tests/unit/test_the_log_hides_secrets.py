"""Whatever a process or a library says, and wherever in it: no secret and no whole phone gets into a line."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from wallet_core.logs import _QUIET, _SERVERS, _TOLD, call_fields, hide, set_up_logs

CHANGED = {*_TOLD, *_QUIET, *_SERVERS}
PLANTED = "planted-0123456789abcdef"
Say = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said() -> Iterator[Say]:
    """Answers the lines written so far. The logging of the test run comes back afterwards."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in CHANGED)]
    before = [(each, list(each.handlers), each.level) for each in loggers]
    # The app redacts what Reflex says before it comes here: that is tested where it is done.
    make_record = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)
    written = io.StringIO()
    set_up_logs("webhook", as_json=True, stream=written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.setLogRecordFactory(make_record)
    for each, handlers, level in before:
        each.handlers[:] = handlers
        each.setLevel(level)


@pytest.mark.parametrize(
    "text",
    [
        f"Cookie: wallet_session={PLANTED}",
        f"'password': '{PLANTED}'",
        f"password={PLANTED}&x=1",
        f"Authorization: Bearer {PLANTED}",
        f"X-CSRF-Token: {PLANTED}",
        f"bank_webhook_secret = {PLANTED}",
        f"postgresql://wallet:{PLANTED}@db.example/wallet",
        f"whsec_{PLANTED.replace('-', '')}",
    ],
)
def test_secrets_go_wherever_they_stand(text: str) -> None:
    assert PLANTED.replace("-", "") not in hide(f"it failed with {text} at once").replace("-", "")


@pytest.mark.parametrize("phone", ["+919876543210", "9876543210", "919876543210", "+14155552671"])
def test_of_a_phone_two_digits_stay(phone: str) -> None:
    assert hide(f"to {phone}.") == f"to ••{phone[-2:]}."


@pytest.mark.parametrize("text", ["reference A1B2-9876543210", "msg_9876543210", "amount 50000", "127.0.0.1:8001"])
def test_references_ids_and_amounts_stay_whole(text: str) -> None:
    assert hide(text) == text


@pytest.mark.parametrize("name", ["webhook.door", "uvicorn.error", "_granian", "granian.access", "reflex", "httpx"])
def test_every_logger_goes_through_the_same_chain(said: Say, name: str) -> None:
    fields = {"cookie": PLANTED, "headers": {"Authorization": PLANTED}, "to": ["+919876543210"]}
    try:
        raise ValueError(f"password={PLANTED}")
    except ValueError:
        logging.getLogger(name).exception("token=%s", PLANTED, extra=fields)
    (line,) = said()
    assert PLANTED not in json.dumps(line)
    assert (line["to"], line["process"], line["level"]) == (["••10"], "webhook", "error")
    assert "ValueError" in line["traceback"]


def test_every_line_of_a_call_carries_what_is_known_of_it(said: Say) -> None:
    fields: dict[str, object] = {"request_id": "r1"}
    token = call_fields.set(fields)
    logging.getLogger("webhook.door").info("first")
    fields["reference"] = "A1"
    logging.getLogger("wallet_core.ledger").warning("second")
    call_fields.reset(token)
    logging.getLogger("webhook.door").info("third")
    found = [(line["event"], line.get("request_id"), line.get("reference")) for line in said()]
    assert found == [("first", "r1", None), ("second", "r1", "A1"), ("third", None, None)]
