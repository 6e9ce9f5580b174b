"""An LLRP reader on loopback: the true wire over the lab's radio (radio.py), with what readers do wrong.

Takes one owner at a time, keeps its ROSpecs over a lost connection as real readers do, answers what it is asked and
reports tags while an enabled ROSpec says so. LLRP 1.0.1; times are real.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from paybooth.domain.passage import Zone

from .radio import Field

_HEADER = struct.Struct(">HII")
SLICE_S = 0.05
FAULTS = ("silent", "error", "garbage", "refuse")
RESPONSES = {1: 11, 2: 12, 3: 13, 20: 30, 21: 31, 22: 32, 23: 33, 24: 34, 25: 35, 26: 36, 40: 50, 41: 51}


class LlrpServer:
    """One reader. `antennas` says what each port looks at; `fault` is empty or one of FAULTS."""

    def __init__(self, field: Field, antennas: dict[int, Zone] | None = None) -> None:
        self.field = field
        self.antennas = antennas or {1: Zone.INNER, 2: Zone.OUTER}
        self.fault = ""
        self.clock_off_us = 0
        self.keepalive_s = 0.0
        self.rospecs: dict[int, bool] = {}
        """Number → whether it is enabled."""
        self.flood = 0
        """Foreign tags in each report."""
        self.told = 0
        """Reads reported so far."""
        self.told_s = 0.0
        """time.monotonic() of the last report."""
        self.on_told: Callable[[Sequence[bytes]], None] = lambda _: None
        """Hears the tags of each report, one for each read."""
        self._owner: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._port = 0
        self._began_s = time.monotonic()

    def now_s(self) -> float:
        """The field's time."""
        return time.monotonic() - self._began_s

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
        if self.plugged:
            return
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        if self._server is not None:
            self._server.close()
            if self._owner is not None:
                self._owner.transport.abort()
            await self._server.wait_closed()
            self._server = None

    def reboot(self) -> None:
        """Everything it was told is forgotten."""
        self.rospecs.clear()
        if self._owner is not None:
            self._owner.transport.abort()

    def lose_antenna(self, number: int, *, connected: bool = False) -> None:
        """A plug came out (or went in): the owner hears of it, the reads stop."""
        zone = self.antennas[number]
        self.field.blind = self.field.blind - {zone} if connected else self.field.blind | {zone}
        if self._owner is not None:
            self._owner.write(self._event(255, struct.pack(">BH", connected, number)))

    # ------------------------------------------------------------ one owner

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._owner is not None or self.fault == "refuse":
            writer.write(self._event(256, struct.pack(">H", 2)))
            writer.close()
            return
        self._owner = writer
        writer.write(self._event(256, struct.pack(">H", 0)))
        reports = asyncio.create_task(self._reports(writer))
        try:
            with suppress(asyncio.IncompleteReadError, OSError):
                while True:
                    first, length, number = _HEADER.unpack(await reader.readexactly(_HEADER.size))
                    body = await reader.readexactly(length - _HEADER.size)
                    self._answer(writer, first & 0x3FF, number, body)
                    await writer.drain()
                    if first & 0x3FF == 14:
                        return
        finally:
            reports.cancel()
            self._owner = None
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, kind: int, number: int, body: bytes) -> None:
        ok = _tlv(287, struct.pack(">HH", 0, 0))
        if self.fault == "silent":
            return
        if self.fault == "error":
            writer.write(_message(100, number, _tlv(287, struct.pack(">HH", 109, 0))))
            return
        match kind:
            case 14:
                writer.write(_message(4, number, ok))
                return
            case 72 | 64:
                return
            case 3:
                self._configure(body)
            case 20:
                (rospec,) = struct.unpack(">I", body[4:8])
                self.rospecs[rospec] = False
            case 21:
                self.rospecs.clear()
            case 24 | 25:
                (rospec,) = struct.unpack(">I", body[:4])
                if rospec in self.rospecs:
                    self.rospecs[rospec] = kind == 24
                else:
                    ok = _tlv(287, struct.pack(">HH", 101, 0))
        if kind not in RESPONSES:
            writer.write(_message(100, number, _tlv(287, struct.pack(">HH", 109, 0))))
            return
        more = capabilities(len(self.antennas)) if kind == 1 else b""
        writer.write(_message(RESPONSES[kind], number, ok + more))

    def _configure(self, body: bytes) -> None:
        at = 1
        while at + 4 <= len(body):
            kind, length = struct.unpack(">HH", body[at : at + 4])
            if kind & 0x3FF == 220:
                mode, period_ms = struct.unpack(">BI", body[at + 4 : at + 9])
                self.keepalive_s = period_ms / 1000 if mode == 1 else 0.0
            at += max(length, 4)

    async def _reports(self, writer: asyncio.StreamWriter) -> None:
        last_s, alive_s, number = self.now_s(), self.now_s(), 1000
        with suppress(OSError, RuntimeError):  # uvloop's word for a line that is closed
            while True:
                await asyncio.sleep(SLICE_S)
                now_s = self.now_s()
                if self.fault == "silent":
                    last_s = now_s
                    continue
                if self.fault == "garbage":
                    writer.write(b"\xff" * 40)
                number += 1
                if self.keepalive_s and now_s - alive_s >= self.keepalive_s:
                    alive_s = now_s
                    writer.write(_message(62, number))
                if any(self.rospecs.values()):
                    frame = self._report(last_s, now_s)
                    if frame:
                        writer.write(_message(61, number, frame))
                        self.told_s = time.monotonic()
                last_s = now_s
                await writer.drain()

    def _report(self, from_s: float, to_s: float) -> bytes:
        ports = {zone: number for number, zone in self.antennas.items()}
        tags = [(epc, ports[zone], rssi) for _, zone, epc, rssi in self.field.reads(from_s, to_s) if zone in ports]
        self.on_told([epc for epc, _, _ in tags])
        tags += [(b"\xe2" + self.field.chance.randbytes(11), 1, -60) for _ in range(self.flood)]
        self.told += len(tags)
        return b"".join(tag_report(*tag, self.clock_off_us) for tag in tags)

    def _event(self, kind: int, value: bytes) -> bytes:
        now_us = time.time_ns() // 1000 + self.clock_off_us
        return _message(63, 0, _tlv(246, _tlv(128, struct.pack(">Q", now_us)) + _tlv(kind, value)))


