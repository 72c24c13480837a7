"""A statement on its way to a browser: written in a thread, sent as it grows, stopped when nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from wallet_app.asking import LASTING, ask_in
from wallet_app.statements.csv_file import Cancelled, CsvFile
from wallet_core.views import StatementFrame

#: Statements that this process makes at the same moment: each is a core at work.
STATEMENTS_AT_A_MOMENT: Final = 2

written_at_once: Final = asyncio.Semaphore(STATEMENTS_AT_A_MOMENT)


class Download:
    """``write`` fills the file, as ``write_statement`` does, and runs in a thread of its own."""

    def __init__(self, write: Callable[[CsvFile], None]) -> None:
        loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._file = CsvFile(on_news=lambda: loop.call_soon_threadsafe(self._news.set))
        self._work = asyncio.create_task(self._run(write))

    async def begun(self) -> tuple[StatementFrame, int]:
        """What the file is of, and how many rows it will have. Raises: what ``write`` raises before it has begun."""
        await self._news.wait()
        if self._file.frame is None:
            self._end()
            await self._work
            raise Cancelled
        return self._file.frame, self._file.row_count

    async def parts(self) -> AsyncIterator[bytes]:
        """The file as it grows. Raises: what ``write`` raises on the way, which breaks the answer off: half a statement
        must not look like a whole one.
        """
        sent = 0
        try:
            while True:
                self._news.clear()
                is_whole = self._work.done()
                part = await asyncio.to_thread(self._file.read, sent)
                if part:
                    sent += len(part)
                    yield part
                elif is_whole:
                    await self._work
                    return
                else:
                    await self._news.wait()
        finally:
            self._end()

    async def _run(self, write: Callable[[CsvFile], None]) -> None:
        def fill() -> None:
            write(self._file)
            self._file.end()

        try:
            async with written_at_once:
                await ask_in(LASTING, fill)
        finally:
            self._news.set()

    def _end(self) -> None:
        """Nothing is awaited here: it runs where a request has been cancelled, too."""
        self._file.cancel()
        self._work.add_done_callback(self._close)

    def _close(self, work: "asyncio.Task[None]") -> None:
        self._file.close()
        if not work.cancelled():
            work.exception()  # has been raised where somebody waited for it
