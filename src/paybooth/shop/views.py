"""What a kiosk shows: whole, numbered snapshots. The page is a pure function of `BoothView`.

Every amount is integer fen, every time Unix milliseconds of the box. Texts are keys: the page holds the words
(`locales/*/kiosk.ftl`) in every language, so switching language loses nothing. `ui/shared/contract.ts` is generated
from this module.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Language = Literal["zh-CN", "en"]

Sound = Literal["drip", "low", "paid", "ask"]

Phase = Literal[
    "closed",  # booth out of service or shop closed; `closed_reason` says why
    "attract",  # nobody here
    "shopping",  # goods are being scanned; also with no line yet (just touched)
    "choose",  # how to pay
    "align",  # bring the payment code to the port
    "present",  # scan the QR on this screen with the phone
    "paying",  # the channel works on it, or waits for the password
    "checking",  # no clear answer yet: query, reverse; never charged twice
    "declined",  # a final no; nothing charged; choose again
    "staff",  # parked in doubt or integrity alarm: a person has to look
    "done",  # paid; take the receipt
]

NoticeKind = Literal[
    # scans that did not add a line (low double tone); shown as a slip over the paper
    "unknown_barcode",
    "price_missing",
    "expired",
    "check_digit",
    "unreadable",
    "case_code",
    "not_sold_here",
    "age_restricted",
    "already_scanned",
    "basket_full",
    "quantity_limit",
    "payment_code_early",
    "collection_code",
    "union_pay",
    "ecny",
    "goods_while_paying",
    "label_price_mismatch",
    # notes on a running sale
    "wallet_switched",  # another wallet's code than the tile said: we follow the code
    "total_changed",  # a stale tap was refused because the basket changed
    "code_seen",  # this payment code was scanned a moment ago
    "resumed",  # a parked or interrupted basket is back
    "ledger_full",  # cannot write: nothing was added, nothing charged
    "voided",  # staff ended the sale; nothing was charged
    "wallet_unavailable",  # this wallet's code was read, but the wallet does not work here now
]


class Words(msgspec.Struct, frozen=True):
    """A name in both languages; `en` falls back to `zh` where the catalogue has none."""

    zh: str
    en: str


class Discount(msgspec.Struct, frozen=True):
    """One price rule at work on one line; the rule is named so that the paper can say why."""

    rule: str
    label: Words
    amount_fen: int
    """Negative."""


class LineView(msgspec.Struct, frozen=True):
    id: int
    sku: str
    name: Words
    picture: str
    """Name of a drawing (`goods/<picture>.svg`) or empty."""
    unit: Words
    """Sales unit, such as 袋 / bag."""
    quantity: int
    """Pieces; 1 for a weighed line."""
    weight_g: int | None
    unit_price_fen: int
    """Per piece, or per kilogram where `weight_g` is set."""
    list_price_fen: int | None
    """The struck price beside a member price that replaces it."""
    member_price: bool
    amount_fen: int
    """Before the discounts below."""
    discounts: tuple[Discount, ...]
    expires: str | None
    """ISO date from the barcode, where it carried one."""
    fixed: bool
    """A unique item or weighed label: no quantity buttons."""


class SaleView(msgspec.Struct, frozen=True):
    number: str
    """What shopper and staff call it, such as 0417."""
    lines: tuple[LineView, ...]
    """Newest first."""
    open_line: int | None
    """The line drawn open: the one just scanned or touched last."""
    count: int
    total_fen: int
    saved_fen: int
    member_tail: str | None


class NoticeView(msgspec.Struct, frozen=True):
    """A slip over the paper. `sticky` ones wait for a tap; the others go at `until_ms` or at the next scan."""

    id: int
    kind: NoticeKind
    code: str
    """The goods code as scanned, where showing it is safe; never a payment code."""
    name: Words | None
    date: str | None
    at_ms: int
    until_ms: int
    sticky: bool


class ChannelView(msgspec.Struct, frozen=True):
    channel: Literal["wechat", "alipay"]
    available: bool
    reason: Literal["", "offline", "out_of_service", "not_configured"]
    can_present: bool
    """Whether the booth can show a QR for this wallet."""


class PaymentView(msgspec.Struct, frozen=True):
    channel: Literal["wechat", "alipay"] | None
    amount_fen: int
    needs_user: bool
    """The wallet waits for the shopper's password."""
    qr_svg: str
    """Inline SVG of the code to present; empty otherwise."""
    code_tail: str
    """Last four digits of the payment code."""
    opened_at_ms: int | None
    asked: int
    """How often the channel was asked so far."""
    cancellable: bool
    reversing: bool
    number_tail: str
    """Last eight characters of the order number, for support."""
    declined: Literal[
        "", "code_invalid", "no_money", "refused", "merchant", "request", "reversed", "closed", "not_sent"
    ]
    tries: int


