"""Barcode scanners on a serial line (USB-CDC), TCP or the kernel's input layer: frames in, `Scan` out.

Frames end with CR, LF or TAB. An AIM identifier in front (`]E0`) is taken off and kept. A reader that sees the same
code again within 0.7 s is looking at the same piece; after that it is the next one.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable

import structlog

from paybooth.ports import Clock, Health, HealthSink, HealthState, Scan

from . import scanner_codec as codec
from .card import Card
from .link import Link
from .wire import Address, Wire

log = structlog.get_logger()

CARD = Card(
    scheme="scanner+tcp, scanner+serial, scanner+evdev",
    port="Scanner",
    title="Barcode scanner",
    capabilities=("AIM ids", "GS1 separators", "duplicate guard", "exclusive grab (evdev)"),
    maturity="lab",
    tested=("the lab's scanner on TCP and on a pseudo-terminal",),
)


def _nobody(scan: Scan) -> None:
    """Stands in until app.py wires the booth."""
    del scan


class StreamScanner:
    """A scanner on a byte stream. See ports.Scanner."""

    def __init__(self, name: str, address: Address, clock: Clock) -> None:
        self.name = name
        self.on_scan: Callable[[Scan], None] = _nobody
        self._link = Link(name, address, clock)
        self._guard = codec.DuplicateGuard()
        self._clock = clock

    async def run(self, report: HealthSink) -> None:
        await self._link.run(lambda wire: self._serve(wire, report), report)

    async def _serve(self, wire: Wire, report: HealthSink) -> None:
        report(Health(HealthState.ONLINE))
        frames = codec.Framer()
        while True:
            chunk = await wire.reader.read(1024)
            if not chunk:
                raise EOFError
            for scan in frames.feed(chunk):
                if self._guard.is_new(scan, self._clock.monotonic_s()):
                    self.on_scan(scan)


class EvdevScanner:
    """A keyboard-mode scanner, grabbed so that its keys reach nobody else. Needs the `evdev` extra."""

    def __init__(self, name: str, address: Address, clock: Clock) -> None:
        if importlib.util.find_spec("evdev") is None:
            raise ValueError("scanner+evdev needs the extra: pip install 'paybooth[evdev]'")
        self.name = name
        self.on_scan: Callable[[Scan], None] = _nobody
        self._path = address.path
        self._clock = clock
        self._guard = codec.DuplicateGuard()

    async def run(self, report: HealthSink) -> None:
        evdev = importlib.import_module("evdev")
        while True:
            try:
                device = evdev.InputDevice(self._path)
                while device.active_keys():  # a held key would stick for everybody else
                    await self._clock.sleep(0.1)
                with device.grab_context():
                    report(Health(HealthState.ONLINE))
                    await self._keys(device)
            except OSError as error:
                report(Health(HealthState.OFFLINE, ("not_plugged_in",), str(error)[:120]))
                await self._clock.sleep(2.0)

    async def _keys(self, device: object) -> None:
        keys = codec.KeyDecoder()
        async for event in device.async_read_loop():  # type: ignore[attr-defined]  # evdev is an extra
            if event.type == codec.EV_KEY:
                for scan in keys.feed(event.code, event.value):
                    if self._guard.is_new(scan, self._clock.monotonic_s()):
                        self.on_scan(scan)


def open_scanner(name: str, address: Address, clock: Clock) -> StreamScanner | EvdevScanner:
    kind = EvdevScanner if address.transport == "evdev" else StreamScanner
    return kind(name, address, clock)
