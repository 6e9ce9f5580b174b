"""A receipt printer over TCP, serial or a device file: status every few seconds, and printing with proof.

Proof is the in-order answer after the cut, then a clean real-time status. Without it the outcome says so, and nothing
is ever sent twice by itself: real printers hold a job while out of paper and print it when refilled.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import structlog

from paybooth import paper
from paybooth.domain.document import Document
from paybooth.ports import Clock, Fault, FaultKind, Health, HealthSink, HealthState, PrintOutcome, PrintState

from . import escpos_codec as codec
from .card import Card
from .link import Link
from .wire import Address, Wire

log = structlog.get_logger()

CARD = Card(
    scheme="escpos+tcp, escpos+serial, escpos+file",
    port="Printer",
    title="ESC/POS receipt printer",
    capabilities=("GB18030 text", "raster", "QR", "cut", "proof of print", "paper near end/out", "cover", "cutter"),
    maturity="lab",
    tested=("the lab's printer",),
)

STATUS_EVERY_S = 5.0
ANSWER_S = 1.0
"""A printer that leaves a status request unanswered for this long is not there."""

PROOF_S = 12.0
"""A long receipt takes about 4 s at 150 mm/s; three times that without an answer is no proof."""


class EscposPrinter:
    """See ports.Printer. Options in the URL: `columns` (48 or 32), `mode` (text or raster)."""

    def __init__(self, name: str, address: Address, clock: Clock) -> None:
        self.name = name
        self._link = Link(name, address, clock)
        self._clock = clock
        self._columns = int(address.option("columns", "48"))
        self._raster = address.option("mode", "text") == "raster"
        if self._columns not in (32, 42, 48):
            raise ValueError("columns must be 32, 42 or 48")
        self._wire: Wire | None = None
        self._busy = asyncio.Lock()
        self._received: deque[int] = deque(maxlen=256)
        self._something = asyncio.Event()

    # ------------------------------------------------------------ port

    async def run(self, report: HealthSink) -> None:
        await self._link.run(lambda wire: self._serve(wire, report), report)

    async def print(self, document: Document) -> PrintOutcome:
        async with self._busy:
            if self._wire is None:
                return PrintOutcome(PrintState.NOT_SENT, ("offline",))
            try:
                before = await self._status()
            except Fault:
                return PrintOutcome(PrintState.NOT_SENT, ("no_answer",))
            if not before.can_print:
                return PrintOutcome(PrintState.NOT_SENT, before.reasons())
            try:
                return await self._print_and_prove(document)
            except (Fault, OSError) as error:
                log.warning("print without proof", device=self.name, error=type(error).__name__)
                return PrintOutcome(PrintState.UNCONFIRMED, ("no_answer",))

    async def _print_and_prove(self, document: Document) -> PrintOutcome:
        assert self._wire is not None
        self._received.clear()
        self._wire.write(self._job(document) + codec.ASK_IN_ORDER)
        proven = await self._wait_for_proof()
        after = await self._status()
        if not after.can_print:
            self._wire.write(codec.CLEAR_BUFFER)
            with contextlib.suppress(Fault):
                await self._ask(1)  # answered behind the clearing: a refill from now on pours out nothing
            return PrintOutcome(PrintState.INTERRUPTED, after.reasons())
        return PrintOutcome(PrintState.PRINTED) if proven else PrintOutcome(PrintState.UNCONFIRMED, ("no_answer",))

    def _job(self, document: Document) -> bytes:
        if not self._raster:
            return codec.encode(document, self._columns)
        width_px = 576 if self._columns == 48 else 384 if self._columns == 32 else 512
        rows = paper.rows(paper.draw(document, width_px))
        stripes = [codec.raster(width_px, rows[top : top + 512]) for top in range(0, len(rows), 512)]
        return codec.INIT + b"".join(stripes) + codec.CUT

    # ------------------------------------------------------------ wire

    async def _serve(self, wire: Wire, report: HealthSink) -> None:
        """Poll status until the line is lost."""
        self._wire = wire
        reading = asyncio.create_task(self._read(wire), name=f"{self.name} reader")
        try:
            while not reading.done():
                async with self._busy:
                    now = await self._status()
                report(_health(now))
                await asyncio.wait((reading,), timeout=STATUS_EVERY_S)
            await reading
        finally:
            self._wire = None
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, wire: Wire) -> None:
        while True:
            chunk = await wire.reader.read(64)
            if not chunk:
                raise EOFError
            self._received.extend(chunk)
            self._something.set()

    async def _status(self) -> codec.PrinterStatus:
        """Ask DLE EOT 1 to 4, one at a time. Raises Fault TIMEOUT when one stays unanswered."""
        answers = [await self._ask(which) for which in (1, 2, 3, 4)]
        return codec.status(*answers)

    async def _ask(self, which: int) -> int:
        """One real-time question; stray bytes before it are not its answer."""
        if self._wire is None:
            raise Fault(FaultKind.UNREACHABLE, "line lost")
        while self._received and codec.is_realtime(self._received[0]):
            self._received.popleft()
        self._wire.write(codec.ask_now(which))
        answer = await self._next(codec.is_realtime, ANSWER_S)
        if answer is None:
            raise Fault(FaultKind.TIMEOUT, f"no answer to status {which}")
        return answer

    async def _wait_for_proof(self) -> bool:
        """The in-order answer, or False when it did not come or the printer says why it cannot."""
        for _ in range(int(PROOF_S)):
            if await self._next(codec.is_in_order, 1.0) is not None:
                return True
            if not (await self._status()).can_print:
                return False
        return False

    async def _next(self, wanted: object, seconds: float) -> int | None:
        """The next byte of a shape; bytes of other shapes before it are dropped."""
        assert callable(wanted)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    while self._received:
                        byte = self._received.popleft()
                        if wanted(byte):
                            return byte
                    self._something.clear()
                    await self._something.wait()
        except TimeoutError:
            return None


def _health(now: codec.PrinterStatus) -> Health:
    if not now.can_print:
        return Health(HealthState.OFFLINE, now.reasons())
    return Health(HealthState.DEGRADED if now.paper_near_end else HealthState.ONLINE, now.reasons())
