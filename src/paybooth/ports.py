"""The floor plan: what the shop needs from the outside, as Protocols, and the closed list of faults.

A driver implements a port; the simulator implements the same port; each passes the port's conformance suite.
Refusals are values (see domain), faults are exceptions: `Fault`, of seven kinds, with whether it may have happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from .domain.anchor import Anchor
from .domain.bill import Bill
from .domain.document import Document
from .domain.door import Input, Output
from .domain.facts import DayMatched, Fact
from .domain.goods import Difference, Product
from .domain.incident import Call, Incident
from .domain.leave import Judged, Sold
from .domain.money import Fen
from .domain.passage import Zone
from .domain.payment import Attempt, Channel, Order, RefundStatus, Timing, Undo, Verdict
from .domain.refund import Refund
from .domain.refund import State as RefundState
from .domain.sale import Sale
from .domain.staff import Staff
from .domain.totals import Totals
from .ports_console import ConsoleBooks


class FaultKind(StrEnum):
    """Callers can act on few things; so there are few."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BUSY = "busy"
    DENIED = "denied"
    GARBLED = "garbled"
    BROKEN = "broken"
    UNSUPPORTED = "unsupported"


class Fault(Exception):
    """Something outside failed. `may_have_happened` is True when the request may have been carried out all the same."""

    def __init__(self, kind: FaultKind, detail: str, *, may_have_happened: bool = False) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.may_have_happened = may_have_happened


class Secret:
    """A value that must not be shown: payment codes, keys. Prints as a mask, compares by value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one line that sends it."""
        return self._value

    @property
    def last4(self) -> str:
        """The part a receipt and staff may see."""
        return self._value[-4:]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__


# ---------------------------------------------------------------- health of devices and links


class HealthState(StrEnum):
    """UNKNOWN is where everything starts; it is never shown green."""

    UNKNOWN = "unknown"
    ONLINE = "online"
    DEGRADED = "degraded"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Health:
    """What a driver says of its device, with machine-readable reasons such as `paper_near_end` or `refused`."""

    state: HealthState
    reasons: tuple[str, ...] = ()
    detail: str = ""


HealthSink = Callable[[Health], None]


class Device(Protocol):
    """Anything with a wire: `run` holds the link for ever (reconnecting), reporting health; cancelled to stop."""

    @property
    def name(self) -> str: ...

    async def run(self, report: HealthSink) -> None: ...


# ---------------------------------------------------------------- scanner


@dataclass(frozen=True, slots=True)
class Scan:
    """One good read: the text after the AIM symbology identifier, which is apart (`]E0`) where the scanner sends it.

    May hold a payment code: never log `text`.
    """

    text: str
    symbology: str | None = None


@runtime_checkable
class Scanner(Device, Protocol):
    """Calls `on_scan` for each frame; set before `run`. Debouncing is the driver's, routing is the shop's."""

    on_scan: Callable[[Scan], None]


# ---------------------------------------------------------------- printer


class PrintState(StrEnum):
    PRINTED = "printed"  # the printer reported in order that everything up to the cut was consumed, and is well
    NOT_SENT = "not_sent"  # nothing left the box: offline, out of paper, cover open or no answer beforehand
    INTERRUPTED = "interrupted"  # paper end, cover or error while printing
    UNCONFIRMED = "unconfirmed"  # sent, but no proof came; never sent again by itself


@dataclass(frozen=True, slots=True)
class PrintOutcome:
    state: PrintState
    reasons: tuple[str, ...] = ()


@runtime_checkable
class Printer(Device, Protocol):
    async def print(self, document: Document) -> PrintOutcome:
        """Print and cut one document and prove it. Never raises a Fault: every failure is an outcome."""
        ...


# ---------------------------------------------------------------- tag reader


class TagRead(NamedTuple):
    """One tag seen by one antenna. A report holds many, so this is the lightest record there is."""

    epc: bytes
    """EPC bank as read, 12 bytes or more; not every tag is ours."""
    zone: Zone
    rssi: int
    """Peak, dBm."""
    at_s: float
    """When it reached the box, on Clock.monotonic_s; a reader's own clock may be years off."""
    seen: int = 1
    """How often since the report before."""


@runtime_checkable
class TagReader(Device, Protocol):
    """Calls `on_reads` for each report, in order; set before `run`. Reference tags are the driver's: they never come.

    Health: `blind_inner`, `blind_outer`, `blind_pad` when a reference tag is not seen, `antenna_<n>` when the reader
    reports a port as disconnected, `timeout` when the line went silent.
    """

    on_reads: Callable[[Sequence[TagRead]], None]


