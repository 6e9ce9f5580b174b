"""Money that goes back by decision of staff: how much may go, who has to agree, and the machine of one refund.

A refund is an attempt in the other direction: written before its request leaves, one number refunds once, and no clear
answer is never a "no". What is asked for, on its way or done counts against the sale, so the sum can never pass it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .facts import Fact, Line, RefundApproved, RefundAsked, RefundLine, RefundOpened, RefundWithdrawn
from .money import ZERO, Fen
from .payment import Attempt
from .payment import State as AttemptState
from .sale import Phase, Sale

LATE = "late_success"
"""The reason of a refund by rule: the channel took money after a final no. Staff cannot give it."""

MOST_REFUNDS = 50
"""Of one attempt: what WeChat allows (payments facts, refund)."""

LATEST_MS = 365 * 86_400_000
"""After payment; both channels refuse later ones."""

NOTE_MOST = 200


class Reason(StrEnum):
    """Why, as staff say it; the channel shows its words to the payer."""

    RETURNED = "returned"
    FAULTY = "faulty"
    WRONG_PRICE = "wrong_price"
    NOT_RECEIVED = "not_received"
    GOODWILL = "goodwill"
    OTHER = "other"


class State(StrEnum):
    ASKED = "asked"  # a second person has to agree; nothing has left the box
    OPEN = "open"  # written, and asked for until the channel states an end
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    APPROVE = "approve"
    WITHDRAW = "withdraw"
    DONE = "done"
    REFUSED = "refused"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.ASKED, Event.APPROVE): State.OPEN,
    (State.ASKED, Event.WITHDRAW): State.WITHDRAWN,
    (State.OPEN, Event.DONE): State.DONE,
    (State.OPEN, Event.REFUSED): State.REFUSED,
}

ENDED = frozenset({State.DONE, State.REFUSED, State.WITHDRAWN})
COUNTS = frozenset({State.ASKED, State.OPEN, State.DONE})
"""What takes room in the sale."""


def step(state: State, event: Event) -> State:
    """The next state; an illegal pair is a programming error."""
    assert (state, event) in TRANSITIONS, f"refund: {event} is illegal in {state}"
    return TRANSITIONS[state, event]


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the ledger holds it."""

    number: str
    attempt: str
    sale: str
    amount: Fen
    reason: str
    """A `Reason`, or LATE."""
    state: State
    opened_ms: int
    settled_ms: int | None = None
    by: str = ""
    """Empty for refunds by rule."""
    approved_by: str = ""
    note: str = ""
    request: str = ""
    lines: tuple[RefundLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Back:
    """Pieces of a line that come back."""

    line: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff ask for: goods, or an amount, or, with neither, all that is left."""

    by: str
    reason: Reason
    request: str
    note: str = ""
    amount: Fen | None = None
    goods: tuple[Back, ...] = ()


class Refusal(StrEnum):
    """Why a refund is not opened."""

    NOT_PAID = "not_paid"
    NOTHING_LEFT = "nothing_left"
    TOO_MUCH = "too_much"
    BAD_AMOUNT = "bad_amount"
    NO_SUCH_LINE = "no_such_line"
    NOT_SO_MANY = "not_so_many"
    NOTE_MISSING = "note_missing"
    TOO_MANY_REFUNDS = "too_many_refunds"
    TOO_LATE = "too_late"
    NOT_WAITING = "not_waiting"
    SECOND_PERSON = "second_person"


def left(attempt: Attempt, earlier: Sequence[Refund]) -> Fen:
    """What can still go back of an attempt."""
    return Fen(attempt.amount - sum(r.amount for r in earlier if r.state in COUNTS))


def ask(
    sale: Sale, attempt: Attempt | None, earlier: Sequence[Refund], wish: Wish, *, alone: Fen, now_ms: int
) -> tuple[Fact, ...] | Refusal:
    """The facts of a wish: with up to `alone` of the sale given back by one person it opens at once, above it waits.

    `earlier` are all refunds of the sale; the limit holds for their sum, so that it cannot be passed in slices.
    """
    if sale.phase is not Phase.PAID or attempt is None or attempt.state is not AttemptState.PAID:
        return Refusal.NOT_PAID
    if now_ms - (attempt.settled_ms or attempt.opened_ms) > LATEST_MS:
        return Refusal.TOO_LATE
    if len(earlier) >= MOST_REFUNDS:
        return Refusal.TOO_MANY_REFUNDS
    if wish.reason is Reason.OTHER and not wish.note.strip():
        return Refusal.NOTE_MISSING
    room = left(attempt, earlier)
    if room <= 0:
        return Refusal.NOTHING_LEFT
    lines = _goods(sale, earlier, wish.goods)
    if isinstance(lines, Refusal):
        return lines
    if lines:
        amount = Fen(sum(line.amount for line in lines))
        if wish.amount is not None and wish.amount != amount:
            return Refusal.BAD_AMOUNT
    else:
        amount = room if wish.amount is None else wish.amount
    if amount <= 0:
        return Refusal.BAD_AMOUNT
    if amount > room:
        return Refusal.TOO_MUCH
    number = f"{attempt.number}R{len(earlier) + 1}"
    note = wish.note.strip()[:NOTE_MOST]
    asked = RefundAsked(number, attempt.number, sale.id, amount, lines, wish.reason, note, wish.by, wish.request)
    so_far = sum(r.amount for r in earlier if r.by and r.state in COUNTS)
    if so_far + amount > alone:
        return (asked,)
    return (asked, RefundOpened(number, attempt.number, sale.id, amount, wish.reason))


def _goods(sale: Sale, earlier: Sequence[Refund], goods: tuple[Back, ...]) -> tuple[RefundLine, ...] | Refusal:
    """Each line's share. Cumulative, so that piece by piece never gives back a fen more or less than all at once."""
    off = {d.line: d.amount for d in sale.discounts}
    found: dict[int, RefundLine] = {}
    for back in goods:
        line = sale.line(back.line)
        if line is None or back.line in found:
            return Refusal.NO_SUCH_LINE
        before = sum(each.quantity for r in earlier if r.state in COUNTS for each in r.lines if each.line == back.line)
        if back.quantity < 1 or before + back.quantity > line.quantity:
            return Refusal.NOT_SO_MANY
        net = line.amount + off.get(line.id, ZERO)
        share = _share(net, before + back.quantity, line) - _share(net, before, line)
        found[back.line] = RefundLine(back.line, back.quantity, Fen(share))
    return tuple(found.values())


def _share(net: int, pieces: int, line: Line) -> int:
    return net * pieces // line.quantity


def approve(refund: Refund, by: str) -> tuple[Fact, ...] | Refusal:
    """A second person agrees: never the one who asked."""
    if refund.state is not State.ASKED:
        return Refusal.NOT_WAITING
    if by == refund.by:
        return Refusal.SECOND_PERSON
    opened = RefundOpened(refund.number, refund.attempt, refund.sale, refund.amount, refund.reason)
    return (RefundApproved(refund.number, refund.sale, by), opened)


def withdraw(refund: Refund, by: str, note: str) -> tuple[Fact, ...] | Refusal:
    """Anybody who may refund can end one that still waits."""
    if refund.state is not State.ASKED:
        return Refusal.NOT_WAITING
    return (RefundWithdrawn(refund.number, refund.sale, by, note.strip()[:NOTE_MOST]),)
