"""Phone numbers: one person has one mobile number, stored in E.164 (ITU-T), whatever way it was typed."""

import re
import unicodedata
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from wallet_core.errors import InvalidPhone

#: A number without a country code is read as one of this country.
DEFAULT_REGION: Final = "IN"

#: E.164 has at most 15 digits; the rest is room for spaces and brackets. A bound keeps hostile text from costing time.
MAX_PHONE_CHARACTERS: Final = 40

#: Checked before phonenumbers, which would also read letters (1800-FLOWERS), extensions and tel: addresses.
_TYPED = re.compile(r"\+?[0-9 ().\-]+")

#: Where a plan does not tell mobile from fixed numbers (as in North America), its numbers are taken.
_MOBILE: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)

_MASK: Final = "•"


def normalise_phone(text: str) -> str:
    """Reads a mobile number as a person types or pastes it.

    Returns: E.164, such as ``+919876543210``.
    Raises: InvalidPhone, where it is no number that the country's plan gives to mobile phones.
    """
    # A browser may send anything at all, whatever the annotation says.
    if not isinstance(text, str) or len(text) > MAX_PHONE_CHARACTERS:  # type: ignore[redundant-expr]
        raise InvalidPhone
    typed = _plain(text)
    if _TYPED.fullmatch(typed) is None:
        raise InvalidPhone
    try:
        number = phonenumbers.parse(typed, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        raise InvalidPhone from None
    if not (phonenumbers.is_possible_number(number) and phonenumbers.is_valid_number(number)):
        raise InvalidPhone
    if phonenumbers.number_type(number) not in _MOBILE:
        raise InvalidPhone
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _plain(text: str) -> str:
    """Digits of any script, dashes and spaces of any width as ASCII, without the invisible marks that get pasted along.

    Safe because what comes of it is shown back to the person as plain digits.
    """
    plain = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category == "Nd":
            plain.append(str(unicodedata.decimal(character)))
        elif category == "Pd":
            plain.append("-")
        elif category == "Zs":
            plain.append(" ")
        elif category != "Cf":
            plain.append(character)
    return "".join(plain).strip(" ")


def format_phone(e164: str) -> str:
    """``+919876543210`` becomes ``+91 98765 43210``; what is no number stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164


def mask_phone(e164: str) -> str:
    """``+919876543210`` becomes ``+91 98••• ••210``: enough to know a friend's number, too little to call a stranger.

    The country code stays, then two digits at the start and three at the end; of a short number only the last two.
    """
    country, space, national = format_phone(e164).partition(" ")
    if not space:
        country, national = "", e164
    digits = sum(character.isdigit() for character in national)
    head, tail = (2, 3) if digits >= 8 else (0, 2)
    masked, position = [], 0
    for character in national:
        position += character.isdigit()
        hidden = character.isdigit() and head < position <= digits - tail
        masked.append(_MASK if hidden else character)
    return f"{country}{space}{''.join(masked)}"
