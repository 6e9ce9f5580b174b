"""One shopper's visit to a booth: what is in memory only. Everything of money is in the ledger, not here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from paybooth.domain.facts import Line
from paybooth.domain.payment import Channel, State
from paybooth.domain.pricing import Rule
from paybooth.domain.sale import Phase, Sale

from .settings import Waits
from .spoken import Spoken
from .views import Comfort, Discount, IntentResult, Language, LineView, NoticeView, SaleView, StaffNote

Stage = Literal["choose", "align", "declined"]


@dataclass(slots=True)
class Payment:
    """The attempt on the screen, as far as the till told."""

    attempt: str
    channel: Channel
    presented: bool
    opened_at_ms: int
    code_tail: str
    state: State = State.OPEN
    asked: int = 0
    qr_url: str = ""
    present_s: float = 0.0
    """How long the code on the screen may be paid."""


@dataclass(slots=True)
class Session:
    """Reset when the shopper leaves."""

    language: Language
    waits: Waits = field(default_factory=Waits)
    """As they were when this shopper came: what the screen promised holds."""
    rules: tuple[Rule, ...] | None = None
    """The price rules as they were when this basket began; None for one brought back, which has those of now."""
    comfort: Comfort = field(default_factory=Comfort)
    sale: Sale | None = None
    touched: bool = False
    stage: Stage = "choose"
    chosen: Channel | None = None
    align_tries: int = 0
    payment: Payment | None = None
    declined: str = ""
    notice: NoticeView | None = None
    open_line: int | None = None
    helper: str = ""
    """Who of staff is helping."""
    staff: StaffNote | None = None
    spoken: Spoken | None = None
    paper: tuple[str, str] = ("printing", "")
    paid_at_ms: int = 0
    stage_since_s: float = 0.0
    active_s: float = 0.0
    idle_since_s: float | None = None
    """When “still there?” appeared."""
    staff_since_s: float | None = None
    """Set when a charge was parked: the screen says so for a while, then the booth is free."""
    shown: dict[int, tuple[Line, tuple[Discount, ...], LineView]] = field(default_factory=dict)
    """What each line looked like last and from what it was drawn: a scan redraws one line, not the basket."""
    drawn: tuple[Sale, int | None, SaleView] | None = None
    """The same of the whole basket: while money is on its way, it stays as it is."""
    last_intent: IntentResult | None = None
    seen_intents: dict[str, IntentResult] = field(default_factory=dict)

    @property
    def phase(self) -> Phase | None:
        return self.sale.phase if self.sale else None
