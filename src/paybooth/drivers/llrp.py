"""A UHF RFID reader over LLRP: one owner, armed anew on every connection, watched by its keepalive and reference tags.

A pulled cable is seen after three silent keepalive periods. "Nothing read" is told from "blind" by a tag glued into
each antenna's field. The reader's clock is never believed: what counts is when a report reached the box.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

import structlog

from paybooth.domain.passage import Zone
from paybooth.ports import Clock, Fault, FaultKind, Health, HealthSink, HealthState, TagRead

from . import llrp_codec as codec
from .card import Card
from .link import Link
from .wire import Address, Wire

log = structlog.get_logger()

CARD = Card(
    scheme="llrp",
    port="TagReader",
    title="UHF RFID reader (LLRP 1.0.1)",
    capabilities=("antenna roles", "keepalive watchdog", "re-arming", "reference tags", "96 bits and longer"),
    maturity="lab",
    tested=("the lab's reader",),
)

ROSPEC = 1
ANSWER_S = 5.0
SILENT_PERIODS = 3
READS_MOST = 4096
"""Of one report; the rest of a flood is dropped and counted."""


@dataclass(slots=True)
class _Line:
    """What is known of the present connection."""

    armed: bool = False
    seen_s: dict[Zone, float] = field(default_factory=dict)
    silent_antennas: dict[int, None] = field(default_factory=dict)
    missing: bool = False


class LlrpReader:
    """ports.TagReader."""

    def __init__(self, name: str, address: Address, clock: Clock) -> None:
        self.name = name
        self.on_reads: Callable[[Sequence[TagRead]], None] = lambda _: None
        self.dropped = 0
        self._clock = clock
        options = dict(address.options)
        self._zones = {n: zone for zone in Zone for n in _numbers(options.pop(zone, ""))}
        if not self._zones:
            self._zones = {1: Zone.INNER, 2: Zone.OUTER}
        self._reference = frozenset(bytes.fromhex(x) for x in options.pop("reference", "").split(",") if x)
        self._reference_s = float(options.pop("reference_s", 10))
        self._session = int(options.pop("session", 1))
        self._keepalive_s = float(options.pop("keepalive_s", 5))
        if options:
            raise ValueError(f"unknown option {min(options)!r} in the address of {name}")
        self._link = Link(name, address, clock)
        self._numbers = count(1)
        self._line = _Line()
        self._said: Health | None = None

    async def run(self, report: HealthSink) -> None:
        def say(health: Health) -> None:
            if health != self._said:
                self._said = health
                report(health)

        await self._link.run(lambda wire: self._serve(wire, say), say)

    async def _serve(self, wire: Wire, report: HealthSink) -> None:
        self._line = _Line()
        try:
            await self._greeted(wire)
            await self._arm(wire)
            now_s = self._clock.monotonic_s()
            self._line.armed = True
            self._line.seen_s = dict.fromkeys(self._zones.values(), now_s)
            report(self._health())
            while True:
                kind, number, body = await self._next(wire, self._keepalive_s * SILENT_PERIODS)
                self._take(wire, kind, number, body)
                report(self._health())
        except codec.GarbledError as error:
            raise Fault(FaultKind.GARBLED, str(error)) from error
        except TimeoutError as error:
            raise Fault(FaultKind.TIMEOUT, "no keepalive") from error

    async def _next(self, wire: Wire, seconds: float) -> tuple[int, int, bytes]:
        """One message. Raises TimeoutError, EOFError, OSError, GarbledError."""
        async with asyncio.timeout(seconds):
            head = codec.header(await wire.reader.readexactly(codec.HEADER.size))
            body = await wire.reader.readexactly(head.length - codec.HEADER.size)
        return head.kind, head.number, body

    async def _greeted(self, wire: Wire) -> None:
        """A reader speaks first: whether we are its one owner."""
        kind, _, body = await self._next(wire, ANSWER_S)
        told = dict(codec.events(body)) if kind == codec.EVENT else {}
        attempt = told.get(codec.CONNECTION_ATTEMPT)
        if attempt is None or len(attempt) < 2:
            raise codec.GarbledError("a reader says first whether it takes the connection")
        if int.from_bytes(attempt[:2], "big") != 0:
            raise Fault(FaultKind.BUSY, "somebody else owns this reader")

    async def _arm(self, wire: Wire) -> None:
        """Whatever it remembers is deleted; then our one inventory, for ever."""
        capabilities = await self._ask(wire, codec.GET_CAPABILITIES, b"\x00")
        ports = codec.antennas(capabilities)
        self._line.missing = ports is not None and ports < max(self._zones)
        await self._ask(wire, codec.SET_CONFIG, codec.set_config(int(self._keepalive_s * 1000)))
        await self._ask(wire, codec.DELETE_ROSPEC, bytes(4))
        await self._ask(wire, codec.ADD_ROSPEC, codec.add_rospec(ROSPEC, sorted(self._zones), self._session))
        await self._ask(wire, codec.ENABLE_ROSPEC, ROSPEC.to_bytes(4, "big"))

    async def _ask(self, wire: Wire, kind: int, body: bytes) -> bytes:
        """A request and its answer; what comes between is taken as always."""
        asked = next(self._numbers)
        wire.write(codec.message(kind, asked, body))
        while True:
            answer, number, found = await self._next(wire, ANSWER_S)
            if answer == codec.RESPONSE[kind]:
                code = codec.status(found)
                if code != 0 and not (kind == codec.DELETE_ROSPEC):  # nothing to delete is well too
                    raise Fault(FaultKind.DENIED, f"the reader refuses message {kind} with status {code}")
                return found
            if answer == codec.ERROR:
                raise Fault(FaultKind.DENIED, f"the reader does not take message {kind}")
            self._take(wire, answer, number, found)

    # ------------------------------------------------------------ what it says

    def _take(self, wire: Wire, kind: int, number: int, body: bytes) -> None:
        if kind == codec.REPORT:
            self._report(body)
        elif kind == codec.KEEPALIVE:
            wire.write(codec.message(codec.KEEPALIVE_ACK, number))
        elif kind == codec.EVENT:
            for event, value in codec.events(body):
                if event == codec.ANTENNA_EVENT and len(value) >= 3:
                    self._antenna(value[1] << 8 | value[2], connected=value[0] == 1)

    def _antenna(self, number: int, *, connected: bool) -> None:
        if connected:
            self._line.silent_antennas.pop(number, None)
        elif number in self._zones:
            self._line.silent_antennas[number] = None

    def _report(self, body: bytes) -> None:
        if not self._line.armed:
            return  # of an inventory somebody else left there
        now_s = self._clock.monotonic_s()
        seen = codec.report(body)
        if len(seen) > READS_MOST:
            self.dropped += len(seen) - READS_MOST
            seen = seen[:READS_MOST]
        zones, reference = self._zones, self._reference
        reads = []
        for epc, antenna, rssi, times in seen:
            zone = zones.get(antenna)
            if zone is None or not epc:
                continue
            if epc in reference:
                self._line.seen_s[zone] = now_s
                continue
            reads.append(TagRead(epc, zone, rssi, now_s, times))
        if reads:
            self.on_reads(reads)

    def _health(self) -> Health:
        now_s = self._clock.monotonic_s()
        reasons = [f"antenna_{n}" for n in self._line.silent_antennas]
        if self._line.missing:
            reasons.append("antennas_missing")
        if self._reference:
            blind = [zone for zone, seen_s in self._line.seen_s.items() if now_s - seen_s > self._reference_s]
            reasons += [f"blind_{zone}" for zone in blind]
        return Health(HealthState.DEGRADED if reasons else HealthState.ONLINE, tuple(reasons))


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]
