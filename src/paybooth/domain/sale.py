"""The basket and the sale machine: `decide` gives facts or a refusal, `apply` folds a fact in.

`apply` is used live, at restart and by fsck, so what the tables say and what the journal says cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from . import pricing
from .barcode import GoodsCode
from .facts import (
    AttemptOpened,
    AttemptSettled,
    DiscountEntry,
    Fact,
    Line,
    LineAdded,
    LineChanged,
    LineRemoved,
    MemberJoined,
    SaleAbandoned,
    SaleConfirmed,
    SaleDiscounted,
    SaleHeld,
    SaleOpened,
    SalePaid,
    SaleParked,
    SaleReopened,
    SaleResumed,
    SaleVoided,
)
from .goods import Product, weight_price
from .money import MOST, Fen
from .payment import Channel, Mode

MOST_LINES = 200
"""Lines of one sale; a fuller basket is asked to pay first."""

LABEL_TOLERANCE_FEN = 1
"""A label whose price and weight disagree with the catalogue by more is refused."""


class Phase(StrEnum):
    SHOPPING = "shopping"
    CHOOSING = "choosing"
    PAYING = "paying"
    PARKED = "parked"
    HELD = "held"
    PAID = "paid"
    ABANDONED = "abandoned"


class Step(StrEnum):
    """Events of the sale machine."""

    EDIT = "edit"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    CHARGE = "charge"
    NO_CHARGE = "no_charge"  # the attempt ended without money
    PAY = "pay"
    HOLD = "hold"
    PARK = "park"
    RESUME = "resume"
    ABANDON = "abandon"


TRANSITIONS: dict[tuple[Phase, Step], Phase] = {
    (Phase.SHOPPING, Step.EDIT): Phase.SHOPPING,
    (Phase.SHOPPING, Step.CONFIRM): Phase.CHOOSING,
    (Phase.SHOPPING, Step.PARK): Phase.PARKED,
    (Phase.SHOPPING, Step.ABANDON): Phase.ABANDONED,
    (Phase.CHOOSING, Step.REOPEN): Phase.SHOPPING,
    (Phase.CHOOSING, Step.CHARGE): Phase.PAYING,
    (Phase.CHOOSING, Step.PARK): Phase.PARKED,
    (Phase.CHOOSING, Step.ABANDON): Phase.ABANDONED,
    (Phase.PAYING, Step.NO_CHARGE): Phase.CHOOSING,
    (Phase.PAYING, Step.PAY): Phase.PAID,
    (Phase.PAYING, Step.HOLD): Phase.HELD,
    (Phase.HELD, Step.NO_CHARGE): Phase.HELD,
    (Phase.HELD, Step.ABANDON): Phase.ABANDONED,
    (Phase.PARKED, Step.RESUME): Phase.SHOPPING,
    (Phase.PARKED, Step.ABANDON): Phase.ABANDONED,
}

ENDED = frozenset({Phase.PAID, Phase.ABANDONED})


def move(phase: Phase, step: Step) -> Phase:
    """The next phase; an illegal pair is a programming error."""
    assert (phase, step) in TRANSITIONS, f"sale: {step} is illegal in {phase}"
    return TRANSITIONS[phase, step]


@dataclass(frozen=True, slots=True)
class Sale:
    id: str
    number: str
    booth: str
    phase: Phase = Phase.SHOPPING
    language: str = "zh-CN"
    lines: tuple[Line, ...] = ()
    """In the order they were added."""
    discounts: tuple[DiscountEntry, ...] = ()
    member: str | None = None
    member_tail: str | None = None
    attempt: str | None = None
    """The attempt in flight, or the one that paid."""
    attempts: int = 0
    receipt: str | None = None
    last_line: int = 0

    @property
    def total(self) -> Fen:
        return Fen(sum(line.amount for line in self.lines) + sum(d.amount for d in self.discounts))

    @property
    def count(self) -> int:
        """Pieces in the bag: a weighed line is one."""
        return sum(line.quantity for line in self.lines)

    @property
    def saved(self) -> Fen:
        """What the shopper saved: discounts and member prices."""
        by_member = sum((li.list_price - li.unit_price) * li.quantity for li in self.lines if li.weight_g is None)
        return Fen(by_member - sum(d.amount for d in self.discounts))

    def line(self, line_id: int) -> Line | None:
        return next((line for line in self.lines if line.id == line_id), None)


class Refusal(StrEnum):
    """Why a command was not carried out. Normal life, not an error; the kiosk has words for each."""

    PRICE_MISSING = "price_missing"
    EXPIRED = "expired"
    NOT_SOLD_HERE = "not_sold_here"
    AGE_RESTRICTED = "age_restricted"
    ALREADY_SCANNED = "already_scanned"
    BASKET_FULL = "basket_full"
    QUANTITY_LIMIT = "quantity_limit"
    LABEL_PRICE_MISMATCH = "label_price_mismatch"
    NO_SUCH_LINE = "no_such_line"
    WRONG_PHASE = "wrong_phase"
    TOTAL_CHANGED = "total_changed"
    EMPTY = "empty"


# ---------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class AddPiece:
    product: Product
    code: GoodsCode
    laid: bool = False
    """Seen by radio: a unit scanned by its plain barcode is taken for this very piece, not paid beside it."""
    of_age: bool = False
    """Staff looked at who buys it."""


@dataclass(frozen=True, slots=True)
class SetQuantity:
    line: int
    quantity: int


@dataclass(frozen=True, slots=True)
class RemoveLine:
    line: int


@dataclass(frozen=True, slots=True)
class JoinMember:
    member: str
    tail: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """`total` is what the shopper saw; another total is refused."""

    total: Fen


@dataclass(frozen=True, slots=True)
class Reopen:
    pass


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    attempt: str
    channel: Channel
    mode: Mode
    code_hash: str
    code_last4: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Park:
    pass


@dataclass(frozen=True, slots=True)
class Resume:
    booth: str


@dataclass(frozen=True, slots=True)
class Abandon:
    reason: str


Command = AddPiece | SetQuantity | RemoveLine | JoinMember | Confirm | Reopen | OpenAttempt | Park | Resume | Abandon
Decision = tuple[Fact, ...] | Refusal


@dataclass(frozen=True, slots=True)
class Terms:
    """What a decision depends on besides the sale: the rules and the shop's local time."""

    rules: tuple[pricing.Rule, ...]
    now: datetime


