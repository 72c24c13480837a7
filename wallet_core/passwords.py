"""Passwords: kept as bcrypt hashes only. Slow on purpose, so never call these inside a database transaction."""

import unicodedata
from typing import Final

import bcrypt

from wallet_core.errors import InvalidInput, PasswordTooLong, PasswordTooShort

#: 2^12 rounds: about a quarter of a second on today's server, above the 10 that OWASP asks for at least.
BCRYPT_COST = 12

#: What NIST SP 800-63B asks for at least.
MIN_PASSWORD_CHARACTERS: Final = 8

#: bcrypt reads no further. More is refused, for a cut password is a weaker one than its owner believes.
MAX_PASSWORD_BYTES: Final = 72

#: Above this nothing is normalised: no 72 bytes can come of it that a person typed.
_MAX_TYPED_CHARACTERS: Final = 1024


def check_new_password(password: str) -> None:
    """Whether a password may be chosen; quick, so that a form is refused before anything slow.

    Raises: PasswordTooShort, PasswordTooLong, InvalidInput (a NUL, or text that is not Unicode).
    """
    if len(_prepare(password).decode()) < MIN_PASSWORD_CHARACTERS:
        raise PasswordTooShort(min_characters=MIN_PASSWORD_CHARACTERS)


def hash_password(password: str) -> str:
    """The bcrypt hash to store.

    Raises: what ``check_new_password`` raises.
    """
    check_new_password(password)
    return bcrypt.hashpw(_prepare(password), bcrypt.gensalt(BCRYPT_COST)).decode()


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one that was hashed. Never raises for a wrong password, however odd.

    ``None`` stands for a person who does not exist: the same work is done and the answer is no, so that the time
    it takes does not tell who has an account.
    """
    try:
        prepared = _prepare(password)
    except InvalidInput:
        return False
    if password_hash is None:
        bcrypt.hashpw(prepared, bcrypt.gensalt(BCRYPT_COST))
        return False
    try:
        return bcrypt.checkpw(prepared, password_hash.encode())
    except ValueError:  # the stored value is no bcrypt hash: nobody signs in with it
        return False


def _prepare(password: str) -> bytes:
    """What is hashed: the OpaqueString profile of RFC 8265 (NFC, every space a plain one), so that a phone and a laptop
    that type an accent differently agree. NFC and not NFKC, which would make different characters the same.
    """
    # A browser may send anything at all, whatever the annotation says.
    if not isinstance(password, str) or "\0" in password:  # type: ignore[redundant-expr]
        raise InvalidInput
    if len(password) > _MAX_TYPED_CHARACTERS:
        raise PasswordTooLong(max_bytes=MAX_PASSWORD_BYTES)
    spaced = "".join(" " if unicodedata.category(character) == "Zs" else character for character in password)
    try:
        prepared = unicodedata.normalize("NFC", spaced).encode()
    except UnicodeEncodeError:  # half a surrogate pair
        raise InvalidInput from None
    if len(prepared) > MAX_PASSWORD_BYTES:
        raise PasswordTooLong(max_bytes=MAX_PASSWORD_BYTES)
    return prepared
