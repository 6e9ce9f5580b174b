"""Byte streams by URL: TCP, serial lines and device files, as one pair of reader and writer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

import serialx

CONNECT_S = 3.0
ONE_TRANSPORT = {"llrp": "tcp", "gpio": "file"}
"""Drivers that know one transport alone, so that their URL need not say so."""
PORTS = {"llrp": 5084}


@dataclass(frozen=True, slots=True)
class Address:
    """A driver URL taken apart: `escpos+tcp://192.168.1.50:9100?columns=48`."""

    driver: str
    transport: str
    host: str
    port: int
    path: str
    options: dict[str, str]

    def option(self, name: str, default: str) -> str:
        return self.options.get(name, default)


def parse(url: str) -> Address:
    """Raises ValueError with what would be right."""
    parts: SplitResult = urlsplit(url)
    driver, _, transport = parts.scheme.partition("+")
    transport = ONE_TRANSPORT.get(driver, transport)
    if not driver or not transport:
        raise ValueError(f"{url!r} needs a scheme such as escpos+tcp or scanner+serial")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if transport == "tcp":
        port = parts.port or PORTS.get(driver)
        if not parts.hostname or not port:
            raise ValueError(f"{url!r} needs host:port")
        return Address(driver, transport, parts.hostname, port, "", options)
    if transport in ("serial", "file", "evdev"):
        if not parts.path.startswith("/"):
            raise ValueError(f"{url!r} needs a device path, such as {parts.scheme}:///dev/serial/by-id/…")
        return Address(driver, transport, "", 0, parts.path, options)
    raise ValueError(f"{url!r}: transport {transport!r} is not tcp, serial, file or evdev")


@dataclass(slots=True)
class Wire:
    """An open byte stream."""

    reader: asyncio.StreamReader
    write: Callable[[bytes], None]
    drain: Callable[[], object]
    close: Callable[[], None]


async def open_wire(address: Address) -> Wire:
    """Open the stream. Raises OSError or TimeoutError."""
    async with asyncio.timeout(CONNECT_S):
        if address.transport == "tcp":
            reader, writer = await asyncio.open_connection(address.host, address.port)
            return Wire(reader, writer.write, writer.drain, writer.close)
        if address.transport == "serial":
            baud = int(address.option("baud", "9600"))
            reader, serial = await serialx.open_serial_connection(address.path, baudrate=baud)
            return Wire(reader, serial.write, serial.drain, serial.close)
    return await _open_file(address.path)


async def _open_file(path: str) -> Wire:
    """A device file such as /dev/usb/lp0: both directions on one descriptor."""
    loop = asyncio.get_running_loop()
    handle = open(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY), "r+b", buffering=0)  # noqa: SIM115, ASYNC230, PTH123 a device node opens at once
    reader = asyncio.StreamReader()
    read_transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), handle)
    twin = os.fdopen(os.dup(handle.fileno()), "r+b", buffering=0)
    write_transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, twin)
    writer = asyncio.StreamWriter(write_transport, protocol, reader, loop)

    def close() -> None:
        writer.close()
        read_transport.close()

    return Wire(reader, writer.write, writer.drain, close)
