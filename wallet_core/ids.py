"""Names that the wallet gives: references for people to read, keys and tokens that nobody can guess."""

import hashlib
import re
import secrets
from typing import Final, TypeGuard

#: Crockford's base 32: no I, L, O, U, so that a reference can be read out over the telephone.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_CHARACTER_BITS: Final = 5
_CHARACTER_MASK: Final = 2**_CHARACTER_BITS - 1

#: 14 characters of 5 bits: 70 bits, so that references neither collide nor can be guessed.
_REFERENCE_CHARACTERS: Final = 14

#: 256 bits, as OWASP asks for session tokens at the very least 64.
_TOKEN_BYTES: Final = 32

_REFERENCE = re.compile(rf"[A-Z]-[{_ALPHABET}]{{{_REFERENCE_CHARACTERS}}}")

#: Four times what ours have, and as many as the bank may name in a message.
MAX_REFERENCE_CHARACTERS: Final = 64

_LOOKED_UP = re.compile(rf"[!-~]{{1,{MAX_REFERENCE_CHARACTERS}}}")

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_reference(prefix: str) -> str:
    """A reference such as ``P-8K2F41QFZ09XYA``: ``P`` for a payment, ``A`` for added money, ``Q`` for a request."""
    number = secrets.randbits(_REFERENCE_CHARACTERS * _CHARACTER_BITS)
    shifts = range(0, _REFERENCE_CHARACTERS * _CHARACTER_BITS, _CHARACTER_BITS)
    return f"{prefix}-" + "".join(_ALPHABET[number >> shift & _CHARACTER_MASK] for shift in shifts)


def is_reference(text: str) -> bool:
    """Whether this has the form of a reference of ours."""
    return _REFERENCE.fullmatch(text) is not None


def may_be_reference(text: object) -> TypeGuard[str]:
    """Whether a row with this reference may be looked for. A browser may send anything at all, and a text column takes
    neither a NUL nor half a surrogate pair. Wider than ours: whoever meddles with the books makes up others.
    """
    return isinstance(text, str) and _LOOKED_UP.fullmatch(text) is not None


def new_token() -> str:
    """A random token for a session or an idempotency key, safe in URLs and cookies."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def is_key(text: object) -> bool:
    """Whether this has the form of an idempotency key (16 to 64 URL-safe characters)."""
    return isinstance(text, str) and _KEY.fullmatch(text) is not None


def sha256(text: str) -> bytes:
    """The digest under which a token is stored: who reads the database still cannot sign in."""
    return hashlib.sha256(text.encode()).digest()
