"""Tells systemd that the shop is open, and that it lives: READY=1, WATCHDOG=1, STOPPING=1 to $NOTIFY_SOCKET.

A beat is sent only after the loop came round and the ledger's writer answered. Where either hangs, beats stay out and
systemd starts the service anew (`WatchdogSec=`). Without systemd nothing happens here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger()

BEATS = 4
"""Of the watchdog's time: a beat is asked for so often, and each answer may take so long."""


def tell(address: str, state: str) -> None:
    """One datagram. A systemd that does not listen is no reason to stop a shop."""
    where = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            sock.sendto(state.encode(), where)
    except OSError as error:
        log.warning("systemd not told", state=state, error=error.strerror)


def watchdog_s(environ: Mapping[str, str]) -> float | None:
    """How long systemd waits for a beat of this process; None where it does not."""
    pid, usec = environ.get("WATCHDOG_PID"), environ.get("WATCHDOG_USEC", "")
    if (pid is not None and pid != str(os.getpid())) or not usec.isdecimal() or int(usec) == 0:
        return None
    return int(usec) / 1e6


@asynccontextmanager
async def beating(
    answers: Callable[[], Awaitable[None]], environ: Mapping[str, str] = os.environ
) -> AsyncIterator[None]:
    """READY=1 now, then beats while `answers` does; STOPPING=1 at the end."""
    address, every_s = environ.get("NOTIFY_SOCKET", ""), watchdog_s(environ)
    if not address:
        yield
        return
    tell(address, "READY=1")
    beats = asyncio.create_task(_beat(address, every_s / BEATS, answers), name="heartbeat") if every_s else None
    try:
        yield
    finally:
        tell(address, "STOPPING=1")
        if beats is not None:
            beats.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beats


async def _beat(address: str, every_s: float, answers: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            async with asyncio.timeout(every_s):
                await answers()
            tell(address, "WATCHDOG=1")
        except TimeoutError:
            log.error("the ledger's writer does not answer", waited_s=every_s)
        await asyncio.sleep(every_s)
