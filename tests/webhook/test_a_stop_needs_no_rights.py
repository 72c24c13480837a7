"""Where a kernel allows a user without rights no filter on a socket, the webhook leaves without one, and in peace."""

import socket
import sys

import pytest

from webhook.protocol import _stop_hearing


class Refusing(socket.socket):
    """A listener as such a kernel gives it."""

    def setsockopt(self, *_: object) -> None:
        raise PermissionError(1, "Operation not permitted")


def test_a_refused_filter_is_said_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with Refusing() as listener, caplog.at_level("INFO"):
        _stop_hearing(listener)
    said = [record.message for record in caplog.records]
    assert said == (["no filter"] if sys.platform == "linux" else [])