# ---------------------------------------------------------------- relay board


@runtime_checkable
class Board(Device, Protocol):
    """Relays and inputs of one door. `on_input` is called at each edge, and once for each input after (re)connecting.

    Health: `stuck_<input>`, `bouncing_<input>`, `other_board` (it is not the one it was), `exceptions`.
    """

    on_input: Callable[[Input, bool], None]
    watchdog_s: float
    """How long the hardware watchdog waits for food before it drops every output."""

    async def write(self, outputs: Mapping[Output, bool]) -> None:
        """Switch outputs; returned = the board confirmed. Goes before any poll. Raises Fault."""
        ...

    async def feed(self) -> None:
        """Show the hardware watchdog that the floor lives for another `watchdog_s`. Raises Fault."""
        ...


# ---------------------------------------------------------------- pay channel


@dataclass(frozen=True, slots=True)
class Presented:
    """An order whose QR is shown on our screen."""

    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified notification of a channel: the order number it speaks of, and its verdict as far as it says one.

    The till treats it as a nudge to query; money moves on the answer of the query, so a replay changes nothing.
    """

    number: str
    answer: bytes
    content_type: str


class NoBill(StrEnum):
    """Why a channel hands out no bill of a day."""

    NOT_YET = "not_yet"  # it is still being made
    NONE = "none"  # the channel knows of nothing on that day


@dataclass(frozen=True, slots=True)
class BillFile:
    """A bill as it came, to be kept unchanged."""

    name: str
    content: bytes


class PayChannel(Protocol):
    """One account at one channel. Stateless beyond its connection; the till owns schedule and state.

    Verdict-returning calls never raise: every transport fault is `Unknown`. All calls are idempotent per number.
    """

    @property
    def channel(self) -> Channel: ...

    @property
    def timing(self) -> Timing: ...

    @property
    def fee_permyriad(self) -> int:
        """What the contract says the channel keeps, in 1/10,000; 0 where nobody told us."""
        ...

    async def charge(self, order: Order, code: Secret) -> Verdict:
        """Charge a scanned payment code. Exactly one request leaves the box; never retried here."""
        ...

    async def present(self, order: Order) -> Presented | Verdict:
        """Open an order the shopper pays by scanning our screen (WeChat native, Alipay precreate)."""
        ...

    async def query(self, order: Order) -> Verdict: ...

    async def undo(self, order: Order) -> Undo:
        """Take the order back: reverse or cancel a charged code, close a presented order."""
        ...

    async def refund(self, order: Order, refund_number: str, amount: Fen, reason: str) -> RefundStatus:
        """Ask for (or, repeated with the same number, follow up) a refund. One number refunds at most once."""
        ...

    async def refund_status(self, order: Order, refund_number: str) -> RefundStatus: ...

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """Verify a notification's signature; None means forged or unreadable, answer it with a failure."""
        ...

    async def bill(self, day: date) -> BillFile | NoBill:
        """Download the trade bill of a Beijing day. Raises Fault."""
        ...

    def read_bill(self, content: bytes, day: date) -> Bill:
        """Read a bill of this account. Raises BillError naming every fault; a bill is believed whole or not at all."""
        ...

    async def probe(self) -> Health:
        """Cheap signed request that tells whether channel, key and clock are well."""
        ...

    async def aclose(self) -> None: ...


# ---------------------------------------------------------------- ledger


