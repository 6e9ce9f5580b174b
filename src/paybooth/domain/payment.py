"""One try to charge: its verdicts, its state machine, its timing, and the integrity rule.

The rule that everything else serves: no clear answer is never a "no". A verdict is paid, declined, needs-user or
unknown; only the first two are final. Everything else is queried, then reversed, until the channel says a final word.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from .money import Fen


class Channel(StrEnum):
    """A way to pay."""

    WECHAT = "wechat"
    ALIPAY = "alipay"


class Mode(StrEnum):
    """Who shows the code: the shopper (we scan it) or the booth (the shopper scans our screen)."""

    CODE = "code"
    PRESENTED = "presented"


class Decline(StrEnum):
    """Why a channel said a final no. Closed list: the kiosk has words for each."""

    CODE_INVALID = "code_invalid"  # expired, used or malformed payment code: show a fresh one
    NO_MONEY = "no_money"  # balance or card limit of the shopper
    REFUSED = "refused"  # the wallet refuses this payer or payment: choose another way
    MERCHANT = "merchant"  # our contract, key or configuration: the channel is out of service here
    REQUEST = "request"  # our request was wrong: a bug of ours, alarm
    REVERSED = "reversed"  # taken back, by us or by the channel; money returned if it had been taken
    CLOSED = "closed"  # the order was closed unpaid
    NOT_SENT = "not_sent"  # no connection could be made: provably nothing left the box


class Doubt(StrEnum):
    """Why an answer is not clear."""

    NO_ANSWER = "no_answer"  # timeout, reset, TLS error: it may have happened
    BUSY = "busy"  # rate limit, 5xx, "system error"
    GARBLED = "garbled"  # unreadable, unsigned or badly signed
    UNDOCUMENTED = "undocumented"  # a code nobody wrote down
    FAILED = "failed"  # the channel says it failed, but only taking it back makes that final
    NO_SUCH_ORDER = "no_such_order"  # query only: never proof that the charge will not arrive
    INTEGRITY = "integrity"  # amount, currency, merchant or number is not what we asked: staff alarm


@dataclass(frozen=True, slots=True)
class Paid:
    """The channel says the money was taken, and amount, currency, merchant and number equal ours."""

    transaction: str
    """The channel's own number."""
    paid_at_ms: int | None
    """Unix milliseconds as the channel states it."""
    payer_paid: Fen
    """What the shopper's wallet was charged; less than the order where the wallet gave a coupon."""


@dataclass(frozen=True, slots=True)
class Declined:
    reason: Decline
    code: str
    """The channel's own code, for staff."""


@dataclass(frozen=True, slots=True)
class NeedsUser:
    """The shopper has to do something on the phone (password, or scan our QR)."""


@dataclass(frozen=True, slots=True)
class Unknown:
    doubt: Doubt
    detail: str
    """For staff; never holds a payment code or a secret."""


Verdict = Paid | Declined | NeedsUser | Unknown


class Undo(StrEnum):
    """What a reverse or close came to."""

    UNDONE = "undone"  # final: nothing is charged; what was taken goes back
    STILL_PAID = "still_paid"  # final: paid, and only a refund can give it back
    NOT_YET = "not_yet"  # refused for now or no clear answer: ask again