class ReceiptView(msgspec.Struct, frozen=True):
    number: str
    code: str
    """Four characters to read out to staff."""
    url: str
    qr_svg: str
    paper: Literal["printing", "printed", "digital_only", "unconfirmed"]
    reason: str
    """Why there is no paper: paper_out, cover_open, offline, no_answer, off …; empty otherwise."""
    paid_at_ms: int


class DeadlineView(msgspec.Struct, frozen=True):
    """A countdown the page may draw. The box decides; the page only shows."""

    kind: Literal["empty", "choose", "align", "present", "done", "declined"]
    ends_at_ms: int
    total_ms: int


class IdleView(msgspec.Struct, frozen=True):
    """“Still there?” over the paper; any touch or scan answers it."""

    ends_at_ms: int
    total_ms: int


class HelpView(msgspec.Struct, frozen=True):
    state: Literal["calling", "seen"]
    """`seen` = staff know, somebody is coming."""
    since_ms: int
    """When the shopper called."""


Deed = Literal["here", "add", "remove", "count", "say", "speak", "approve_age", "price", "ask_wallet", "reprint"]


class StaffNote(msgspec.Struct, frozen=True):
    """What staff did here, as the shopper is told."""

    what: Deed
    by: str
    name: Words | None
    """The goods it is about."""
    text: str
    """What staff write, or wrote to what they said."""
    at_ms: int
    voice: str = ""
    """A spoken message, to be fetched by this name at `/api/booths/{booth}/voice/`."""
    heard: bool = False
    """The booth's loudspeaker played it to its end."""


class Comfort(msgspec.Struct, frozen=True):
    """What this shopper asked for; reset with the session."""

    large_text: bool = False
    high_contrast: bool = False
    reduced_motion: bool = False
    quiet: bool = False


class ShopCard(msgspec.Struct, frozen=True):
    name: Words
    tagline: Words
    port_side: Literal["below", "left", "right", "above"]
    slot_side: Literal["below", "below_left", "below_right", "left", "right"]
    exit_side: Literal["left", "right", "ahead", "behind"]
    utc_offset_minutes: int
    """The shop's time zone; a kiosk's browser may have another."""
    wedge: bool
    """Whether a keyboard-wedge scanner types into the page."""


class IntentResult(msgspec.Struct, frozen=True):
    id: str
    ok: bool
    code: str
    """Why not: stale, refused, malformed, unknown; empty when ok."""


class BoothView(msgspec.Struct, frozen=True):
    booth: str
    phase: Phase
    closed_reason: Literal["", "hours", "maintenance", "scanner", "ledger", "starting"]
    language: Language
    comfort: Comfort
    shop: ShopCard
    sale: SaleView | None
    notice: NoticeView | None
    channels: tuple[ChannelView, ...]
    payment: PaymentView | None
    receipt: ReceiptView | None
    deadline: DeadlineView | None
    idle: IdleView | None
    help: HelpView | None
    helper: str
    """Who of staff is helping from afar; empty for nobody."""
    staff: StaffNote | None
    paper: Literal["ok", "near_end", "none", "unknown"]
    """The receipt printer in one word; `none` means receipts go to the phone."""
    last_intent: IntentResult | None


# ---------------------------------------------------------------- socket frames, box → page


class Hello(msgspec.Struct, frozen=True):
    epoch: str
    ui_build: str
    server_time_ms: int
    type: Literal["hello"] = "hello"


class Snapshot(msgspec.Struct, frozen=True):
    epoch: str
    rev: int
    server_time_ms: int
    view: BoothView
    type: Literal["snapshot"] = "snapshot"


class Cue(msgspec.Struct, frozen=True):
    """A transient sound; never replayed. `drip` = a line was added, `low` = it was not, `paid` = success."""

    id: int
    sound: Sound
    type: Literal["cue"] = "cue"


class Pong(msgspec.Struct, frozen=True):
    t: float
    server_time_ms: int
    type: Literal["pong"] = "pong"


ServerFrame = Hello | Snapshot | Cue | Pong
