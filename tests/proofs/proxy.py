"""A network that misbehaves: stands between two processes and delays, cuts, half-closes or holds back what they say."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: A port of this machine, or the path of a unix socket.
Address = int | Path

CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class Fault:
    """What happens to one connection. Counted are bytes of that direction; ``None``: never."""

    delay_s: float = 0
    cut_request_at_bytes: int | None = None
    cut_answer_at_bytes: int | None = None
    #: The request is followed by the end of that direction, as from a client that shuts down its half.
    half_closed_at_bytes: int | None = None


NO_FAULT = Fault()


class Proxy:
    """Runs in a thread of its own, so that tests of either kind can use it.

    ``fault`` is asked once for each connection. ``hold`` keeps all answers back until ``let_go``; what was held when a
    connection dies is lost with it.
    """

    def __init__(self, listens: Address, target: Address, fault: Callable[[], Fault] = lambda: NO_FAULT) -> None:
        self.connections = 0
        self.held_bytes = 0
        self.listens = listens
        self._target = target
        self._fault = fault
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._ready = threading.Event()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def hold(self) -> None:
        self.held_bytes = 0
        self._loop.call_soon_threadsafe(self._open.clear)

    def let_go(self) -> None:
        self._loop.call_soon_threadsafe(self._open.set)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(timeout=10), "the proxy did not start"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(timeout=10)

    def _live(self) -> None:
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()

    async def _run(self) -> None:
        if isinstance(self.listens, Path):
            server = await asyncio.start_unix_server(self._serve, self.listens)
            self.listens.chmod(0o777)
        else:
            server = await asyncio.start_server(self._serve, "127.0.0.1", self.listens)
        self._ready.set()
        await self._ending.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Ends that were aborted are closed by the loop in its next turn.
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        fault = self._fault()
        try:
            far_reader, far_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        requests = asyncio.create_task(self._pass_requests(reader, far_writer, fault))
        answers = asyncio.create_task(self._pass_answers(far_reader, writer, fault))
        try:
            done, _ = await asyncio.wait({requests, answers}, return_when=asyncio.FIRST_COMPLETED)
            # Who has said all still hears the answer; a cut ends both directions.
            if requests in done and requests.result() and not answers.done():
                await answers
        finally:
            for task in (requests, answers):
                task.cancel()
            for end in (writer, far_writer):
                end.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection("127.0.0.1", self._target)

    async def _pass_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault) -> bool:
        """True where the client may still hear answers: its half ended politely."""
        passed = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await asyncio.sleep(fault.delay_s)
                if fault.cut_request_at_bytes is not None and passed + len(data) > fault.cut_request_at_bytes:
                    writer.write(data[: fault.cut_request_at_bytes - passed])
                    await writer.drain()
                    return False
                writer.write(data)
                await writer.drain()
                passed += len(data)
                if fault.half_closed_at_bytes is not None and passed >= fault.half_closed_at_bytes:
                    break
            writer.write_eof()
            return True
        return False

    async def _pass_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if not self._open.is_set():
                    self.held_bytes += len(data)
                    await self._open.wait()
                await asyncio.sleep(fault.delay_s)
                if fault.cut_answer_at_bytes is not None and passed + len(data) > fault.cut_answer_at_bytes:
                    writer.write(data[: fault.cut_answer_at_bytes - passed])
                    await writer.drain()
                    return
                writer.write(data)
                await writer.drain()
                passed += len(data)


@contextlib.contextmanager
def proxied(listens: Address, target: Address, fault: Callable[[], Fault] = lambda: NO_FAULT) -> Iterator[Proxy]:
    """A proxy that runs as long as the block."""
    proxy = Proxy(listens, target, fault)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
