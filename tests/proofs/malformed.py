"""Makes bad requests out of good ones. Each would move money if the one thing that is wrong with it were overlooked."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.proofs.raw_http import head, request
from tests.webhook.bank import FOREIGN_SECRET, PATH, SECRET, encode, message, signature

AMOUNT_PAISE = 50_050

#: In none of our books. What is odd about a message of it, yet allowed, makes it a dispute at most.
UNKNOWN_REFERENCE = "A-0000000000000"

#: Deeper than any parser should follow.
DEEP = 20_000

#: Above what a whole head may have.
LONG_BYTES = 20_000

HUGE_NUMBERS = [
    2**63, -(2**63) - 1, 2**64, 10**400, -1, 0, 10**4_000, 0.5, 50_050.0, 1e308, -0.0, 50_050.000_000_1,
]  # fmt: skip

#: No JSON after RFC 8259, or no number of ours.
RAW_NUMBERS = [
    "NaN", "Infinity", "-Infinity", "1e400", "5.005e4", "0x10", "050050", "+50050", "50_050", "50050.", ".5", "1e",
    "--1", "٥",
]  # fmt: skip

ODD_TEXTS = [
    "", " ", "\x00", "A\x00B", "\u202e", "\ufeff", "é" * 64, "x" * 65, "../../etc/passwd", "'; DROP TABLE transfer; --",
    "%s%n", "${jndi:ldap://x}", "💸", "A-1\n", "null ", "\ud800",
]  # fmt: skip

DATA_KEYS = ("reference", "payment_id", "amount_paise", "currency")
ENVELOPE_KEYS = ("type", "timestamp", "data")

BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
INVALID_UTF8 = (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80")

Fields = list[tuple[str, str | bytes]]


@dataclass(frozen=True)
class Bad:
    """What goes over the wire, what is wrong with it, and whether the bank's own secret signed what it says.

    ``ends``: it breaks off, and the server is told so by half-closing the connection.
    """

    sent: bytes
    kind: str
    signed: bool
    ends: bool = False


class Mutator:
    """Endless and repeatable: all chance is ``random``'s."""

    def __init__(self, random: Random, references: list[str]) -> None:
        self._random = random
        self._references = references

    def make(self) -> Bad:
        """Half of them are signed as the bank signs."""
        if signed := self._random.random() < 0.5:
            maker = self._random.choice(SIGNED_MAKERS)
        else:
            maker = self._random.choice(UNSIGNED_MAKERS)
        sent = maker(self, self._random)
        kind = maker.__name__.strip("_").replace("_", " ")
        return Bad(sent, kind, signed, ends=maker in BROKEN_OFF)

    # --- Parts

    def content(self) -> dict[str, Any]:
        """What a genuine message says, about an order that waits for it."""
        return message(self._random.choice(self._references), AMOUNT_PAISE)

    def fields(self, body: bytes, secret: str = SECRET) -> Fields:
        """The headers of a genuine message."""
        message_id, timestamp = f"msg_{self._random.getrandbits(96):024x}", int(time.time())
        return [
            ("content-type", "application/json"),
            ("webhook-id", message_id),
            ("webhook-timestamp", str(timestamp)),
            ("webhook-signature", signature(body, message_id=message_id, timestamp=timestamp, secret=secret)),
        ]

    def signed(self, body: bytes) -> bytes:
        return request(body, self.fields(body))

    def genuine(self) -> tuple[bytes, Fields]:
        body = encode(self.content())
        return body, self.fields(body)

    def foreign(self) -> tuple[bytes, Fields]:
        """Like a genuine message, but signed with a secret that is not the bank's."""
        body = encode(self.content())
        return body, self.fields(body, FOREIGN_SECRET)

    def junk(self, size_max: int) -> bytes:
        return self._random.randbytes(self._random.randint(0, size_max))

    def value(self, depth: int = 3) -> Any:
        """Any value that JSON has."""
        random = self._random
        kinds: list[Callable[[], Any]] = [
            lambda: None,
            lambda: random.random() < 0.5,
            lambda: random.choice(HUGE_NUMBERS),
            lambda: random.choice(ODD_TEXTS),
            lambda: random.randint(-(10**6), 0),
        ]
        if depth:
            kinds.append(lambda: [self.value(depth - 1) for _ in range(random.randint(0, 4))])
            kinds.append(lambda: {random.choice(ODD_TEXTS): self.value(depth - 1) for _ in range(random.randint(0, 4))})
        return random.choice(kinds)()


# --- Signed as the bank signs, and wrong all the same


