"""Signed by the bank, and still read strictly: 422 for everything but the agreed shape."""

import json
from typing import Any

import pytest

from tests.webhook.bank import encode, message, signed_headers
from tests.webhook.conftest import Door
from webhook.message import MAX_AMOUNT_PAISE


def _without(path: str) -> dict[str, Any]:
    content = message()
    *parents, last = path.split(".")
    inner = content
    for parent in parents:
        inner = inner[parent]
    del inner[last]
    return content


RAW_AMOUNT = '"amount_paise": 50050'


def _with_raw_amount(raw: str) -> bytes:
    text = json.dumps(message())
    assert RAW_AMOUNT in text
    return text.replace(RAW_AMOUNT, f'"amount_paise": {raw}').encode()


def _with_raw_extra(raw: str) -> bytes:
    return json.dumps(message()).replace("{", '{"extra": ' + raw + ", ", 1).encode()


INVALID: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"hello",
    "only spaces": b"   ",
    "a byte order mark": b"\xef\xbb\xbf" + encode(message()),
    "something after it": encode(message()) + b" {}",
    "cut off": encode(message())[:-1],
    "a NUL": encode(message()).replace(b"pay_", b"pay\x00"),
    "null": b"null",
    "a list": encode([message()]),
    "a text": encode(json.dumps(message())),
    "another type": encode(message(type="payment.refunded")),
    "type in another case": encode(message(type="Payment.Succeeded")),
    "type null": encode(message(type=None)),
    "timestamp a number": encode(message(timestamp=1_700_000_000)),
    "timestamp digits": encode(message(timestamp="1700000000")),
    "timestamp without zone": encode(message(timestamp="2026-11-23T06:00:00")),
    "timestamp impossible": encode(message(timestamp="2026-13-45T06:00:00Z")),
    "amount zero": encode(message(amount_paise=0)),
    "amount negative": encode(message(amount_paise=-1)),
    "amount with a fraction": encode(message(amount_paise=500.5)),
    "amount a whole fraction": _with_raw_amount("50050.0"),
    "amount with an exponent": _with_raw_amount("5e4"),
    "amount a text": encode(message(amount_paise="50050")),
    "amount true": encode(message(amount_paise=True)),
    "amount null": encode(message(amount_paise=None)),
    "amount NaN": _with_raw_amount("NaN"),
    "amount Infinity": _with_raw_amount("Infinity"),
    "amount beyond bigint": encode(message(amount_paise=MAX_AMOUNT_PAISE + 1)),
    "amount of 4,000 digits": _with_raw_amount("9" * 4_000),
    "amount of 60,000 digits": _with_raw_amount("9" * 60_000),
    "currency of elsewhere": encode(message(currency="USD")),
    "currency in another case": encode(message(currency="inr")),
    "reference empty": encode(message(reference="")),
    "reference too long": encode(message(reference="A" * 65)),
    "reference with a line break": encode(message(reference="A-1\n")),
    "reference with a NUL": encode(message(reference="A-\x00")),
    "reference half a character": encode(message(reference="A-\ud800")),
    "reference of other digits": encode(message(reference="A-१२३")),
    "reference a number": encode(message(reference=17)),
    "payment a list": encode(message(payment_id=["pay_1"])),
    "payment with SQL": encode(message(payment_id="'; DROP TABLE transfer; --")),
    "data a list": encode({**message(), "data": [message()["data"]]}),
    "NaN where nobody looks": _with_raw_extra("NaN"),
    "-Infinity where nobody looks": _with_raw_extra("-Infinity"),
    "nested too deeply": _with_raw_extra("[" * 30_000 + "]" * 30_000),
    "objects nested too deeply": _with_raw_extra('{"a":' * 10_000 + "1" + "}" * 10_000),
    "nested without end": b"[" * 60_000,
    **{
        f"{path} missing": encode(_without(path))
        for path in ("type", "timestamp", "data", "data.reference", "data.payment_id", "data.currency")
    },
    "data.amount_paise missing": encode(_without("data.amount_paise")),
}


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID.keys())
def test_another_shape_is_refused(door: Door, body: bytes) -> None:
    answered = door.call(body, signed_headers(body))
    assert (answered.status, answered.body) == (422, b'{"code":"message-invalid"}')
    assert door.settled == []


def test_the_agreed_shape_is_handed_on_unchanged(door: Door) -> None:
    body = encode(message("A-8K2F41QFZ09XYA", 1, payment_id="pay_7"))
    assert door.call(body, signed_headers(body, message_id="msg_9")).status == 200
    (settled,) = door.settled
    assert (settled.message_id, settled.reference, settled.payment_id) == ("msg_9", "A-8K2F41QFZ09XYA", "pay_7")
    assert (settled.amount_paise, settled.succeeded, settled.body) == (1, True, body.decode())


def test_a_failed_payment_is_handed_on_as_such(door: Door) -> None:
    body = encode(message(type="payment.failed"))
    door.call(body, signed_headers(body))
    assert [settled.succeeded for settled in door.settled] == [False]


def test_keys_that_the_bank_adds_one_day_are_ignored(door: Door) -> None:
    content = {**message(branch="Pune"), "trace": {"span": [1, 2.5, None]}}
    body = encode(content)
    assert door.call(body, signed_headers(body)).status == 200


@pytest.mark.parametrize("timestamp", ["2026-11-23T06:00:00.123456+05:30", "2026-11-23t06:00:00z"])
def test_moments_after_rfc_3339_are_taken(door: Door, timestamp: str) -> None:
    body = encode(message(timestamp=timestamp))
    assert door.call(body, signed_headers(body)).status == 200


def test_an_amount_above_any_order_reaches_the_settlement_so_that_an_operator_sees_it(door: Door) -> None:
    body = encode(message(amount_paise=MAX_AMOUNT_PAISE))
    assert door.call(body, signed_headers(body)).status == 200
    assert door.settled[0].amount_paise == MAX_AMOUNT_PAISE
