"""Whatever is sent: a clear refusal, never a 5xx, and nothing settled that was not signed in the agreed shape."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webhook.bank import encode, message, signed_headers
from tests.webhook.conftest import Door

REFUSALS = {401, 405, 413, 415, 422}
EXAMPLES = 300

_header_text = st.text(st.characters(max_codepoint=255), max_size=80)
_headers = st.lists(
    st.tuples(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "x-other", ""]),
        st.one_of(_header_text, st.sampled_from(["application/json", "1764000000", "v1,", "v1," + "A" * 43 + "="])),
    ),
    max_size=8,
)
_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda children: st.one_of(
        st.lists(children, max_size=4), st.dictionaries(st.text(max_size=10), children, max_size=4)
    ),
    max_leaves=20,
)
_relaxed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(
    body=st.binary(max_size=2_000), headers=_headers, method=st.sampled_from(["POST", "POST", "POST", "GET", "\x00"])
)
@_relaxed
def test_unsigned_requests_of_any_kind_are_refused(body: bytes, headers: list[tuple[str, str]], method: str) -> None:
    door = Door()
    assert door.call(body, headers, method).status in REFUSALS
    assert door.settled == []


@given(changes=st.fixed_dictionaries({}, optional={
    "webhook-id": _header_text, "webhook-timestamp": _header_text, "webhook-signature": _header_text,
}))  # fmt: skip
@_relaxed
def test_genuine_messages_with_changed_headers_are_refused(changes: dict[str, str]) -> None:
    door, body = Door(), encode(message())
    headers = signed_headers(body)
    changed = {**headers, **changes}
    assert door.call(body, changed).status == (200 if changed == headers else 401)
    assert len(door.settled) == (changed == headers)


@given(body=st.one_of(st.binary(max_size=2_000), _values.map(lambda value: json.dumps(value).encode())))
@_relaxed
def test_signed_bodies_of_any_kind_are_refused(body: bytes) -> None:
    door = Door()
    answered = door.call(body, signed_headers(body))
    assert answered.status == (422 if _is_text(body) else 401)
    assert door.settled == []


@given(
    where=st.sampled_from(["type", "timestamp", "reference", "payment_id", "amount_paise", "currency"]), value=_values
)
@_relaxed
def test_a_signed_message_with_one_odd_value_is_refused_or_was_in_shape(where: str, value: Any) -> None:
    door, body = Door(), encode(message(**{where: value}))
    answered = door.call(body, signed_headers(body))
    if answered.status == 200:
        (settled,) = door.settled
        assert type(settled.amount_paise) is int
        assert settled.amount_paise > 0
        assert settled.reference.isascii()
    else:
        assert (answered.status, door.settled) == (422, [])


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