def open_sale(sale: str, number: str, booth: str, language: str) -> SaleOpened:
    return SaleOpened(sale, number, booth, language)


def decide(sale: Sale, command: Command, terms: Terms) -> Decision:
    """The facts a command makes, or why not. Never changes anything."""
    match command:
        case AddPiece():
            return _edited(sale, _add(sale, command, terms.now), terms)
        case SetQuantity():
            return _edited(sale, _set_quantity(sale, command), terms)
        case RemoveLine():
            removed = Refusal.NO_SUCH_LINE if sale.line(command.line) is None else (LineRemoved(sale.id, command.line),)
            return _edited(sale, removed, terms)
        case JoinMember():
            lines = tuple(_for_member(line) for line in sale.lines)
            return _edited(sale, (MemberJoined(sale.id, command.member, command.tail, lines),), terms)
        case Confirm():
            return _confirm(sale, command)
        case OpenAttempt():
            return _open_attempt(sale, command)
        case Reopen():
            return (SaleReopened(sale.id),) if sale.phase is Phase.CHOOSING else Refusal.WRONG_PHASE
        case Park():
            fits = sale.phase in (Phase.SHOPPING, Phase.CHOOSING) and sale.lines
            return (SaleParked(sale.id),) if fits else Refusal.WRONG_PHASE
        case Resume():
            return (SaleResumed(sale.id, command.booth),) if sale.phase is Phase.PARKED else Refusal.WRONG_PHASE
        case Abandon():
            legal = (sale.phase, Step.ABANDON) in TRANSITIONS
            return (SaleAbandoned(sale.id, command.reason),) if legal else Refusal.WRONG_PHASE


def void(sale: Sale, by: str, reason: str, note: str) -> Decision:
    """Staff end a sale that nobody paid. Not while money is or may be on its way: then the till has the last word."""
    if sale.phase not in (Phase.SHOPPING, Phase.CHOOSING, Phase.PARKED):
        return Refusal.WRONG_PHASE
    return (SaleVoided(sale.id, by, reason, note), SaleAbandoned(sale.id, "voided"))


def _edited(sale: Sale, decision: Decision, terms: Terms) -> Decision:
    """An edit plus the discounts that hold after it."""
    if sale.phase is not Phase.SHOPPING:
        return Refusal.WRONG_PHASE
    if isinstance(decision, Refusal):
        return decision
    after = sale
    for each in decision:
        after = apply(after, each)
    entries = price(after, terms)
    if sum(line.amount for line in after.lines) > MOST:
        return Refusal.BASKET_FULL
    if entries != after.discounts:
        return (*decision, SaleDiscounted(sale.id, entries))
    return decision


def priced(sale: Sale) -> tuple[pricing.Priced, ...]:
    """The lines as price rules see them."""
    return tuple(
        pricing.Priced(li.id, li.sku, li.unit_price, li.quantity, li.amount, li.weight_g is not None)
        for li in sale.lines
    )


