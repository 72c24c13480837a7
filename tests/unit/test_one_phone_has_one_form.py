"""However a mobile number is typed, it is stored in one form; what is no mobile number is refused."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet_core.errors import InvalidPhone
from wallet_core.phones import MAX_PHONE_CHARACTERS, format_phone, mask_phone, normalise_phone

ALICE = "+919876543210"


@pytest.mark.parametrize(
    "typed",
    [
        "+919876543210",
        "9876543210",
        "09876543210",
        "919876543210",
        "00919876543210",
        "+91 98765 43210",
        "+91-98765-43210",
        "98765\u00a043210",
        "98765\u201143210",  # a hyphen that does not break, as documents have it
        "\u202a+91 98765 43210\u202c",  # with the marks that phones paste along
        "+91.98765.43210",
        "९८७६५४३२१०",
        "９８７６５４３２１０",
        "  98765 43210  ",
    ],
)
def test_every_way_of_typing_a_number_is_one_number(typed: str) -> None:
    assert normalise_phone(typed) == ALICE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "+",
        "987654321",  # a digit short
        "98765432101",  # a digit long
        "1234567890",  # no mobile number starts so
        "022 2345 6789",  # a fixed line in Mumbai
        "+44 20 7946 0958",  # a fixed line in London
        "1800 123 4567",  # a free number
        "+91 98765 43210 ext 5",
        "+91 98765 43210;ext=5",
        "tel:+919876543210",
        "1800-FLOWERS",
        "+999 98765 43210",
        "++919876543210",
        "98765+43210",
        "9876543210\0",
        "9876543210\n9876543211",
        "98765x43210",
        "' OR 1=1 --",
        "9" * (MAX_PHONE_CHARACTERS + 1),
    ],
)
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(InvalidPhone):
        normalise_phone(typed)


@pytest.mark.parametrize("hostile", [None, 9876543210, ["9876543210"], {"phone": "9876543210"}, b"9876543210"])
def test_only_text_is_a_phone(hostile: object) -> None:
    with pytest.raises(InvalidPhone):
        normalise_phone(hostile)  # type: ignore[arg-type]


def test_numbers_of_other_countries_are_taken_with_their_code() -> None:
    assert normalise_phone("+33 6 12 34 56 78") == "+33612345678"
    assert normalise_phone("+1 415-555-2671") == "+14155552671"  # a plan that does not tell mobile from fixed


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=50) | st.from_regex(r"\+?[0-9 ()-]{5,20}", fullmatch=True)
)
def test_any_text_is_a_valid_mobile_number_or_refused(text: str) -> None:
    try:
        e164 = normalise_phone(text)
    except InvalidPhone:
        return
    assert phonenumbers.is_valid_number(phonenumbers.parse(e164))
    assert normalise_phone(e164) == e164


@given(st.integers(6_000_000_000, 9_999_999_999))
def test_what_is_shown_may_be_typed_again(national: int) -> None:
    try:
        e164 = normalise_phone(str(national))
    except InvalidPhone:
        return
    assert normalise_phone(format_phone(e164)) == e164


def test_a_number_is_shown_in_groups() -> None:
    assert format_phone(ALICE) == "+91 98765 43210"
    assert format_phone("not a number") == "not a number"


def test_a_masked_number_keeps_two_digits_and_three() -> None:
    assert mask_phone(ALICE) == "+91 98••• ••210"
    assert mask_phone("+33612345678") == "+33 6 1• •• •6 78"


@pytest.mark.parametrize(
    "e164", ["+919876543210", "+14155552671", "+4915112345678", "+6421123456", "+29051234", "123456"]
)
def test_a_masked_number_hides_at_least_three_digits(e164: str) -> None:
    masked = mask_phone(e164)
    assert masked.count("•") >= 3
    assert len(masked) == len(format_phone(e164))
