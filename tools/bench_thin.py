"""The least a server of this kind can be: a socket, one writer thread, one synced INSERT, an answer.

No prices, no rules, no journal, no view. What it takes is what loop, sockets, thread hops and SQLite take on this
machine, with the client on the same cores; the shop is measured against it as well as against the bare disk.
`python -m tools.bench_thin PORT FILE`.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from paybooth.ledger.ledger import connect

from .bench_box import free_port

GROUP_MOST = 256


class Action(msgspec.Struct):
    name: str
    text: str = ""


class Intent(msgspec.Struct):
    id: str
    action: Action


Job = tuple[str, asyncio.Future[None]]


class Writer:
    """One thread, one connection; jobs that wait together share one commit, as in the ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def add(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
            threading.Thread(target=self._run, daemon=True).start()
        done: asyncio.Future[None] = loop.create_future()
        self._jobs.put((text, done))
        await done

    def _run(self) -> None:
        connection = connect(self._path)
        connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        assert self._loop is not None
        while True:
            jobs = [self._jobs.get()]
            with contextlib.suppress(queue.Empty):
                while len(jobs) < GROUP_MOST:
                    jobs.append(self._jobs.get_nowait())
            self._write(connection, [text for text, _ in jobs])
            self._loop.call_soon_threadsafe(_answer, [done for _, done in jobs])

    @staticmethod
    def _write(connection: apsw.Connection, texts: list[str]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for text in texts:
            connection.execute("INSERT INTO line (text) VALUES (?)", (text,))
        connection.execute("COMMIT")


def _answer(waiting: list[asyncio.Future[None]]) -> None:
    for done in waiting:
        done.set_result(None)


def app(path: Path) -> Starlette:
    writer, decoder = Writer(path), msgspec.json.Decoder(Intent)

    async def serve(socket: WebSocket) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                intent = decoder.decode(await socket.receive_text())
                await writer.add(intent.action.text)
                await socket.send_text(f'{{"id":"{intent.id}"}}')

    return Starlette(routes=[WebSocketRoute("/ws/kiosk/{name}", serve)])


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[int]:
    """The thin server in its own process; yields its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tools.bench_thin", str(port), str(folder / "thin.db")])
    try:
        async with asyncio.timeout(30):
            while not await _listens(port):
                await asyncio.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait(20)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


if __name__ == "__main__":
    uvicorn.run(
        app(Path(sys.argv[2])),
        port=int(sys.argv[1]),
        lifespan="off",
        log_level="error",
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
    )
