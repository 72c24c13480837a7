"""Stands where the wallet's webhook stands: a real HTTP server that keeps what it got and answers as it is told."""

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + base64.b64encode(b"the bank and the wallet know this").decode()

DEADLINE_S = 20


@dataclass(frozen=True)
class Delivery:
    """One POST as it arrived."""

    headers: dict[str, str]
    body: bytes
    arrived_at: float

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def timestamp_s(self) -> int:
        return int(self.headers["webhook-timestamp"])

    @property
    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.body)
        return message

    @property
    def is_genuine(self) -> bool:
        """By the library that the standard's authors publish, not by code of ours."""
        try:
            Webhook(SECRET).verify(self.body, self.headers, json_parse=False)
        except WebhookVerificationError:
            return False
        return True


@dataclass(frozen=True)
class Reply:
    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def like_the_wallet(amount_paise: int) -> Callable[[Delivery], Reply]:
    """401 for what is not genuine, 409 for another amount, 200 for the rest."""

    def answer(delivery: Delivery) -> Reply:
        if not delivery.is_genuine:
            return Reply(401, '{"code":"signature-refused"}')
        if delivery.message["data"]["amount_paise"] != amount_paise:
            return Reply(409, '{"code":"disagrees"}')
        return Reply(200, '{"outcome":"credited"}')

    return answer


def in_turn(*replies: Reply) -> Callable[[Delivery], Reply]:
    """One after the other; the last one for ever."""
    left = list(replies)
    lock = threading.Lock()

    def answer(_delivery: Delivery) -> Reply:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return answer


class Receiver:
    def __init__(self) -> None:
        self.answer: Callable[[Delivery], Reply] = lambda _delivery: Reply(200, '{"outcome":"credited"}')
        self._deliveries: list[Delivery] = []
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                delivery = Delivery(headers, body, time.monotonic())
                receiver._keep(delivery)
                reply = receiver.answer(delivery)
                content = reply.body.encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_arguments: object) -> None:
                """A bank that is killed in the middle leaves a broken pipe."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/bank"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _keep(self, delivery: Delivery) -> None:
        with self._arrived:
            self._deliveries.append(delivery)
            self._arrived.notify_all()

    @property
    def deliveries(self) -> list[Delivery]:
        with self._arrived:
            return list(self._deliveries)

    def wait_for(self, count: int) -> list[Delivery]:
        """The deliveries, once there are as many as this."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self._deliveries) >= count, DEADLINE_S), self._deliveries
            return list(self._deliveries)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
