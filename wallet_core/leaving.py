"""A server that is told to go says so first, where the proxy asks for its health: nobody is sent to a closed door."""

import asyncio
import signal
from types import FrameType
from typing import Final

#: How long it goes on answering after it has begun to say that it leaves: three questions of the proxy's
#: (deploy/Caddyfile), one of which may have been on its way already.
GOODBYE_S: Final = 1.5

#: What it answers to who asks for its health.
LEAVING: Final = "leaving"


class Leaving:
    """Of one process. ``is_said`` once it has been told to go."""

    def __init__(self) -> None:
        self.is_said = False

    def say_first(self) -> None:
        """From now on SIGTERM reaches the server GOODBYE_S after it came; a second one at once.

        Called in the main thread once the server has its own handler, which its lifespan is: a server that runs as
        several processes passes the signal on to each of them, and each does this for itself.
        """
        loop = asyncio.get_running_loop()
        stop = signal.getsignal(signal.SIGTERM)
        if not callable(stop):
            raise RuntimeError("The server must handle SIGTERM before it can be told to wait.")

        def leave(number: int, frame: FrameType | None) -> None:
            if self.is_said:
                stop(number, frame)
                return
            self.is_said = True
            loop.call_soon_threadsafe(loop.call_later, GOODBYE_S, stop, number, None)

        signal.signal(signal.SIGTERM, leave)
