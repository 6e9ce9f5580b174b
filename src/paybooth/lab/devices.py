"""Devices on their true wires: an ESC/POS printer that draws its paper, a scanner on TCP or serial, a network cable."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from .escpos_paper import Interpreter, Sheet

CHUNK = 4096


@dataclass(slots=True)
class PrinterState:
    """The truth of the printer: what a person standing in front of it would see."""

    paper_mm: float = 50_000.0
    """Left on the roll; 0 is out, below `near_end_mm` the sensor sees the core."""
    near_end_mm: float = 5_000.0
    cover_open: bool = False
    cutter_jam: bool = False
    mute: bool = False
    """The status channel is dead: bytes go in, nothing comes back."""
    off: bool = False
    out_after_bytes: int | None = None
    """The paper runs out after this many more bytes, wherever that is."""

    @property
    def out(self) -> bool:
        return self.paper_mm <= 0

    @property
    def blocked(self) -> bool:
        return self.out or self.cover_open or self.cutter_jam


class LabPrinter:
    """ESC/POS over TCP. Holds a job while blocked and prints it when it can, as real printers do."""

    def __init__(self, sheet: Callable[[], Interpreter], on_change: Callable[[], None]) -> None:
        self.state = PrinterState()
        self.sheets: list[Sheet] = []
        self._interpreter = sheet()
        self._on_change = on_change
        self._held = bytearray()
        self._clients: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._client, "127.0.0.1", port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            self.disconnect()
            await server.wait_closed()

    def disconnect(self) -> None:
        """Somebody pulled the plug: every connection dies."""
        for writer in list(self._clients):
            writer.transport.abort()

    def set(self, **changes: float | bool | None) -> None:
        """Change the truth; what was held prints now if it can."""
        for name, value in changes.items():
            setattr(self.state, name, value)
        if self.state.off:
            self.disconnect()
        self._print_held()
        self._on_change()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.state.off:
            writer.transport.abort()
            return
        self._clients.add(writer)
        try:
            while chunk := await reader.read(CHUNK):
                self._take(chunk, writer)
        except OSError:
            pass
        finally:
            self._clients.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _take(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        """Real-time commands act at once, even while blocked; the rest queues behind the paper."""
        rest = bytearray()
        at = 0
        while at < len(chunk):
            if chunk[at] == 0x10 and at + 2 < len(chunk) and chunk[at + 1] == 0x04 and 1 <= chunk[at + 2] <= 4:
                self._reply(writer, bytes((self.realtime(chunk[at + 2]),)))
                at += 3
            elif chunk[at] == 0x10 and at + 2 < len(chunk) and chunk[at + 1] == 0x05 and chunk[at + 2] in (1, 2):
                if chunk[at + 2] == 2:
                    self._held.clear()
                    rest.clear()
                    self._interpreter.reset()
                at += 3
            else:
                rest.append(chunk[at])
                at += 1
        self._held += rest
        self._print_held(writer)

    def _print_held(self, writer: asyncio.StreamWriter | None = None) -> None:
        """Consume what is held, byte by byte, as long as nothing blocks."""
        state = self.state
        consumed = 0
        while consumed < len(self._held) and not state.blocked:
            if state.out_after_bytes is not None:
                state.out_after_bytes -= 1
                if state.out_after_bytes <= 0:
                    state.paper_mm, state.out_after_bytes = 0.0, None
                    break
            event = self._interpreter.feed(self._held[consumed])
            consumed += 1
            if event is None:
                continue
            state.paper_mm = max(0.0, state.paper_mm - event.fed_mm)
            if event.sheet is not None:
                self.sheets.append(event.sheet)
                del self.sheets[:-50]
                self._on_change()
            if event.ask_paper:
                near = 0x03 if state.paper_mm < state.near_end_mm else 0x00
                for client in [writer] if writer else list(self._clients):
                    self._reply(client, bytes((near,)))
        del self._held[:consumed]

    def _reply(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        if not self.state.mute and not writer.is_closing():
            writer.write(answer)

    def realtime(self, which: int) -> int:
        """DLE EOT n: bits as Epson prints them in its tables."""
        state = self.state
        bits = 0x12
        if which == 1 and state.blocked:
            bits |= 0x08
        if which == 2:
            bits |= (0x04 if state.cover_open else 0) | (0x20 if state.out else 0) | (0x40 if state.cutter_jam else 0)
        if which == 3 and state.cutter_jam:
            bits |= 0x08
        if which == 4:
            bits |= 0x0C if state.paper_mm < state.near_end_mm else 0
            bits |= 0x60 if state.out else 0
        return bits


class LabScanner:
    """A scanner on TCP, on a pseudo-terminal, or both: whoever listens gets every frame. `plugged` tells of TCP."""

    def __init__(self) -> None:
        self._clients: set[asyncio.StreamWriter] = set()
        self._lines: set[int] = set()
        self.plugged = asyncio.Event()

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._client, "127.0.0.1", port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for writer in list(self._clients):
                writer.transport.abort()
            await server.wait_closed()

    @contextmanager
    def serial(self) -> Iterator[str]:
        """A serial line as a USB scanner makes one; yields its path, such as /dev/pts/4, gone when the context ends."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)  # no echo, no line editing, CR stays CR
        path = os.ttyname(theirs)
        os.close(theirs)  # so that the line knows whether somebody else has it open
        os.set_blocking(ours, False)
        self._lines.add(ours)
        try:
            yield path
        finally:
            self._lines.discard(ours)
            os.close(ours)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        self.plugged.set()
        try:
            while await reader.read(64):
                pass
        except OSError:
            pass
        finally:
            self._clients.discard(writer)
            if not self._clients:
                self.plugged.clear()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def scan(self, text: str, *, aim: str = "") -> bool:
        """Hold a code before the window; False when nobody listens."""
        return self.raw((aim + text).encode() + b"\r")

    def raw(self, frame: bytes) -> bool:
        for writer in self._clients:
            writer.write(frame)
        heard = [line for line in self._lines if _is_open(line)]
        for line in heard:
            with contextlib.suppress(BlockingIOError):  # nobody reads and the line's buffer is full: lost, as in life
                os.write(line, frame)
        return bool(self._clients or heard)


def _is_open(line: int) -> bool:
    """Whether somebody has the far end of a pseudo-terminal open."""
    poll = select.poll()
    poll.register(line, select.POLLHUP)
    return not any(event & select.POLLHUP for _, event in poll.poll(0))


@dataclass(slots=True)
class Cable:
    """A TCP line that can be pulled: new connections are refused and living ones die (`cut`), or hang (`silent`)."""

    port: int
    """Where the far end listens on this machine."""
    state: str = "up"
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _resumed: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[int]:
        self._resumed.set()
        server = await asyncio.start_server(self._line, "127.0.0.1", port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            self.set("cut")
            await server.wait_closed()

    def set(self, state: str) -> None:
        """up, cut or silent."""
        assert state in ("up", "cut", "silent"), state
        self.state = state
        if state == "cut":
            for writer in list(self._lines):
                writer.transport.abort()
        if state == "silent":
            self._resumed.clear()
        else:
            self._resumed.set()

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.state == "cut":
            writer.transport.abort()
            return
        self._lines.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            self._lines.discard(writer)
            writer.transport.abort()
            return
        self._lines.add(far_writer)
        try:
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        except OSError:
            pass
        finally:
            for end in (writer, far_writer):
                self._lines.discard(end)
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                await self._resumed.wait()
                writer.write(chunk)
                await writer.drain()
        finally:
            if not writer.is_closing() and writer.can_write_eof():
                with contextlib.suppress(OSError):
                    writer.write_eof()
