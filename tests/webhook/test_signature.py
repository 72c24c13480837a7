"""A message is the bank's, whole and fresh, or it is refused: always with the same answer."""

import base64
import re
import time

import pytest
from standardwebhooks.webhooks import Webhook

from tests.webhook.bank import FOREIGN_SECRET, SECOND_SECRET, SECRET, encode, message, signature, signed_headers
from tests.webhook.conftest import Door
from webhook.signature import Verifier

BODY = encode(message())
REFUSED = b'{"code":"signature-refused"}'
FIVE_MINUTES_S = 300


@pytest.mark.parametrize("secret", [SECRET, SECOND_SECRET])
def test_each_active_secret_is_accepted(door: Door, secret: str) -> None:
    assert door.call(BODY, signed_headers(BODY, secret=secret)).status == 200
    assert len(door.settled) == 1


def test_a_secret_without_its_padding_is_the_same_secret() -> None:
    """The settings take it, and so does the demo bank: the door must not fall over it."""
    unpadded = SECRET.rstrip("=")
    assert unpadded != SECRET
    headers = {name.encode(): value.encode() for name, value in signed_headers(BODY, message_id="msg_1").items()}
    assert Verifier([unpadded]).verify(headers, BODY) == "msg_1"


def test_a_secret_that_is_not_active_is_refused(door: Door) -> None:
    answered = door.call(BODY, signed_headers(BODY, secret=FOREIGN_SECRET))
    assert (answered.status, answered.body, door.settled) == (401, REFUSED, [])


def test_one_right_signature_among_several_is_enough(door: Door) -> None:
    headers = signed_headers(BODY, message_id="msg_1")
    foreign = signed_headers(BODY, message_id="msg_1", secret=FOREIGN_SECRET)["webhook-signature"]
    other_scheme = "v1a," + base64.b64encode(bytes(64)).decode()
    headers["webhook-signature"] = f"{foreign} {other_scheme} {headers['webhook-signature']}"
    assert door.call(BODY, headers).status == 200


@pytest.mark.parametrize("age_s", [FIVE_MINUTES_S - 5, 5 - FIVE_MINUTES_S, 0])
def test_a_fresh_message_is_accepted(door: Door, age_s: int) -> None:
    assert door.call(BODY, signed_headers(BODY, timestamp=int(time.time()) - age_s)).status == 200


@pytest.mark.parametrize("age_s", [FIVE_MINUTES_S + 2, -FIVE_MINUTES_S - 2, 86_400])
def test_an_old_or_future_message_is_refused(door: Door, age_s: int) -> None:
    answered = door.call(BODY, signed_headers(BODY, timestamp=int(time.time()) - age_s))
    assert (answered.status, answered.body, door.settled) == (401, REFUSED, [])


GOOD_ID, GOOD_TIME = "msg_1", str(int(time.time()))
GOOD_SIGNATURE = signature(BODY, message_id=GOOD_ID, timestamp=GOOD_TIME)

BAD_HEADERS = {
    "id empty": {"webhook-id": ""},
    "id with a dot": {"webhook-id": "msg.1"},
    "id too long": {"webhook-id": "m" * 65},
    "id with a line break": {"webhook-id": "msg_1\n"},
    "id not ASCII": {"webhook-id": "msg_\xe9"},
    "timestamp empty": {"webhook-timestamp": ""},
    "timestamp with a fraction": {"webhook-timestamp": f"{GOOD_TIME}.9"},
    "timestamp with an underscore": {"webhook-timestamp": f"{GOOD_TIME[:1]}_{GOOD_TIME[1:]}"},
    "timestamp with an exponent": {"webhook-timestamp": "1e9"},
    "timestamp with a leading zero": {"webhook-timestamp": f"0{GOOD_TIME}"},
    "timestamp with a sign": {"webhook-timestamp": f"+{GOOD_TIME}"},
    "timestamp with a space": {"webhook-timestamp": f" {GOOD_TIME}"},
    "timestamp of other digits": {"webhook-timestamp": "\xb2" * 10},
    "timestamp not a number": {"webhook-timestamp": "nan"},
    "timestamp endless": {"webhook-timestamp": "9" * 5000},
    "signature empty": {"webhook-signature": ""},
    "signature without version": {"webhook-signature": GOOD_SIGNATURE.removeprefix("v1,")},
    "signature of version 2": {"webhook-signature": GOOD_SIGNATURE.replace("v1,", "v2,")},
    "signature with two commas": {"webhook-signature": GOOD_SIGNATURE.replace("v1,", "v1,,")},
    "signature not base64": {"webhook-signature": "v1,***"},
    "signature not padded": {"webhook-signature": GOOD_SIGNATURE.rstrip("=")},
    "signature with a line break": {"webhook-signature": f"{GOOD_SIGNATURE}\n"},
    "signature not ASCII": {"webhook-signature": f"v1,{'é' * 43}="},
    "signature between two spaces": {"webhook-signature": f"{GOOD_SIGNATURE}  {GOOD_SIGNATURE}"},
    "signatures without end": {"webhook-signature": " ".join([GOOD_SIGNATURE] * 6)},
}


@pytest.mark.parametrize("changes", BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
def test_a_header_out_of_form_is_refused(door: Door, changes: dict[str, str]) -> None:
    headers = {
        "content-type": "application/json",
        "webhook-id": GOOD_ID,
        "webhook-timestamp": GOOD_TIME,
        "webhook-signature": GOOD_SIGNATURE,
    }
    # Signed over what is sent wherever that is possible: only the form is wrong.
    if "webhook-signature" not in changes:
        sent = {**headers, **changes}
        headers["webhook-signature"] = signature(
            BODY, message_id=sent["webhook-id"], timestamp=sent["webhook-timestamp"]
        )
    answered = door.call(BODY, {**headers, **changes})
    assert (answered.status, answered.body, door.settled) == (401, REFUSED, [])


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_missing_or_given_twice_is_refused(door: Door, name: str) -> None:
    headers = signed_headers(BODY)
    missing = {key: value for key, value in headers.items() if key != name}
    twice = [*headers.items(), (name, headers[name])]
    assert [answered.body for answered in door.call_all([(BODY, missing), (BODY, twice)])] == [REFUSED, REFUSED]
    assert door.settled == []


def test_a_signed_body_that_is_not_text_is_refused(door: Door) -> None:
    body = b'{"type": "\xff\xfe"}'
    assert door.call(body, signed_headers(body)).status == 401


def test_our_signing_in_these_tests_is_the_standard_one() -> None:
    headers = signed_headers(BODY)
    Webhook(SECRET).verify(BODY, headers, json_parse=False)
    assert re.fullmatch(r"v1,[A-Za-z0-9+/]{43}=", headers["webhook-signature"])
