"""From session to `BoothView`: pure presentation, no decision."""

from __future__ import annotations

from dataclasses import dataclass

from paybooth.domain.facts import Line
from paybooth.domain.payment import State
from paybooth.domain.sale import Phase as SalePhase
from paybooth.domain.sale import Sale

from . import views as v
from .session import Session
from .settings import BoothSettings, ShopSettings, Waits


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the screen shows besides the session."""

    shop: v.ShopCard
    now_ms: int
    now_s: float
    closed: str
    channels: tuple[v.ChannelView, ...]
    paper: str
    cancellable: bool
    help: v.HelpView | None
    receipt_url: str
    receipt_code: str
    receipt_qr: str
    present_qr: str


def card(shop: ShopSettings, booth: BoothSettings) -> v.ShopCard:
    return v.ShopCard(
        name=v.Words(shop.name_zh, shop.name_en),
        tagline=v.Words(shop.tagline_zh, shop.tagline_en),
        port_side=booth.port_side,
        slot_side=booth.slot_side,
        exit_side=booth.exit_side,
        utc_offset_minutes=shop.utc_offset_minutes,
        wedge=booth.wedge,
    )


def phase_of(session: Session, closed: str) -> v.Phase:
    """Which page this is."""
    sale = session.sale
    if session.staff_since_s is not None:
        return "staff"
    if sale is None:
        if closed:
            return "closed"
        return "shopping" if session.touched else "attract"
    match sale.phase:
        case SalePhase.SHOPPING:
            return "shopping"
        case SalePhase.CHOOSING:
            return session.stage
        case SalePhase.PAYING:
            return _paying_page(session)
        case SalePhase.PAID:
            return "done"
        case _:
            return "attract"


def _paying_page(session: Session) -> v.Phase:
    payment = session.payment
    if payment is None or payment.state in (State.UNKNOWN, State.REVERSING):
        return "checking"
    if payment.presented:
        return "present"
    return "paying"


def build(booth: BoothSettings, session: Session, around: Surroundings) -> v.BoothView:
    """The whole view."""
    phase = phase_of(session, around.closed)
    return v.BoothView(
        booth=booth.id,
        phase=phase,
        closed_reason=around.closed if phase == "closed" else "",  # type: ignore[arg-type]  # watch gives these words
        language=session.language,
        comfort=session.comfort,
        shop=around.shop,
        sale=_sale(session.sale, session) if session.sale else None,
        notice=session.notice,
        channels=around.channels,
        payment=_payment(session, around) if _has_payment(phase) else None,
        receipt=_receipt(session, around) if phase == "done" else None,
        deadline=deadline(phase, session, session.waits, around),
        idle=_idle(session, session.waits, around),
        help=around.help,
        helper=session.helper,
        staff=session.staff,
        paper=around.paper,  # type: ignore[arg-type]  # watch gives these words
        last_intent=session.last_intent,
    )


def _has_payment(phase: v.Phase) -> bool:
    return phase in ("choose", "align", "present", "paying", "checking", "declined", "staff", "done")


def _sale(sale: Sale, session: Session) -> v.SaleView:
    drawn = session.drawn
    if drawn is None or drawn[0] is not sale or drawn[1] != session.open_line:
        drawn = session.drawn = sale, session.open_line, _basket(sale, session)
    return drawn[2]


def _basket(sale: Sale, session: Session) -> v.SaleView:
    discounts: dict[int, tuple[v.Discount, ...]] = {}
    for entry in sale.discounts:
        shown = v.Discount(entry.rule, v.Words(entry.label_zh, entry.label_en or entry.label_zh), entry.amount)
        discounts[entry.line] = (*discounts.get(entry.line, ()), shown)
    lines = tuple(_shown(line, discounts.get(line.id, ()), session) for line in reversed(sale.lines))
    return v.SaleView(
        number=sale.number,
        lines=lines,
        open_line=session.open_line,
        count=sale.count,
        total_fen=sale.total,
        saved_fen=sale.saved,
        member_tail=sale.member_tail,
    )


def _shown(line: Line, discounts: tuple[v.Discount, ...], session: Session) -> v.LineView:
    known = session.shown.get(line.id)
    if known is not None and known[0] is line and known[1] == discounts:
        return known[2]
    drawn = _line(line, discounts)
    session.shown[line.id] = line, discounts, drawn
    return drawn


def _line(line: Line, discounts: tuple[v.Discount, ...]) -> v.LineView:
    member = line.unit_price != line.list_price
    return v.LineView(
        id=line.id,
        sku=line.sku,
        name=v.Words(line.name_zh, line.name_en or line.name_zh),
        picture=line.picture,
        unit=v.Words(line.unit_zh, line.unit_en),
        quantity=line.quantity,
        weight_g=line.weight_g,
        unit_price_fen=line.unit_price,
        list_price_fen=line.list_price if member else None,
        member_price=member,
        amount_fen=line.amount,
        discounts=discounts,
        expires=line.expires,
        fixed=line.fixed,
    )


def _payment(session: Session, around: Surroundings) -> v.PaymentView:
    payment = session.payment
    channel = payment.channel if payment else session.chosen
    return v.PaymentView(
        channel=None if channel is None else channel.value,
        amount_fen=session.sale.total if session.sale else 0,
        needs_user=payment is not None and payment.state is State.NEEDS_USER,
        qr_svg=around.present_qr,
        code_tail=payment.code_tail if payment else "",
        opened_at_ms=payment.opened_at_ms if payment else None,
        asked=payment.asked if payment else 0,
        cancellable=around.cancellable,
        reversing=payment is not None and payment.state is State.REVERSING,
        number_tail=payment.attempt[-8:] if payment else "",
        declined=session.declined,  # type: ignore[arg-type]  # values of domain.payment.Decline
        tries=session.align_tries,
    )


def _receipt(session: Session, around: Surroundings) -> v.ReceiptView:
    assert session.sale is not None and session.sale.receipt is not None
    state, reason = session.paper
    return v.ReceiptView(
        number=session.sale.receipt,
        code=around.receipt_code,
        url=around.receipt_url,
        qr_svg=around.receipt_qr,
        paper=state,  # type: ignore[arg-type]  # values of facts.ReceiptSettled.state
        reason=reason,
        paid_at_ms=session.paid_at_ms,
    )


def wait_of(phase: v.Phase, session: Session, waits: Waits) -> float | None:
    """How long this page may stand before the booth acts, or None."""
    match phase:
        case "shopping" if session.sale is None or not session.sale.lines:
            return waits.empty_s
        case "choose":
            return waits.choose_s
        case "align":
            return waits.align_s
        case "declined":
            return waits.declined_s
        case "done":
            return waits.done_s
        case "staff":
            return waits.staff_s
        case _:
            return None


def deadline(phase: v.Phase, session: Session, waits: Waits, around: Surroundings) -> v.DeadlineView | None:
    """The countdown to draw."""
    payment = session.payment
    if phase == "present" and payment is not None:
        ends = payment.opened_at_ms + int(payment.present_s * 1000)
        return v.DeadlineView("present", ends, int(payment.present_s * 1000))
    wait_s = wait_of(phase, session, waits)
    if wait_s is None or phase == "staff":
        return None
    kind = "empty" if phase == "shopping" else phase
    ends = around.now_ms + int((session.stage_since_s + wait_s - around.now_s) * 1000)
    return v.DeadlineView(kind, ends, int(wait_s * 1000))  # type: ignore[arg-type]  # phases with a wait


def _idle(session: Session, waits: Waits, around: Surroundings) -> v.IdleView | None:
    if session.idle_since_s is None:
        return None
    ends = around.now_ms + int((session.idle_since_s + waits.idle_ring_s - around.now_s) * 1000)
    return v.IdleView(ends, int(waits.idle_ring_s * 1000))