def capabilities(antennas: int) -> bytes:
    """GET_READER_CAPABILITIES' answer behind the status: general, LLRP, regulatory (920 to 925 MHz), air protocol."""
    firmware = b"lab 1.0"
    general = struct.pack(">HHIIH", antennas, 0x4000, 0, 1, len(firmware)) + firmware
    general += _tlv(139, struct.pack(">HH", 1, 0)) + _tlv(141, struct.pack(">HH", 4, 4))
    general += b"".join(_tlv(140, struct.pack(">HHB", number, 1, 1)) for number in range(1, antennas + 1))
    power = b"".join(_tlv(145, struct.pack(">Hh", index, 1000 + 200 * index)) for index in range(1, 11))
    channels = _tlv(148, struct.pack(">H4I", 4, 920_625, 921_375, 922_125, 923_125))
    mode = _tlv(329, struct.pack(">IBBBBIIIII", 1, 0, 2, 1, 2, 640_000, 1500, 6250, 25_000, 0))
    band = _tlv(144, power + _tlv(146, b"\0" + channels) + _tlv(328, mode))
    llrp = _tlv(142, struct.pack(">BBHIIIII", 0, 0, 0, 1, 1, 1, 0, 0))
    return (
        _tlv(137, general) + llrp + _tlv(143, struct.pack(">HH", 156, 0) + band) + _tlv(327, struct.pack(">BH", 0, 0))
    )


def tag_report(epc: bytes, antenna: int, rssi: int, clock_off_us: int = 0) -> bytes:
    """One TagReportData as readers fill it: EPC, antenna, peak RSSI, first and last seen, count."""
    now_us = time.time_ns() // 1000 + clock_off_us
    name = b"\x8d" + epc if len(epc) == 12 else _tlv(241, struct.pack(">H", len(epc) * 8) + epc)
    when = struct.pack(">BQBQ", 0x82, now_us, 0x84, now_us)
    return _tlv(240, name + struct.pack(">BHBb", 0x81, antenna, 0x86, rssi) + when + struct.pack(">BH", 0x88, 1))


def _message(kind: int, number: int, body: bytes = b"") -> bytes:
    return _HEADER.pack(1 << 10 | kind, _HEADER.size + len(body), number) + body


def _tlv(kind: int, body: bytes) -> bytes:
    return struct.pack(">HH", kind, 4 + len(body)) + body
