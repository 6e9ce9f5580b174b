"""A Modbus/TCP relay board in front of a door: the true wire, the lab's truth (site.py), and what boards do wrong.

Modbus Application Protocol 1.1b3: functions 1, 2, 5, 15 and 43/14; anything else is exception 1. Written for the lab so
that the driver's library does not talk to itself.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from paybooth.domain.door import Input, Output

from .site import DoorSite

COILS = (Output.LOCK, Output.SIREN, Output.RED, Output.AMBER, Output.GREEN, Output.CALL)
WATCHDOG = 7
CLOSED = frozenset({Input.FIRE, Input.DOOR, Input.TAMPER, Input.MAINS})
"""Contacts that are closed while all is well."""

_HEAD = struct.Struct(">HHHB")
FAULTS = ("exception", "freeze", "stuck", "bounce")


class RelayBoard:
    """One board. `fault` is empty or one of FAULTS; `identity` is what it says it is."""

    def __init__(self, site: DoorSite | None = None) -> None:
        self.site = site or DoorSite()
        self.fault = ""
        self.identity = (b"Paybooth Lab", b"RB-8", b"1.0")
        self.requests = 0
        self.on_write: Callable[[], None] = lambda: None
        """Called when a relay moved."""
        self._polls = 0
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.StreamWriter, None] = {}
        self._port = 0

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[int]:
        """Listen on loopback until the context ends."""
        self._port = port
        await self.plug()
        try:
            yield self._port
        finally:
            await self.unplug()

    @property
    def plugged(self) -> bool:
        return self._server is not None

    async def plug(self) -> None:
        """The cable is in."""
        if self.plugged:
            return
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """The cable is out: the port is closed and every connection is reset."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    def cycle_power(self) -> None:
        """Off and on: every output drops."""
        self.site.coils = dict.fromkeys(Output, False)
        for writer in list(self._writers):
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[writer] = None
        try:
            with suppress(asyncio.IncompleteReadError, OSError):
                while True:
                    transaction, protocol, length, unit = _HEAD.unpack(await reader.readexactly(_HEAD.size))
                    if protocol != 0 or not 2 <= length <= 254:
                        return
                    request = await reader.readexactly(length - 1)
                    self.requests += 1
                    if self.fault == "freeze":
                        continue
                    answer = self._answer(request)
                    writer.write(_HEAD.pack(transaction, 0, len(answer) + 1, unit) + answer)
                    await writer.drain()
        finally:
            self._writers.pop(writer, None)
            writer.close()

    def _answer(self, request: bytes) -> bytes:
        function = request[0]
        if self.fault == "exception":
            return bytes((function | 0x80, 4))
        try:
            match function:
                case 1:
                    return _bits(function, self._coils(), *struct.unpack(">HH", request[1:5]))
                case 2:
                    return _bits(function, self._inputs(), *struct.unpack(">HH", request[1:5]))
                case 5:
                    place, value = struct.unpack(">HH", request[1:5])
                    self._write({place: value == 0xFF00})
                    return request[:5]
                case 15:
                    first, count, _ = struct.unpack(">HHB", request[1:6])
                    self._write({first + n: bool(request[6 + n // 8] >> n % 8 & 1) for n in range(count)})
                    return request[:5]
                case 43 if request[1] == 14:
                    objects = b"".join(bytes((n, len(text))) + text for n, text in enumerate(self.identity))
                    return bytes((43, 14, request[2], 1, 0, 0, len(self.identity))) + objects
        except (struct.error, IndexError):
            return bytes((function | 0x80, 3))
        return bytes((function | 0x80, 1))

    def _coils(self) -> list[bool]:
        now_s = time.monotonic()
        return [self.site.output(output, now_s) for output in COILS] + [False, False]

    def _inputs(self) -> list[bool]:
        self._polls += 1
        told = self.site.inputs(time.monotonic())
        if self.fault == "stuck":
            told[Input.BUTTON] = True
        if self.fault == "bounce":
            told[Input.BUTTON] = self._polls % 2 == 0
        return [told[which] is not (which in CLOSED) for which in Input]

    def _write(self, coils: dict[int, bool]) -> None:
        now_s = time.monotonic()
        if WATCHDOG in coils:
            self.site.feed(now_s)
        outputs = {COILS[n]: on for n, on in coils.items() if n < len(COILS)}
        moved = any(self.site.coils[output] is not on for output, on in outputs.items())
        self.site.write(outputs, now_s)
        if moved:
            self.on_write()


def _bits(function: int, states: Sequence[bool], first: int, count: int) -> bytes:
    if first + count > len(states):
        return bytes((function | 0x80, 2))
    packed = bytearray((count + 7) // 8)
    for n, on in enumerate(states[first : first + count]):
        packed[n // 8] |= on << n % 8
    return bytes((function, len(packed))) + bytes(packed)