def _wrong_value(mutator: Mutator, random: Random) -> bytes:
    content = mutator.content()
    if random.random() < 0.7:
        content["data"][random.choice(DATA_KEYS)] = mutator.value()
    else:
        content[random.choice(ENVELOPE_KEYS)] = mutator.value()
    return mutator.signed(encode(content))


def _missing_key(mutator: Mutator, random: Random) -> bytes:
    content = mutator.content()
    place, keys = random.choice([(content, ENVELOPE_KEYS), (content["data"], DATA_KEYS)])
    for key in random.sample(keys, random.randint(1, len(keys))):
        del place[key]
    return mutator.signed(encode(content))


def _raw_number(mutator: Mutator, random: Random) -> bytes:
    body = encode(mutator.content()).replace(str(AMOUNT_PAISE).encode(), random.choice(RAW_NUMBERS).encode())
    return mutator.signed(body)


def _key_twice(mutator: Mutator, random: Random) -> bytes:
    """The last of them is the one that is wrong."""
    key, value = random.choice(DATA_KEYS), json.dumps(mutator.value())
    return mutator.signed(encode(mutator.content()).replace(b"}}", f', "{key}": {value}}}}}'.encode()))


def _deep_nesting(mutator: Mutator, random: Random) -> bytes:
    opening, closing = random.choice([("[", "]"), ('{"a":', "}")])
    depth = random.randint(300, DEEP // len(opening))
    deep = opening * depth + "1" + closing * random.choice([0, depth])
    if random.random() < 0.5:
        return mutator.signed(deep.encode())
    body = encode({**mutator.content(), "more": 0}).replace(b'"more": 0', f'"more": {deep}'.encode())
    return mutator.signed(body)


def _byte_order_mark(mutator: Mutator, random: Random) -> bytes:
    return mutator.signed(random.choice(BYTE_ORDER_MARKS) + encode(mutator.content()))


def _other_encoding(mutator: Mutator, random: Random) -> bytes:
    text = json.dumps(mutator.content())
    return mutator.signed(text.encode(random.choice(["utf-16", "utf-16-le", "utf-32", "utf-7", "cp037"])) + b"\x00")


def _invalid_utf8(mutator: Mutator, random: Random) -> bytes:
    body = encode(mutator.content())
    index = random.randint(0, len(body))
    return mutator.signed(body[:index] + random.choice(INVALID_UTF8) + body[index:])


def _lone_surrogate(mutator: Mutator, random: Random) -> bytes:
    escape = random.choice([r"\ud800", r"\udfff", r"\udc00\ud800", r"\ud83d\u0041"])
    body = encode({**mutator.content(), "more": "X"}).replace(b'"X"', f'"{escape}"'.encode())
    return mutator.signed(body)


def _raw_control_byte(mutator: Mutator, random: Random) -> bytes:
    """Inside a string. Between values some of them would be space."""
    body = encode(mutator.content())
    index = body.index(b"INR") + random.randint(0, 3)
    return mutator.signed(body[:index] + bytes([random.randrange(32)]) + body[index:])


def _odd_but_allowed(mutator: Mutator, random: Random) -> bytes:
    """In the agreed shape, with oddities where anything may stand, about an order that nobody made."""
    odd = {f"odd_{number}": mutator.value() for number in range(random.randint(1, 5))}
    content = message(UNKNOWN_REFERENCE, random.choice([1, AMOUNT_PAISE, 2**63 - 1]), **odd)
    return mutator.signed(encode({**content, "\x00": "\x00"}).replace(b"\\ud800", b"\\u0000"))


def _cut_json(mutator: Mutator, random: Random) -> bytes:
    body = encode(mutator.content())
    return mutator.signed(body[: random.randrange(len(body))])


def _junk_body(mutator: Mutator, random: Random) -> bytes:
    return mutator.signed(mutator.junk(2_000))


def _more_after_the_message(mutator: Mutator, random: Random) -> bytes:
    body = encode(mutator.content())
    return mutator.signed(body + random.choice([b"x", b",", b"{}", body, b"\x00", b"]"]))


def _wrong_type_of_content(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    wrong = [
        "",
        "text/json",
        "application/json5",
        "application/json; charset=utf-16",
        "application/json, text/html",
        b"\xff",
    ]
    return request(body, [("content-type", random.choice(wrong)), *fields[1:]])


def _encoded_content(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    return request(body, [*fields, ("content-encoding", random.choice(["gzip", "br", "identity, gzip", "junk", ""]))])


def _header_twice(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    twice = random.choice(fields)
    # Whoever took the last, or the first, or put both together, would find the right one.
    other = (twice[0], random.choice([twice[1], "", "x"]))
    return request(body, random.choice([[*fields, other], [other, *fields]]))


def _header_missing(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    del fields[random.randrange(len(fields))]
    return request(body, fields)


def _wrong_method(mutator: Mutator, random: Random) -> bytes:
    method = random.choice(
        ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "POSTS", "QUERY", "PRI", "\x00"]
    )
    body, fields = mutator.genuine()
    return request(body, fields, line=f"{method} {PATH} HTTP/1.1".encode())


def _wrong_address(mutator: Mutator, random: Random) -> bytes:
    odd = ["/", PATH + "/", PATH + "/../bank", "//webhooks/bank", PATH + "%00", PATH + "%zz", "*", "", PATH + "\x00"]
    body, fields = mutator.genuine()
    return request(body, fields, line=f"POST {random.choice(odd)} HTTP/1.1".encode())


def _bad_length(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    wrong = random.choice(["-1", "+10", "0x10", "1e3", "9" * 30, "9" * 5_000, "1 1", f"{len(body)}, 1", "", "\xb2"])
    return head([*fields, ("host", "bank"), ("content-length", wrong)]) + body


def _two_lengths(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    return request(body, [*fields, ("content-length", str(len(body) + random.choice([-1, 1, 10])))])


def _bad_chunks(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    size = f"{len(body):x}".encode()
    broken = random.choice(
        [b"zz\r\n", b"-1\r\n", size + b"\r\n" + body + b"x\r\n", b"f" * 40 + b"\r\n", b" \r\n", b"\x00\r\n"]
    )
    return head([*fields, ("host", "bank"), ("transfer-encoding", "chunked")]) + broken + b"0\r\n\r\n"


def _signature_in_a_trailer(mutator: Mutator, _: Random) -> bytes:
    """Trailers are no headers: what comes behind the body cannot vouch for it."""
    body, fields = mutator.genuine()
    stated = head([*fields[:3], ("host", "bank"), ("transfer-encoding", "chunked")])
    trailer = f"webhook-signature: {fields[3][1]!s}\r\n\r\n".encode()
    return stated + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n" + trailer


def _wrong_way_of_transfer(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    way = random.choice(["gzip", "junk", "chunked, gzip", "chunked, junk"])
    return head([*fields, ("host", "bank"), ("transfer-encoding", way)]) + body


def _body_cut_off(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    return request(body, fields)[: -random.randint(1, len(body))]


# --- Not the bank's


def _foreign_secret(mutator: Mutator, _: Random) -> bytes:
    return request(*mutator.foreign())


def _junk_signature(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    right = str(fields[3][1])
    junk = [
        "", "v1", "v1,", "v1,,", right.removeprefix("v1,"), right.replace("v1,", "v2,"), right.replace("v1,", "v1a,"),
        right.upper(), right.rstrip("="), right + "=", right + "," + right, f"{right}  {right}", " ".join([right] * 6),
        right + "\x00", right + "\xe9", right[:-2] + "\xff=", "v1," + "A" * 10_000, right.replace("v1", "V1"),
        right[:20],
        mutator.junk(60).replace(b"\r", b"").replace(b"\n", b""),
    ]  # fmt: skip
    return request(body, [*fields[:3], (fields[3][0], random.choice(junk))])


def _junk_id_or_time(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.genuine()
    now_s = int(time.time())
    times = [
        "",
        "0",
        "-1",
        "nan",
        "inf",
        "1e9",
        f"{now_s}.0",
        f"0{now_s}",
        f"+{now_s}",
        "9" * 4_000,
        now_s - 400,
        now_s + 400,
    ]
    ids = ["", "msg.1", "m" * 65, "msg 1", "msg_\xe9", "\x00", "../msg"]
    index, texts = random.choice([(1, ids), (2, times)])
    fields[index] = (fields[index][0], str(random.choice(texts)))
    return request(body, fields)


def _random_headers(mutator: Mutator, random: Random) -> bytes:
    body, _ = mutator.foreign()
    names = ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "x", "cookie", "expect", "upgrade"]
    fields: Fields = [
        (random.choice(names), mutator.junk(80).translate(None, b"\r\n")) for _ in range(random.randint(0, 12))
    ]
    return request(body, fields)


def _odd_header_lines(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.foreign()
    odd = [
        ": x", "no colon", "a b: c", "x : y", "\x00: y", "x: \x00", "\xff: y", " folded: x", "x:\ty\x0b", "é: é",
        "x\x7f: y", "\t",
    ]  # fmt: skip
    lines = request(b"", fields).split(b"\r\n")
    lines.insert(random.randint(1, len(lines) - 2), random.choice(odd).encode("latin-1"))
    return b"\r\n".join(lines) + body[:0]


def _odd_first_line(mutator: Mutator, random: Random) -> bytes:
    odd = [
        b"POST", b"POST /", b"POST / HTTP/9.9", b"POST / HTTP/1.1 more", b"POST / http/1.1", b" POST / HTTP/1.1",
        b"/ POST HTTP/1.1",
        b"PRI * HTTP/2.0", b"CONNECT bank:443 HTTP/1.1", b"OPTIONS * HTTP/1.1", b"POST / HTTP/1.1\x00",
        b"P\xd6ST / HTTP/1.1",
        b"POST http://bank" + PATH.encode() + b" HTTP/1.1", b"POST /" + b"a" * LONG_BYTES + b" HTTP/1.1",
        b"POST / ICY/1.1",
        b"POST " + PATH.encode() + b"?" + b"%ff" * 200 + b" HTTP/1.0", b"HTTP/1.1 200 OK",
    ]  # fmt: skip
    return request(b"", mutator.foreign()[1], line=random.choice(odd))


def _head_too_large(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.foreign()
    many: Fields = [(f"x-{number}", "y") for number in range(LONG_BYTES // 8)]
    long: Fields = [("x" * LONG_BYTES, "y")]
    longer: Fields = [("x", "y" * LONG_BYTES)]
    return request(body, [*fields, *random.choice([many, long, longer])])


def _both_lengths(mutator: Mutator, random: Random) -> bytes:
    """The two ways of stating a length, which smugglers love."""
    body, fields = mutator.foreign()
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    way = random.choice(["chunked", "Chunked", "identity", "x, chunked", "chunked, chunked", " chunked", "\x0bchunked"])
    return request(chunked, [*fields, ("transfer-encoding", way)])


def _odd_wishes(mutator: Mutator, random: Random) -> bytes:
    body, fields = mutator.foreign()
    wishes: Fields = [
        ("expect", "100-continue"), ("expect", "junk"), ("upgrade", "websocket"), ("upgrade", "h2c"),
        ("connection", "upgrade"),
        ("connection", "close, junk"), ("range", "bytes=0-"), ("host", "\x01"), ("host", "a"), ("te", "trailers"),
        ("trailer", "webhook-id"),
    ]  # fmt: skip
    return request(body, [*fields, *random.sample(wishes, random.randint(1, 4))])


def _no_http(mutator: Mutator, random: Random) -> bytes:
    tls = bytes.fromhex("16030100a5010000a10303") + mutator.junk(150)
    smtp = b"EHLO bank\r\n\r\n"
    return random.choice(
        [tls, smtp, b"\x00" * 100, mutator.junk(500) + b"\r\n\r\n", b"\r\n" * 50, b"{}\r\n\r\n", b"\n\n\n"]
    )


def _head_cut_off(mutator: Mutator, random: Random) -> bytes:
    _, fields = mutator.foreign()
    whole = request(b"", fields)
    return whole[: random.randrange(len(whole))]


Maker = Callable[[Mutator, Random], bytes]

SIGNED_MAKERS: list[Maker] = [
    _wrong_value, _missing_key, _raw_number, _key_twice, _deep_nesting, _byte_order_mark, _other_encoding,
    _invalid_utf8,
    _lone_surrogate, _raw_control_byte, _odd_but_allowed, _cut_json, _junk_body, _more_after_the_message,
    _wrong_type_of_content, _encoded_content, _header_twice, _wrong_method, _wrong_address, _bad_length, _two_lengths,
    _bad_chunks, _signature_in_a_trailer, _wrong_way_of_transfer, _body_cut_off,
]  # fmt: skip
UNSIGNED_MAKERS: list[Maker] = [
    _foreign_secret, _junk_signature, _junk_id_or_time, _header_missing, _random_headers, _odd_header_lines,
    _odd_first_line, _head_too_large, _both_lengths, _odd_wishes, _no_http, _head_cut_off,
]  # fmt: skip

#: What the server would have to wait for the rest of, or may not answer at all.
BROKEN_OFF: frozenset[Maker] = frozenset(
    {
        _bad_length,
        _two_lengths,
        _bad_chunks,
        _wrong_way_of_transfer,
        _body_cut_off,
        _odd_header_lines,
        _odd_first_line,
        _no_http,
        _head_cut_off,
        _both_lengths,
        _odd_wishes,
        _wrong_method,
        _wrong_address,
        _random_headers,
    }
)
