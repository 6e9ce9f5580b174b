"""Every fact of the journal: what happened, immutable, in the words of the glossary.

A fact's name and fields are for ever; a changed meaning is a new kind. Each kind states its personal-data rule;
one without cannot be defined. Facts hold no payment code, ever: only its keyed hash and last four digits. Hashes by
which somebody could be told apart or let in stay in the box: a kind names them (`masks`), and what leaves shows a mask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeVar

from .money import ZERO, Fen


class Privacy(StrEnum):
    """What happens to personal data in a fact."""

    NONE = "none"  # holds none
    PSEUDONYM = "pseudonym"  # keyed hash or last digits; the key is erased to forget
    STAFF = "staff"  # names a member of staff; kept as long as the law asks for books


@dataclass(frozen=True, slots=True)
class Fact:
    """The root of all facts."""

    kind: ClassVar[str]
    privacy: ClassVar[Privacy]
    masks: ClassVar[frozenset[str]]


F = TypeVar("F", bound=Fact)
KINDS: dict[str, type[Fact]] = {}


def fact(kind: str, privacy: Privacy, *, masks: tuple[str, ...] = ()) -> Callable[[type[F]], type[F]]:
    """Register a fact class under its journal name; `masks`: its fields that never leave the box."""

    def register(cls: type[F]) -> type[F]:
        assert kind not in KINDS, kind
        cls.kind = kind
        cls.privacy = privacy
        cls.masks = frozenset(masks)
        KINDS[kind] = cls
        return cls

    return register


# ---------------------------------------------------------------- the sale


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sale as it was when scanned; a later price change in the catalogue does not touch it."""

    id: int
    sku: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    picture: str
    quantity: int
    unit_price: Fen
    list_price: Fen
    """The shelf price; differs from `unit_price` where the member price replaced it."""
    member_price: Fen | None
    amount: Fen
    tax_permille: int
    weight_g: int | None = None
    serial: str | None = None
    expires: str | None = None
    most: int = 99

    @property
    def fixed(self) -> bool:
        """A unique or weighed piece: its quantity cannot be changed."""
        return self.weight_g is not None or self.serial is not None


@dataclass(frozen=True, slots=True)
class DiscountEntry:
    line: int
    rule: str
    label_zh: str
    label_en: str
    amount: Fen


