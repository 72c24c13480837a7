"""Whether a port is free, before anything is started."""

import errno
import socket
from collections.abc import Iterable

from launcher.errors import CannotGoOn
from launcher.parts import ANY_HOST, Part


def check_ports(parts: Iterable[Part]) -> None:
    """Raises: CannotGoOn, with a sentence for each port that somebody else has."""
    sentences = [
        f"Port {part.port} is in use: stop what listens there, or set {part.port_setting} to another port."
        for part in parts
        if not _is_free(part.port)
    ]
    if sentences:
        raise CannotGoOn("\n".join(sentences))


def _is_free(port: int) -> bool:
    # Also on IPv6: a browser tries ::1 first when it is sent to localhost, and would talk to somebody else.
    return _can_listen(socket.AF_INET, ANY_HOST, port) and _can_listen(socket.AF_INET6, "::", port)


def _can_listen(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            # Connections of the process before, still winding down, do not count.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, port))
            listener.listen()
    except OSError as error:
        # Anything else (no IPv6 here, a port below 1024) is for the part itself to say.
        return error.errno != errno.EADDRINUSE
    return True
