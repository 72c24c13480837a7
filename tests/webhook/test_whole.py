"""What is read past the parser means the same as what the parser reads: the short way opens no door of its own."""

from dataclasses import dataclass, field

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhook.bank import PATH, encode, message, signed_headers
from webhook.whole import WHOLE_MAX_BYTES, read_whole

BODY = encode(message("A-ONE", 100))


def request(*lines: str, start: str = f"POST {PATH} HTTP/1.1", body: bytes = BODY, length: str | None = None) -> bytes:
    """As the bank sends it, with further lines in the head."""
    signed = [f"{name}: {value}" for name, value in signed_headers(body, message_id="msg_1").items()]
    head = [start, "Host: wallet", *signed, *lines, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


@dataclass
class Parsed:
    """What httptools calls back."""

    url: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    begun: int = 0
    ended: int = 0

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ended += 1


def is_read_alike(data: bytes) -> bool:
    """Whether it is read past the parser at all; fails where the parser reads something else in it."""
    whole = read_whole(data)
    if whole is None:
        return False
    parsed = Parsed()
    parser = httptools.HttpRequestParser(parsed)
    parser.feed_data(data)
    assert (parsed.begun, parsed.ended) == (1, 1)
    assert (parser.get_method(), parsed.url, parser.get_http_version()) == (b"POST", PATH.encode(), "1.1")
    assert parser.should_keep_alive()
    assert not parser.should_upgrade()
    assert (list(whole[0].items()), whole[1]) == (parsed.headers, parsed.body)
    return True


@pytest.mark.parametrize(
    "data",
    [
        request(),
        request(
            "Connection: keep-alive", "Accept: */*", "Accept-Encoding: gzip, deflate", "User-Agent: bank/1.0 (x; y)"
        ),
        request("x-colon: a: b: c"),
        request('x-quoted: "a, b"'),
    ],
)
def test_what_a_bank_sends_is_read_whole(data: bytes) -> None:
    assert is_read_alike(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        request()[:-1],
        request() + b"P",
        request() + request(),
        b"\r\n" + request(),
        request().replace(b"\r\n", b"\n"),
        request(start=f"POST {PATH}?a=1 HTTP/1.1"),
        request(start=f"POST {PATH} HTTP/1.0"),
        request(start=f"PUT {PATH} HTTP/1.1"),
        request(start=f"POST  {PATH} HTTP/1.1"),
        request(start=f"POST http://wallet{PATH} HTTP/1.1"),
        request("Content-Length: 1"),
        request(f"Content-Length: {len(BODY)}"),
        request(length=f"0{len(BODY)}"),
        request(length=f"+{len(BODY)}"),
        request(length=f"{len(BODY)} "),
        request(length=f"{len(BODY)}, {len(BODY)}"),
        request(length="0"),
        request(body=b""),
        request("Transfer-Encoding: chunked"),
        request("Transfer-Encoding: identity"),
        request("transfer-encoding : chunked"),
        request("Expect: 100-continue"),
        request("Connection: close"),
        request("Connection: keep-alive, close"),
        request("Connection: Upgrade", "Upgrade: websocket"),
        request("Proxy-Connection: close"),
        request("Content-Type: application/json"),
        request("Content-Encoding: gzip"),
        request("x-folded: a\r\n b"),
        request("x-tab: a\tb"),
        request("x-space:  a"),
        request("x-space: a "),
        request("x-space : a"),
        request("x-empty:"),
        request("x-empty: "),
        request("x-latin: \xe9"),
        request("x-null: a\x00b"),
        request("x-return: a\rb"),
        request("x-line: a\nb"),
        request("x_line: a"),
        request(": a"),
        request("no colon"),
        request("x-many: " + "a" * WHOLE_MAX_BYTES),
        b"\r\n\r\n".join([f"POST {PATH} HTTP/1.1".encode(), BODY]),
    ],
)
def test_whatever_else_is_left_to_the_parser(data: bytes) -> None:
    assert not is_read_alike(data)


PIECES = st.sampled_from(
    [
        *(bytes([byte]) for byte in b"\r\n\t :;,-0159aZ_\x00\x7f\xe9"),
        b"\r\n",
        b"\r\n\r\n",
        b": ",
        b"\r\nContent-Length: 1",
        b"\r\nTransfer-Encoding: chunked",
        b"\r\nConnection: close",
        b"\r\n x",
    ]
)


@given(st.lists(st.tuples(st.integers(0, len(request())), st.integers(0, 3), PIECES), min_size=1, max_size=3))
def test_no_change_makes_it_mean_something_else(changes: list[tuple[int, int, bytes]]) -> None:
    """Each change puts a piece in the place of some bytes."""
    data = request("x-other: a")
    for place, removed, piece in changes:
        data = data[:place] + piece + data[place + removed :]
    is_read_alike(data)


def test_every_single_byte_may_be_any_other() -> None:
    """In the head; the body is any bytes."""
    data = request("Connection: keep-alive")
    head_bytes = data.index(b"\r\n\r\n") + 4
    read = [
        is_read_alike(data[:place] + bytes([byte]) + data[place + 1 :])
        for place in range(head_bytes)
        for byte in range(256)
    ]
    assert True in read
    assert False in read