@fact("sale.opened", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SaleOpened(Fact):
    sale: str
    number: str
    booth: str
    language: str


@fact("line.added", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class LineAdded(Fact):
    sale: str
    line: Line


@fact("line.changed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class LineChanged(Fact):
    sale: str
    line: int
    quantity: int
    amount: Fen


@fact("line.removed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class LineRemoved(Fact):
    sale: str
    line: int


@fact("member.joined", Privacy.PSEUDONYM, masks=("member",))
@dataclass(frozen=True, slots=True)
class MemberJoined(Fact):
    sale: str
    member: str
    """Keyed hash of the member number."""
    tail: str
    lines: tuple[Line, ...]
    """All lines again, at the prices a member pays."""


@fact("sale.discounted", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SaleDiscounted(Fact):
    """The discounts that hold from now on; replaces the list before."""

    sale: str
    discounts: tuple[DiscountEntry, ...]


@fact("sale.confirmed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SaleConfirmed(Fact):
    sale: str
    total: Fen
    count: int


@fact("sale.reopened", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SaleReopened(Fact):
    sale: str


@fact("sale.parked", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SaleParked(Fact):
    """The shopper went quiet: the basket waits, the booth is free."""

    sale: str


@fact("sale.resumed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SaleResumed(Fact):
    sale: str
    booth: str


@fact("sale.abandoned", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SaleAbandoned(Fact):
    sale: str
    reason: str
    """shopper, idle, expired (parked too long), voided, reversed or refunded (a held sale whose charge went back)."""


@fact("sale.voided", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class SaleVoided(Fact):
    """Staff ended a sale that was not paid; `sale.abandoned` follows in the same transaction."""

    sale: str
    by: str
    reason: str
    note: str


@fact("sale.held", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SaleHeld(Fact):
    """A charge stays mute past all deadlines: goods stay, staff are called, settling goes on, the booth is free."""

    sale: str
    attempt: str


@fact("sale.paid", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class SalePaid(Fact):
    sale: str
    attempt: str
    total: Fen
    receipt: str
    """Receipt number, such as 20261122-0417."""


# ---------------------------------------------------------------- the attempt


@fact("attempt.opened", Privacy.PSEUDONYM, masks=("code_hash",))
@dataclass(frozen=True, slots=True)
class AttemptOpened(Fact):
    """Written before the request leaves the box."""

    attempt: str
    sale: str
    booth: str
    channel: str
    mode: str
    amount: Fen
    code_hash: str
    """Keyed hash of the payment code; empty where we present the code."""
    code_last4: str
    opened_at_ms: int


@fact("attempt.moved", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class AttemptMoved(Fact):
    """A step that is not final: needs_user, unknown, reversing, parked."""

    attempt: str
    sale: str
    event: str
    detail: str


@fact("attempt.settled", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class AttemptSettled(Fact):
    """The channel's final word."""

    attempt: str
    sale: str
    event: str
    transaction: str = ""
    paid_at_ms: int | None = None
    payer_paid: Fen = ZERO
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Pieces of a line that come back, and what goes back for them (their share of a discount taken off)."""

    line: int
    quantity: int
    amount: Fen


@fact("refund.asked", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class RefundAsked(Fact):
    """Staff want money to go back. Followed by `refund.opened`, at once or when a second person agreed."""

    refund: str
    attempt: str
    sale: str
    amount: Fen
    lines: tuple[RefundLine, ...]
    """Empty where an amount was named instead of goods."""
    reason: str
    note: str
    by: str
    request: str
    """The asker's own number for this wish: the same wish twice is one refund."""


@fact("refund.approved", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class RefundApproved(Fact):
    """A second person agreed."""

    refund: str
    sale: str
    by: str


@fact("refund.withdrawn", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class RefundWithdrawn(Fact):
    """It will not be: the asker thought better of it, or the second person did not agree."""

    refund: str
    sale: str
    by: str
    note: str


@fact("refund.opened", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class RefundOpened(Fact):
    """Money that has to go back; written before the request leaves the box."""

    refund: str
    attempt: str
    sale: str
    amount: Fen
    reason: str


@fact("refund.settled", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class RefundSettled(Fact):
    refund: str
    attempt: str
    sale: str
    status: str
    """done or refused."""


# ---------------------------------------------------------------- receipts, staff, shop


@fact("receipt.started", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class ReceiptStarted(Fact):
    """Written before the first byte goes to the printer, so that a restart never prints a second copy."""

    sale: str
    receipt: str


@fact("receipt.settled", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class ReceiptSettled(Fact):
    sale: str
    receipt: str
    state: str
    """printed (proven), digital_only (nothing was sent) or unconfirmed."""
    reason: str


@fact("scan.refused", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class ScanRefused(Fact):
    booth: str
    sale: str
    why: str
    code: str
    """The goods code; empty for anything that might be a payment code."""


@fact("help.called", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class HelpCalled(Fact):
    booth: str
    sale: str


@fact("help.seen", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class HelpSeen(Fact):
    """Staff saw the call: somebody is coming."""

    booth: str
    sale: str
    by: str


@fact("help.ended", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class HelpEnded(Fact):
    booth: str
    sale: str
    by: str


@fact("staff.alarmed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class StaffAlarmed(Fact):
    """Something a person has to look at: integrity, parked, refund_refused, anchor_not_kept …"""

    why: str
    booth: str
    subject: str
    detail: str


# ---------------------------------------------------------------- the daily match


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which journal, attempts and bill of a day do not agree; `kind` is a domain.match.Kind."""

    kind: str
    number: str
    """Merchant order number."""
    refund: str
    """Refund number; empty where it is about a payment."""
    sale: str
    """Empty where we know of none."""
    ours: Fen | None
    theirs: Fen | None
    detail: str


@fact("day.matched", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class DayMatched(Fact):
    """A channel's bill of a day was compared with the books. A later one of the same day and channel replaces it."""

    day: str
    channel: str
    bill: str
    """SHA-256 of the file as it came; empty where the channel knows of nothing on that day."""
    rows: int
    matched: int
    payments_fen: Fen
    refunds_fen: Fen
    fee_mfen: int
    """Thousandths of a fen."""
    differences: tuple[Difference, ...]
    more: int
    """Differences beyond those listed."""


@fact("staff.added", Privacy.STAFF, masks=("token_hash",))
@dataclass(frozen=True, slots=True)
class StaffAdded(Fact):
    """Somebody may act from now on; the same name again gets a new role and a new token."""

    name: str
    role: str
    token_hash: str
    """SHA-256 of a random 256-bit token: nothing to guess, nothing to use."""
    by: str
    reason: str = ""


@fact("staff.removed", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class StaffRemoved(Fact):
    name: str
    by: str
    reason: str = ""


@fact("device.changed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class DeviceChanged(Fact):
    device: str
    state: str
    reasons: tuple[str, ...]


@fact("catalogue.imported", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class CatalogueImported(Fact):
    by: str
    reason: str
    added: int
    changed: int
    removed: int
    digest: str
    """SHA-256 over the whole catalogue after the import; fsck compares."""


@fact("shop.started", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class ShopStarted(Fact):
    version: str
    open_attempts: int


@fact("shop.stopped", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class ShopStopped(Fact):
    """A clean stop; a start without one before it was a crash or a power cut."""

    reason: str
