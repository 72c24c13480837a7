"""A part may have children of its own (the interface has a worker): they end with it, and never stand in the way."""

import asyncio
import io
import os
import signal
import sys
import time
from pathlib import Path

import psutil

from launcher.children import Children
from launcher.leftovers import find_leftovers
from launcher.parts import Part
from launcher.screen import Screen
from tests.e2e.stack import free_ports

#: Forks: the child serves on the port and ignores SIGTERM, the parent only waits. Both hold the pipe to the launcher.
PARENT_AND_WORKER = """
import http.server, os, signal, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *arguments):
        pass
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
print("parent", os.getpid(), flush=True)
time.sleep(600)
"""


def _part() -> Part:
    port = free_ports(1)[0]
    return Part(
        name="app",
        command=(sys.executable, "-c", PARENT_AND_WORKER, str(port)),
        port=port,
        port_setting="WALLET_APP_PORT",
        health_path="/",
        health_host="127.0.0.1",
    )


def _parents(words: str) -> list[int]:
    return [int(line.split()[-1]) for line in words.splitlines() if "parent" in line]


async def _until_parents(words: io.StringIO, count: int) -> int:
    """Waits until so many parents have been started; answers the latest."""
    deadline = time.monotonic() + 20
    while len(_parents(words.getvalue())) < count:
        assert time.monotonic() < deadline, words.getvalue()
        await asyncio.sleep(0.02)
    return _parents(words.getvalue())[-1]


def test_a_worker_that_outlives_its_parent_does_not_keep_the_part_from_being_started_again(tmp_path: Path) -> None:
    async def run() -> None:
        words = io.StringIO()
        children = Children(Screen(words), tmp_path, {})
        healthy = asyncio.Event()
        running = asyncio.create_task(children.keep_running(_part(), healthy))
        await healthy.wait()
        first = await _until_parents(words, 1)
        workers = [process for process in find_leftovers(tmp_path) if process.pid != first]
        os.kill(first, signal.SIGKILL)
        assert await _until_parents(words, 2) != first
        assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
        running.cancel()
        await asyncio.wait({running})

    asyncio.run(run())
    assert find_leftovers(tmp_path) == []