class LedgerFault(Exception):
    """Nothing of the commit is on disk. `reason` is full, readonly, busy, closed, broken, or refused (it contradicts
    the books: trying again is in vain).
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal row."""

    seq: int
    at_ms: int
    kind: str
    fact: Fact
    hash: bytes


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt: `state` is due, printing, printed, digital_only or unconfirmed."""

    receipt: str
    sale: str
    state: str
    reason: str
    paid_ms: int


@dataclass(frozen=True, slots=True)
class GateRow:
    """What outlives a restart of a gate: its mode (empty: as configured) and whether fire is still latched."""

    mode: str
    fire: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """One thing that happened to an incident."""

    at_ms: int
    kind: str
    fact: Fact


class Ledger(ConsoleBooks, Protocol):
    """The shop's memory. `commit` is the only way to change it; what it returned is on disk and synced."""

    async def commit(self, *facts: Fact, at_ms: int) -> Sequence[Entry]:
        """All facts or none, in one transaction; raises LedgerFault with nothing written."""
        ...

    async def replace_catalogue(
        self, products: Sequence[Product], done: Difference, *, by: str, reason: str, at_ms: int
    ) -> None:
        """All products anew and the fact of it, in one transaction; raises LedgerFault with nothing changed."""
        ...

    def listen(self, listener: Callable[[Sequence[Entry]], None]) -> Callable[[], None]: ...
    def sale(self, sale_id: str) -> Sale | None: ...
    def live_sales(self, booth: str | None = None) -> list[Sale]: ...
    def changed_ms(self, sale_id: str) -> int: ...
    def attempt(self, number: str) -> Attempt | None: ...
    def attempts_of(self, sale_id: str) -> list[Attempt]: ...
    def open_attempts(self) -> list[Attempt]: ...
    def code_used(self, code_hash: str) -> bool: ...
    def has_refund(self, number: str) -> bool: ...
    def refund(self, number: str) -> Refund | None: ...
    def refund_of_request(self, request: str) -> Refund | None: ...
    def refunds_of(self, sale: str) -> list[Refund]: ...
    def open_refunds(self) -> list[Refund]: ...
    def refunds(self, state: RefundState | None = None, limit: int = 200) -> list[Refund]: ...
    def match(self, day: str, channel: str) -> tuple[int, DayMatched] | None: ...
    def matches(self, limit: int = 400) -> list[tuple[int, DayMatched]]: ...
    def paid_between(self, from_ms: int, until_ms: int) -> list[str]: ...
    def paid_attempts(self, channel: str, from_ms: int, until_ms: int) -> list[Attempt]: ...
    def refunds_between(self, from_ms: int, until_ms: int) -> list[Refund]: ...
    def refunds_settled(self, from_ms: int, until_ms: int) -> list[Refund]: ...
    def sums_between(self, from_ms: int, until_ms: int) -> tuple[int, Fen, Fen]: ...
    def staff_by_token(self, token_hash: str) -> Staff | None: ...
    def staff(self) -> list[Staff]: ...
    def staff_hashes(self) -> list[tuple[Staff, str]]: ...
    def receipt(self, receipt: str) -> ReceiptRow | None: ...
    def unsettled_receipts(self) -> list[ReceiptRow]: ...
    def last_sale_id(self, prefix: str) -> str | None: ...
    def journal_head(self) -> int: ...
    def journal(self, after: int = 0, limit: int = 1000) -> list[Entry]: ...
    def journal_of(self, sale: str) -> Iterator[Entry]: ...
    def takings(self) -> dict[str, int]: ...
    async def totals(self) -> Totals: ...
    def piece(self, sku: str, serial: str, now_ms: int) -> Judged | None: ...
    def sold_since(self, since_ms: int) -> list[tuple[str, int, list[Sold]]]: ...
    def pass_used(self, sale: str) -> bool: ...
    def gate(self, gate: str) -> GateRow: ...
    def incident(self, incident: int) -> Incident | None: ...
    def live_incidents(self) -> list[Incident]: ...
    def resolved_incidents(self, before: int | None = None, limit: int = 50) -> list[Incident]: ...
    def last_incident(self) -> int: ...
    def incident_steps(self, incident: int) -> list[StepRow]: ...


# ---------------------------------------------------------------- anchors


class AnchorKeeper(Protocol):
    """A place outside the box that keeps where the journal stood."""

    @property
    def name(self) -> str: ...

    async def keep(self, anchor: Anchor) -> None:
        """Keep it for good. Raises Fault; the same anchor twice does no harm."""
        ...

    async def aclose(self) -> None: ...


# ---------------------------------------------------------------- telling people


class Notifier(Protocol):
    """A robot, a mailbox or a program that tells people."""

    @property
    def name(self) -> str: ...

    async def tell(self, call: Call) -> None:
        """Returns when the target has taken it. Raises Fault; telling twice does no harm."""
        ...

    async def aclose(self) -> None: ...


# ---------------------------------------------------------------- bills


class BillKeeper(Protocol):
    """Keeps bills as they came, by their digest."""

    def keep(self, file: BillFile) -> str:
        """On disk and synced; the file's SHA-256. Raises LedgerFault."""
        ...

    def kept(self, digest: str) -> bytes | None:
        """The content of that digest; None where it is not here, or no longer what it was."""
        ...


# ---------------------------------------------------------------- time and chance


class Clock(Protocol):
    """The only source of time. Order is never decided by the wall clock."""

    def now_ms(self) -> int:
        """Wall clock, Unix milliseconds."""
        ...

    def monotonic_s(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Chance(Protocol):
    """The only source of chance."""

    def token(self, bytes_: int) -> str:
        """Lower-case hex of `bytes_` random bytes."""
        ...

    def uniform(self, low: float, high: float) -> float: ...
