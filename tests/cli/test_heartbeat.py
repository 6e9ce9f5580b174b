"""What systemd hears of the shop, on a real datagram socket."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from paybooth.heartbeat import beating, tell, watchdog_s
from paybooth.ledger.ledger import Ledger

from .test_books import shop

__all__ = ["shop"]


@contextmanager
def systemd(address):
    """A socket as systemd opens one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(address)
        sock.setblocking(False)
        yield sock


async def heard(sock):
    async with asyncio.timeout(10):
        return (await asyncio.get_running_loop().sock_recv(sock, 256)).decode()


def waiting(sock):
    """Whatever lies there already."""
    found = []
    while True:
        try:
            found.append(sock.recv(256).decode())
        except BlockingIOError:
            return found


def told(folder, usec="80000"):
    return {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": usec, "WATCHDOG_PID": str(os.getpid())}


class Writer:
    """Answers, or hangs."""

    def __init__(self):
        self.asked, self.hung = 0, False
        self._more = asyncio.Event()

    async def answers(self):
        self.asked += 1
        self._more.set()
        if self.hung:
            await asyncio.Event().wait()

    async def until_asked(self, times):
        while self.asked < times:
            self._more.clear()
            await self._more.wait()


@pytest.mark.anyio
async def test_ready_then_beats_then_stopping(tmp_path):
    with systemd(str(tmp_path / "notify")) as sock:
        async with beating(Writer().answers, told(tmp_path)):
            assert [await heard(sock) for _ in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
        assert waiting(sock)[-1] == "STOPPING=1"


@pytest.mark.anyio
async def test_no_beat_while_the_writer_hangs(tmp_path):
    with systemd(str(tmp_path / "notify")) as sock:
        writer = Writer()
        async with beating(writer.answers, told(tmp_path)):
            assert [await heard(sock) for _ in range(2)] == ["READY=1", "WATCHDOG=1"]
            writer.hung = True
            await writer.until_asked(writer.asked + 1)
            waiting(sock)
            await writer.until_asked(writer.asked + 3)
            assert waiting(sock) == []
            writer.hung = False
            assert await heard(sock) == "WATCHDOG=1"


@pytest.mark.anyio
async def test_the_ledgers_writer_answers_and_writes_nothing(shop):
    with Ledger(shop / "data" / "ledger.db") as ledger:
        heard_of = []
        ledger.listen(heard_of.append)
        before = ledger.head
        await ledger.answers()
        assert (ledger.head, heard_of) == (before, [])


@pytest.mark.anyio
async def test_a_writer_that_hangs_does_not_answer(shop, monkeypatch):
    go_on = threading.Event()
    with Ledger(shop / "data" / "ledger.db") as ledger:
        write = ledger._write_group
        monkeypatch.setattr(ledger, "_write_group", lambda group: (go_on.wait(20), write(group)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ledger.answers()
        go_on.set()
        await ledger.answers()


@pytest.mark.anyio
async def test_without_systemd_nothing_happens():
    async with beating(Writer().answers, {}):
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "heartbeat"]


def test_a_name_without_a_file_and_nobody_who_listens(tmp_path):
    name = f"@paybooth-test-{os.getpid()}"
    with systemd("\0" + name[1:]) as sock:
        tell(name, "READY=1")
        assert waiting(sock) == ["READY=1"]
    tell(str(tmp_path / "nobody"), "READY=1")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_whose_watchdog_it_is(environ, seconds):
    assert watchdog_s(environ) == seconds


@pytest.mark.anyio
async def test_a_shop_says_so_itself(shop):
    environ = {**os.environ, "NOTIFY_SOCKET": str(shop / "notify"), "WATCHDOG_USEC": "400000"}
    environ.pop("WATCHDOG_PID", None)
    command = [sys.executable, "-m", "paybooth", "run", "--config", str(shop / "shop.toml")]
    with systemd(str(shop / "notify")) as sock:
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ) as box:
            try:
                assert [await heard(sock) for _ in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
            finally:
                box.terminate()
                box.wait(20)
        assert waiting(sock)[-1] == "STOPPING=1"
