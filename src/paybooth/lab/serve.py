"""Serve an ASGI app on loopback, with what real networks do: drop a connection without a word, or drip for ever."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

DROP = "paybooth.lab.drop"
GRACE_S = 1.0
"""Requests in flight get this long when the server stops."""
DRIP_S = 0.05


class _Droppable(HttpToolsProtocol):
    """Lets the app abort the TCP connection of a request."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {DROP: {"abort": self.transport.abort}}
        self.scope["extensions"] = extensions


def drop(request: Request) -> None:
    """Abort the connection of this request: the peer sees a reset, never a status."""
    abort: Callable[[], None] = request.scope["extensions"][DROP]["abort"]
    abort()


async def pause(closing: asyncio.Event, seconds: float) -> None:
    """Wait, but never longer than the lab is open."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await closing.wait()


def drip(closing: asyncio.Event) -> StreamingResponse:
    """An answer that never ends: one byte at a time, so that no read timeout ever trips."""

    async def bytes_() -> AsyncIterator[bytes]:
        while not closing.is_set():
            yield b" "
            await pause(closing, DRIP_S)

    return StreamingResponse(bytes_(), media_type="application/json")


@cache
def trust() -> ssl.SSLContext:
    """Loading every authority of the machine takes a tenth of a second: once is enough."""
    return ssl.create_default_context()


@asynccontextmanager
async def serve(app: ASGIApp, port: int = 0) -> AsyncIterator[int]:
    """Serve on 127.0.0.1 until the context ends; yields the port. Raises OSError when the port is taken."""
    # with the protocol named, asyncio turns Nagle's waiting off: else every second answer is 40 ms late
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = _Server(uvicorn.Config(app, http=_Droppable, lifespan="off", log_config=None, access_log=False))
    task = asyncio.create_task(server.serve(sockets=[listener]), name="lab server")
    up = asyncio.create_task(server.up.wait())
    try:
        await asyncio.wait((task, up), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield listener.getsockname()[1]
    finally:
        up.cancel()
        server.leave.set()
        await task
        listener.close()


class _Server(uvicorn.Server):
    """uvicorn without signal handlers (the process is not its to stop) and without looking ten times a second.

    Tests open hundreds of these; each would wait 0.3 s for nothing.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up, self.leave = asyncio.Event(), asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        while not self.leave.is_set():
            await self.on_tick(0)  # renews the Date header
            await pause(self.leave, 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = list(self.server_state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        for server in self.servers:
            await server.wait_closed()
