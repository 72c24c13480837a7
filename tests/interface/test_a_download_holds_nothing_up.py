"""A statement on its way: sent while it is written, in little memory, stopped when nobody waits, never half of it."""

import asyncio
import tracemalloc
from collections.abc import Callable

import pytest

from tests.interface.test_a_statement_is_a_file import row, statement
from wallet_app.statements.csv_file import CHUNK_BYTES, Cancelled, CsvFile
from wallet_app.statements.download import Download
from wallet_core.errors import DatabaseUnavailable, StatementTooLong

#: Of a long statement: some 40 pages of 500 rows.
PAGES = 40
PAGE = [row(-1_00, note=f"number {number}") for number in range(500)]

#: What a reader of a few parts may take at most; the whole is 10 times that.
MEMORY_BYTES = 1024 * 1024


def write_pages(file: CsvFile, after_page: Callable[[int], None] = lambda _: None) -> None:
    file.begin(statement(), PAGES * len(PAGE))
    for number in range(PAGES):
        file.write(PAGE)
        after_page(number)


def test_it_is_whole_and_in_little_memory() -> None:
    async def read() -> tuple[int, int, bytes]:
        download = Download(write_pages)
        _, row_count = await download.begun()
        lines, last = 0, b""
        async for part in download.parts():
            assert len(part) <= CHUNK_BYTES
            lines, last = lines + part.count(b"\n"), part
        return row_count, lines, last

    tracemalloc.start()
    row_count, lines, last = asyncio.run(read())
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (row_count, lines) == (20_000, 20_003)
    assert b"Closing balance" in last
    assert peak_bytes < MEMORY_BYTES


def test_the_first_part_is_there_before_the_last_is_written() -> None:
    async def read() -> None:
        goes_on = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait_after_first(number: int) -> None:
            if number == 0:
                asyncio.run_coroutine_threadsafe(goes_on.wait(), loop).result(timeout=30)

        download = Download(lambda file: write_pages(file, wait_after_first))
        await download.begun()
        parts = download.parts()
        assert b"Opening balance" in await anext(parts)
        goes_on.set()
        assert sum([part.count(b"\n") async for part in parts]) > 10_000

    asyncio.run(read())


def test_who_goes_away_stops_the_writing() -> None:
    async def read() -> list[int]:
        has_written, gone = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        written: list[int] = []

        def note(number: int) -> None:
            written.append(number)
            loop.call_soon_threadsafe(has_written.set)
            asyncio.run_coroutine_threadsafe(gone.wait(), loop).result(timeout=30)

        download = Download(lambda file: write_pages(file, note))
        await download.begun()
        parts = download.parts()
        await anext(parts)
        # What was read is the beginning, which stands before the first page.
        await has_written.wait()
        await parts.aclose()
        gone.set()
        await asyncio.wait([download._work], timeout=30)
        return written

    assert asyncio.run(read()) == [0]


def test_a_refusal_comes_before_the_first_part() -> None:
    def refuse(_: CsvFile) -> None:
        raise StatementTooLong(max_rows=3)

    async def read() -> None:
        await Download(refuse).begun()

    with pytest.raises(StatementTooLong):
        asyncio.run(read())


def test_what_fails_on_the_way_is_no_end() -> None:
    def fail(number: int) -> None:
        if number == 3:
            raise DatabaseUnavailable

    async def read() -> None:
        download = Download(lambda file: write_pages(file, fail))
        await download.begun()
        async for part in download.parts():
            assert b"Closing balance" not in part

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(read())


def test_a_cancelled_file_takes_no_more() -> None:
    file = CsvFile()
    file.begin(statement(), 1)
    file.cancel()
    with pytest.raises(Cancelled):
        file.write(PAGE)
    file.close()
