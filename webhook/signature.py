"""Whether a message is the bank's: Standard Webhooks 1.0 (https://www.standardwebhooks.com, "Signature scheme").

The form of the three headers is checked first and strictly: each genuine message has exactly one spelling, and
changing any single byte of it is noticed. The standard's own library is the reference in the tests and not used here:
its check takes timestamps such as ``123.9``, signatures whose last character may be one of four, and 300 seconds only
if not a moment of the second is over; and its signing costs the bank's door a tenth of its rate.
"""

import binascii
import hmac
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from wallet_core.config import decode_secret

ID_HEADER: Final = b"webhook-id"
TIMESTAMP_HEADER: Final = b"webhook-timestamp"
SIGNATURE_HEADER: Final = b"webhook-signature"

#: Each name once, in lower case.
Headers = Mapping[bytes, bytes]

#: The standard's tolerance, in whole seconds as both clocks show them: 300 is fresh, 301 is old, and early likewise.
FRESH_S: Final = 300

#: While the bank changes its secret it signs with both; a few more do no harm, many would cost time.
MAX_SIGNATURES: Final = 5

#: No dot: it parts id, timestamp and body in what is signed, and must not be movable. 64 is what the database keeps.
_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")

#: Seconds since 1970. No leading zero: one spelling for each number. 11 digits last beyond us all.
_TIMESTAMP = re.compile(rb"[1-9][0-9]{0,10}")

#: The 32 bytes of HMAC-SHA256 in base64: 43 characters, and the last of them has two bits that must be zero.
_HMAC_SIGNATURE = re.compile(rb"v1,[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")

#: The standard has other schemes (v1a is ed25519) that a bank may send beside v1. They are never believed.
_OTHER_SIGNATURE = re.compile(rb"v(?!1,)[0-9]{1,2}[a-z]?,[A-Za-z0-9+/]{1,512}={0,2}")


class SignatureRefused(Exception):
    """Not known to be the bank's. ``cause`` is for our own log: the caller gets one answer for every cause."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Verifier:
    """Checks messages against each active secret (``whsec_...``; one, or two during a rotation)."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Raises: ValueError without any secret, or with one that is none (``config.decode_secret``)."""
        if not secrets:
            raise ValueError("No webhook secret is active.")
        #: Each has taken in its key already, and is copied for each message.
        self._keyed: Final = tuple(hmac.new(decode_secret(secret), digestmod="sha256") for secret in secrets)

    def verify(self, headers: Headers, body: bytes) -> str:
        """Answers the message's id once the signature is right and at most five minutes old or early.

        Raises: SignatureRefused.
        """
        message_id, timestamp, signatures = _read_headers(headers)
        if abs(int(time.time()) - int(timestamp)) > FRESH_S:
            raise SignatureRefused("timestamp")
        try:
            body.decode()
        except UnicodeDecodeError:
            raise SignatureRefused("unreadable") from None
        signed = b"%b.%b.%b" % (message_id, timestamp, body)
        for keyed in self._keyed:
            code = keyed.copy()
            code.update(signed)
            right = b"v1," + binascii.b2a_base64(code.digest(), newline=False)
            for signature in signatures:
                if hmac.compare_digest(right, signature):
                    return message_id.decode("ascii")
        raise SignatureRefused("mismatch")


def combined(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """What came more than once is one value with commas (RFC 9110, section 5.3), a form that none of ours has."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = b"%b, %b" % (found[name], value) if name in found else value
    return found


def _read_headers(headers: Headers) -> tuple[bytes, bytes, list[bytes]]:
    """Id, timestamp and signatures. Raises: SignatureRefused unless each header is there and in form."""
    try:
        message_id, timestamp, signed = headers[ID_HEADER], headers[TIMESTAMP_HEADER], headers[SIGNATURE_HEADER]
    except KeyError:
        raise SignatureRefused("header-missing") from None
    if not _ID.fullmatch(message_id):
        raise SignatureRefused("id-form")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRefused("timestamp-form")
    signatures = signed.split(b" ", MAX_SIGNATURES)
    if len(signatures) > MAX_SIGNATURES:
        raise SignatureRefused("signature-count")
    for signature in signatures:
        if not _HMAC_SIGNATURE.fullmatch(signature) and not _OTHER_SIGNATURE.fullmatch(signature):
            raise SignatureRefused("signature-form")
    return message_id, timestamp, signatures
