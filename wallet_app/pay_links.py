"""The links that "My QR" shows: whom to pay, and perhaps how much and what for.

A link comes from outside: anybody can write one. It fills a form and does nothing else, and what it says is read as
strictly as if a stranger had sent it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from wallet_app.paths import SEND
from wallet_core.config import get_settings
from wallet_core.errors import WalletError
from wallet_core.money import parse_amount_paise, plain_rupees
from wallet_core.services.payments import check_note

TO: Final = "to"
AMOUNT: Final = "amount"
NOTE: Final = "note"

#: Ours has at most some 800: a note of 60 letters, each up to 12 characters where it is written with percent signs.
MAX_LINK_CHARACTERS: Final = 2000

#: One way of writing, ours: no signs, no separators, and nothing that a person would have to interpret.
_LINK_AMOUNT: Final = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Filling:
    """What a link puts into the form, and what it said that was left out: "", amount, note or both."""

    amount: str = ""
    note: str = ""
    left_out: str = ""


def write_pay_link(person_id: UUID, amount_paise: int | None = None, note: str = "") -> str:
    """The whole address, with our origin."""
    named = {TO: str(person_id)}
    if amount_paise is not None:
        named[AMOUNT] = plain_rupees(amount_paise).removesuffix(".00")
    if note:
        named[NOTE] = note
    return f"{get_settings().public_url}{SEND}?{urlencode(named)}"


def read_filling(parameters: Mapping[str, str]) -> Filling:
    """What the parameters of the send page's address ask to fill in; rubbish is left out and named."""
    amount, note = parameters.get(AMOUNT, ""), parameters.get(NOTE, "")
    good_amount, good_note = _good_amount(amount), _good_note(note)
    bad = [name for name, said, good in ((AMOUNT, amount, good_amount), (NOTE, note, good_note)) if said and not good]
    return Filling(good_amount, good_note, "both" if len(bad) == 2 else "".join(bad))


def read_pay_link(text: str) -> str | None:
    """The address within the wallet that a scanned or pasted link leads to, or None where it is no pay link of ours.

    Built anew from the parts we know: nothing else of the text is ever followed.
    """
    link = text.strip()
    if not link or len(link) > MAX_LINK_CHARACTERS or not link.isprintable():
        return None
    try:
        parts, ours = urlsplit(link), urlsplit(get_settings().public_url)
        named = parse_qsl(parts.query, max_num_fields=8)
    except ValueError:
        return None
    is_ours = (parts.scheme, parts.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    said = dict(named)
    kept: dict[str, str] = {name: said[name] for name in (TO, AMOUNT, NOTE) if name in said}
    if not is_ours or parts.path.rstrip("/") != SEND or len(said) != len(named) or not _is_id(said.get(TO, "")):
        return None
    return f"{SEND}?{urlencode(kept)}"


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _good_amount(text: str) -> str:
    if not _LINK_AMOUNT.fullmatch(text):
        return ""
    try:
        return plain_rupees(parse_amount_paise(text)).removesuffix(".00")
    except WalletError:
        return ""


def _good_note(text: str) -> str:
    try:
        return check_note(text)
    except WalletError:
        return ""