def price(sale: Sale, terms: Terms) -> tuple[DiscountEntry, ...]:
    """The discounts of this basket under these terms."""
    if not terms.rules:
        return ()
    found = pricing.discounts(priced(sale), terms.rules, terms.now, member=sale.member is not None)
    return tuple(DiscountEntry(d.line, d.rule, d.label_zh, d.label_en, d.amount) for d in found)


def _add(sale: Sale, command: AddPiece, now: datetime) -> Decision:
    product, code = command.product, command.code
    counted = _counted(sale, product) if command.laid and code.serial is not None else None
    refusal = _refuse_piece(sale, command, now)
    if refusal is not None and (counted is None or refusal is not Refusal.QUANTITY_LIMIT):
        return refusal
    if counted is not None:
        return _name(sale, product, code, counted)
    assert product.price is not None
    member_pays = sale.member is not None and product.member_price is not None
    unit = product.member_price if member_pays and product.member_price is not None else product.price
    if product.weighed:
        grams = code.weight_g
        amount = weight_price(unit, grams) if grams else unit
        if grams is None:  # a price-only label: the price stands, the weight is derived for the receipt
            assert code.price_fen is not None
            grams = max(1, (code.price_fen * 2000 + product.price) // (2 * product.price))
            amount = code.price_fen if unit == product.price else weight_price(unit, grams)
        return (LineAdded(sale.id, _new_line(sale, product, code, unit, amount, grams)),)
    if code.serial is None:
        same = next((li for li in sale.lines if li.sku == product.sku and not li.fixed and li.unit_price == unit), None)
        if same is not None:
            quantity = same.quantity + 1
            return (LineChanged(sale.id, same.id, quantity, Fen(same.unit_price * quantity)),)
    return (LineAdded(sale.id, _new_line(sale, product, code, unit, unit, None)),)


def _counted(sale: Sale, product: Product) -> Line | None:
    """The line in which units of this product are counted without saying which."""
    return next((li for li in sale.lines if li.sku == product.sku and li.serial is None and not li.fixed), None)


def _name(sale: Sale, product: Product, code: GoodsCode, counted: Line) -> Decision:
    """One of the counted units turns out to be this very piece: at the price it was shown with, and no more of them."""
    unit, left = counted.unit_price, counted.quantity - 1
    rest = LineChanged(sale.id, counted.id, left, Fen(unit * left)) if left else LineRemoved(sale.id, counted.id)
    return (rest, LineAdded(sale.id, _new_line(sale, product, code, unit, unit, None)))


def _refuse_piece(sale: Sale, command: AddPiece, now: datetime) -> Refusal | None:
    product, code = command.product, command.code
    if not product.active:
        return Refusal.NOT_SOLD_HERE
    if product.price is None:
        return Refusal.PRICE_MISSING
    ends = code.expires.isoformat() if code.expires is not None else product.best_before
    if ends is not None and ends < now.date().isoformat():
        return Refusal.EXPIRED
    if product.min_age and not command.of_age:
        return Refusal.AGE_RESTRICTED
    if code.serial is not None and any(li.sku == product.sku and li.serial == code.serial for li in sale.lines):
        return Refusal.ALREADY_SCANNED
    if sum(li.quantity for li in sale.lines if li.sku == product.sku) >= product.most_per_sale:
        return Refusal.QUANTITY_LIMIT
    if len(sale.lines) >= MOST_LINES:
        return Refusal.BASKET_FULL
    if product.weighed:
        return _refuse_label(product, code)
    return Refusal.LABEL_PRICE_MISMATCH if code.price_fen is not None else None


def _refuse_label(product: Product, code: GoodsCode) -> Refusal | None:
    """A weighed piece needs a weight or a price, and where it has both they must agree with the catalogue."""
    assert product.price is not None
    if code.weight_g is None and code.price_fen is None:
        return Refusal.PRICE_MISSING
    if (code.weight_g is not None and not 0 < code.weight_g <= 99_999) or code.price_fen == 0:
        return Refusal.LABEL_PRICE_MISMATCH
    if code.weight_g is not None and code.price_fen is not None:
        slack = LABEL_TOLERANCE_FEN + product.price // 1000
        if abs(weight_price(product.price, code.weight_g) - code.price_fen) > slack:
            return Refusal.LABEL_PRICE_MISMATCH
    return None


def _new_line(sale: Sale, product: Product, code: GoodsCode, unit: Fen, amount: Fen, weight_g: int | None) -> Line:
    assert product.price is not None
    return Line(
        id=sale.last_line + 1,
        sku=product.sku,
        name_zh=product.name_zh,
        name_en=product.name_en,
        unit_zh=product.unit_zh,
        unit_en=product.unit_en,
        picture=product.picture,
        quantity=1,
        unit_price=unit,
        list_price=product.price,
        member_price=product.member_price,
        amount=amount,
        tax_permille=product.tax_permille,
        weight_g=weight_g,
        serial=code.serial,
        expires=code.expires.isoformat() if code.expires else None,
        most=product.most_per_sale,
    )


def _set_quantity(sale: Sale, command: SetQuantity) -> Decision:
    line = sale.line(command.line)
    if line is None:
        return Refusal.NO_SUCH_LINE
    if line.fixed or not 1 <= command.quantity <= line.most:
        return Refusal.QUANTITY_LIMIT
    return (LineChanged(sale.id, line.id, command.quantity, Fen(line.unit_price * command.quantity)),)


def _for_member(line: Line) -> Line:
    if line.member_price is None or line.member_price >= line.unit_price:
        return line
    unit = line.member_price
    amount = Fen(unit * line.quantity) if line.weight_g is None else weight_price(unit, line.weight_g)
    return replace(line, unit_price=unit, amount=amount)


def _confirm(sale: Sale, command: Confirm) -> Decision:
    if sale.phase is not Phase.SHOPPING:
        return Refusal.WRONG_PHASE
    if not sale.lines:
        return Refusal.EMPTY
    if command.total != sale.total:
        return Refusal.TOTAL_CHANGED
    return (SaleConfirmed(sale.id, sale.total, sale.count),)


def _open_attempt(sale: Sale, command: OpenAttempt) -> Decision:
    """One attempt at a time: a second one while one is in flight is refused by the phase."""
    if sale.phase is not Phase.CHOOSING or sale.total <= 0:
        return Refusal.WRONG_PHASE
    return (
        AttemptOpened(
            attempt=command.attempt,
            sale=sale.id,
            booth=sale.booth,
            channel=command.channel,
            mode=command.mode,
            amount=sale.total,
            code_hash=command.code_hash,
            code_last4=command.code_last4,
            opened_at_ms=command.at_ms,
        ),
    )


def begin(opened: SaleOpened) -> Sale:
    """The sale a `sale.opened` fact starts."""
    return Sale(id=opened.sale, number=opened.number, booth=opened.booth, language=opened.language)


def apply(sale: Sale, happened: Fact) -> Sale:
    """Fold one fact of this sale in. Facts that do not concern the sale's own state leave it as it is."""
    match happened:
        case LineAdded(line=line):
            assert line.id == sale.last_line + 1, "line ids count up"
            return replace(sale, phase=move(sale.phase, Step.EDIT), lines=(*sale.lines, line), last_line=line.id)
        case LineChanged(line=line_id, quantity=quantity, amount=amount):
            assert quantity >= 1
            lines = tuple(
                replace(li, quantity=quantity, amount=amount) if li.id == line_id else li for li in sale.lines
            )
            return replace(sale, phase=move(sale.phase, Step.EDIT), lines=lines)
        case LineRemoved(line=line_id):
            lines = tuple(li for li in sale.lines if li.id != line_id)
            gone = tuple(d for d in sale.discounts if d.line != line_id)
            return replace(sale, phase=move(sale.phase, Step.EDIT), lines=lines, discounts=gone)
        case MemberJoined(member=member, tail=tail, lines=lines):
            return replace(sale, phase=move(sale.phase, Step.EDIT), lines=lines, member=member, member_tail=tail)
        case SaleDiscounted(discounts=entries):
            return replace(sale, discounts=entries)
        case SaleConfirmed(total=total):
            assert total == sale.total
            return replace(sale, phase=move(sale.phase, Step.CONFIRM))
        case SaleReopened():
            return replace(sale, phase=move(sale.phase, Step.REOPEN))
        case AttemptOpened(attempt=attempt, amount=amount):
            assert amount == sale.total
            return replace(sale, phase=move(sale.phase, Step.CHARGE), attempt=attempt, attempts=sale.attempts + 1)
        case AttemptSettled(attempt=attempt, event=event):
            assert attempt == sale.attempt, "only the attempt in flight settles"
            if event == "paid":
                return sale  # sale.paid (or, held, a refund) follows in the same transaction
            return replace(sale, phase=move(sale.phase, Step.NO_CHARGE), attempt=None)
        case SalePaid(receipt=receipt, total=total):
            assert total == sale.total
            return replace(sale, phase=move(sale.phase, Step.PAY), receipt=receipt)
        case SaleHeld():
            return replace(sale, phase=move(sale.phase, Step.HOLD))
        case SaleParked():
            return replace(sale, phase=move(sale.phase, Step.PARK))
        case SaleResumed(booth=booth):
            return replace(sale, phase=move(sale.phase, Step.RESUME), booth=booth)
        case SaleAbandoned():
            return replace(sale, phase=move(sale.phase, Step.ABANDON))
        case _:
            return sale