class RefundStatus(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Order:
    """What we ask a channel to charge. Immutable: a new code or a new amount is a new order with a new number."""

    number: str
    """The merchant order number, the idempotency key: 6 to 32 letters and digits, unique for ever."""
    channel: Channel
    mode: Mode
    amount: Fen
    description: str
    """What the payer reads in the wallet, ≤ 42 characters."""
    booth: str
    shop: str
    opened_at_ms: int


@dataclass(frozen=True, slots=True)
class Timing:
    """When to ask, when to give up, when to take back. Seconds since the attempt was opened unless said otherwise.

    Source: WeChat micropay page and Alipay trade.pay guide as restated in docs/design/payment.md.
    """

    first_queries_s: tuple[float, ...]
    then_every_s: float
    deadline_s: float
    """After this, one last query, then reverse."""
    reverse_not_before_s: float
    """WeChat: a reverse earlier than 15 s after the charge is refused by rule."""
    reverse_retries_s: tuple[float, ...]
    """Waits between reverse tries, each since the one before."""
    reverse_then_every_s: float
    reverse_for_s: float
    """How long the channel accepts a reverse; afterwards only a refund returns money."""
    park_after_s: float
    """Reversing without an answer for this long frees the booth and calls staff; settling goes on."""

    def next_query_s(self, asked: int) -> float:
        """Seconds after opening at which query number `asked` (0-based) is due."""
        if asked < len(self.first_queries_s):
            return self.first_queries_s[asked]
        last = self.first_queries_s[-1] if self.first_queries_s else 0.0
        return last + (asked - len(self.first_queries_s) + 1) * self.then_every_s

    def next_reverse_wait_s(self, tried: int) -> float:
        """Seconds to wait after reverse try number `tried` (0-based) before the next."""
        return self.reverse_retries_s[tried] if tried < len(self.reverse_retries_s) else self.reverse_then_every_s


class State(StrEnum):
    """Where an attempt stands. `OPEN` is written before the request leaves the box."""

    OPEN = "open"
    NEEDS_USER = "needs_user"
    UNKNOWN = "unknown"
    REVERSING = "reversing"
    PARKED = "parked"
    PAID = "paid"
    DECLINED = "declined"
    REVERSED = "reversed"


class Event(StrEnum):
    """What can happen to an attempt."""

    PAID = "paid"
    DECLINED = "declined"
    NEEDS_USER = "needs_user"
    UNKNOWN = "unknown"
    REVERSE = "reverse"  # we decided to take it back (deadline, or the shopper cancelled)
    UNDONE = "undone"
    MUTE = "mute"  # reversing for too long without an answer


FINAL = frozenset({State.PAID, State.DECLINED, State.REVERSED})

TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.OPEN, Event.PAID): State.PAID,
    (State.OPEN, Event.DECLINED): State.DECLINED,
    (State.OPEN, Event.NEEDS_USER): State.NEEDS_USER,
    (State.OPEN, Event.UNKNOWN): State.UNKNOWN,
    (State.OPEN, Event.REVERSE): State.REVERSING,
    (State.NEEDS_USER, Event.PAID): State.PAID,
    (State.NEEDS_USER, Event.DECLINED): State.DECLINED,
    (State.NEEDS_USER, Event.NEEDS_USER): State.NEEDS_USER,
    (State.NEEDS_USER, Event.UNKNOWN): State.UNKNOWN,
    (State.NEEDS_USER, Event.REVERSE): State.REVERSING,
    (State.UNKNOWN, Event.PAID): State.PAID,
    (State.UNKNOWN, Event.DECLINED): State.DECLINED,
    (State.UNKNOWN, Event.NEEDS_USER): State.NEEDS_USER,
    (State.UNKNOWN, Event.UNKNOWN): State.UNKNOWN,
    (State.UNKNOWN, Event.REVERSE): State.REVERSING,
    # Once a reverse has left the box its fate may be unknown, so "paid" no longer settles a scanned code:
    # only UNDONE or a stated STILL_PAID (event PAID) ends it.
    (State.REVERSING, Event.UNDONE): State.REVERSED,
    (State.REVERSING, Event.DECLINED): State.DECLINED,
    (State.REVERSING, Event.PAID): State.PAID,
    (State.REVERSING, Event.MUTE): State.PARKED,
    (State.PARKED, Event.UNDONE): State.REVERSED,
    (State.PARKED, Event.DECLINED): State.DECLINED,
    (State.PARKED, Event.PAID): State.PAID,
}


def step(state: State, event: Event) -> State:
    """The next state; an illegal pair is a programming error and stops the attempt loudly."""
    assert (state, event) in TRANSITIONS, f"attempt: {event} is illegal in {state}"
    return TRANSITIONS[state, event]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as the ledger holds it."""

    number: str
    sale: str
    booth: str
    channel: Channel
    mode: Mode
    amount: Fen
    code_last4: str
    state: State
    opened_ms: int
    settled_ms: int | None
    transaction: str
    payer_paid: Fen
    reason: str
    code: str
    paid_at_ms: int | None = None
    """When the channel says the money came; its bill cuts days by this."""

    def order(self, *, description: str, shop: str) -> Order:
        """What the channel was asked, rebuilt after a restart."""
        return Order(self.number, self.channel, self.mode, self.amount, description, self.booth, shop, self.opened_ms)


def event_of(verdict: Verdict) -> Event:
    """The machine's event for a channel's verdict."""
    match verdict:
        case Paid():
            return Event.PAID
        case Declined():
            return Event.DECLINED
        case NeedsUser():
            return Event.NEEDS_USER
        case Unknown():
            return Event.UNKNOWN
        case never:
            assert_never(never)


def integrity(
    order: Order, *, amount: int | None, currency: str | None, merchant: str | None, ours: str, number: str | None
) -> str | None:
    """Compare what a reply states with what we asked: the text of the first difference, or None when all is equal.

    `merchant` is the reply's merchant id, `ours` the configured one. A field the channel left out of a "paid" reply
    counts as a difference: signatures prove the sender, not the sum.
    """
    if number != order.number:
        return f"number {number!r} is not {order.number!r}"
    if amount != order.amount:
        return f"amount {amount!r} is not {order.amount}"
    if currency != "CNY":
        return f"currency {currency!r} is not CNY"
    if merchant != ours:
        return f"merchant {merchant!r} is not {ours!r}"
    return None
