"""The truth of the payment world: the bank's books, the wallets and their payment codes. No IO, time passed in.

The gateways put these behind true wires; the simulator puts them behind ports. What stands here is what "really"
happened, whatever a reply said or whether it arrived.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel

CODE_VALID_MS = 60_000
BALANCE = Fen(1_000_000)
PASSWORD_OVER = Fen(100_000)
REVERSE = "reverse"
"""What a taken back order's money stands under among its refunds."""

OrderState = Literal["waiting", "failed", "paid", "closed", "reversed"]
ChargeResult = Literal["paid", "needs_user", "code_invalid", "no_money", "number_used", "repeat"]


@dataclass(slots=True)
class Prompt:
    """The wallet asks its owner to confirm an order."""

    number: str
    amount: Fen
    merchant: str


@dataclass(slots=True)
class Wallet:
    """One shopper's wallet at one channel."""

    owner: str
    channel: Channel
    balance: Fen = BALANCE
    password_over: Fen = PASSWORD_OVER
    """Amounts above this always ask for the password (WeChat: about ¥1,000)."""
    ask_always: bool = False
    offline: bool = False
    """The phone has no network: it can still show codes, but never sees a prompt."""
    prompt: Prompt | None = None


@dataclass(slots=True)
class BookOrder:
    """What the bank knows of a merchant's order."""

    number: str
    amount: Fen
    description: str
    opened_ms: int
    notify_url: str = ""
    device: str = ""
    """Booth and shop as the merchant told them, for the bill."""
    store: str = ""
    sub_mchid: str = ""
    presented: bool = False
    url: str = ""
    state: OrderState = "waiting"
    wallet: Wallet | None = None
    code: str = ""
    transaction: str = ""
    paid_ms: int = 0
    reversed_ms: int = 0
    """When a paid order was taken back."""
    refunds: dict[str, Fen] = field(default_factory=dict)
    refunded_ms: dict[str, int] = field(default_factory=dict)

    @property
    def refunded(self) -> Fen:
        return Fen(sum(self.refunds.values()))


@dataclass(frozen=True, slots=True)
class Movement:
    """Money moved: positive to the merchant, negative back to the shopper."""

    number: str
    amount: Fen
    why: Literal["charge", "reverse", "refund"]
    at_ms: int


class Bank:
    """One channel: its orders, its wallets, every movement of money."""

    def __init__(self, channel: Channel, chance: random.Random, merchant: str = "巷口小店") -> None:
        self.channel = channel
        self.merchant = merchant
        self.orders: dict[str, BookOrder] = {}
        self.movements: list[Movement] = []
        self.wallets: dict[str, Wallet] = {}
        self._chance = chance
        self._codes: dict[str, tuple[Wallet, int]] = {}
        self._used: set[str] = set()

    # ------------------------------------------------------------ the shopper's side

    def wallet(self, owner: str) -> Wallet:
        """The owner's wallet here, opened on first use."""
        if owner not in self.wallets:
            self.wallets[owner] = Wallet(owner, self.channel)
        return self.wallets[owner]

    def fresh_code(self, wallet: Wallet, now_ms: int) -> str:
        """A new payment code, single-use, valid for a minute."""
        prefix = "13" if self.channel is Channel.WECHAT else "28"
        code = prefix + "".join(str(self._chance.randrange(10)) for _ in range(16))
        self._codes[code] = (wallet, now_ms + CODE_VALID_MS)
        return code

    def answer_prompt(self, wallet: Wallet, *, agree: bool, now_ms: int) -> bool:
        """The shopper types the password, or closes the box. False when there was none to answer."""
        prompt, wallet.prompt = wallet.prompt, None
        if prompt is None:
            return False
        order = self.orders[prompt.number]
        if agree and order.state == "waiting" and wallet.balance >= order.amount:
            self._take(order, wallet, now_ms)
        return True

    def pay_presented(self, url: str, wallet: Wallet, now_ms: int) -> bool:
        """The shopper scanned the booth's QR and agreed. False where the order is not open or money is short."""
        order = next((o for o in self.orders.values() if o.url == url), None)
        if order is None or order.state != "waiting" or wallet.balance < order.amount or wallet.offline:
            return False
        self._take(order, wallet, now_ms)
        return True

    # ------------------------------------------------------------ the merchant's side

    def charge(self, order: BookOrder, code: str, now_ms: int, *, ask: bool = False) -> ChargeResult:
        """Charge a payment code. The same number again repeats its state, other data is refused."""
        known = self.orders.get(order.number)
        if known is not None:
            return "repeat" if (known.amount, known.code) == (order.amount, code) else "number_used"
        wallet, valid_until = self._codes.get(code, (None, 0))
        if wallet is None or now_ms > valid_until or code in self._used:
            return "code_invalid"
        self._used.add(code)  # a refused code is burnt too
        if wallet.balance < order.amount:
            return "no_money"
        order.wallet, order.code = wallet, code
        self.orders[order.number] = order
        if ask or wallet.ask_always or order.amount > wallet.password_over:
            if not wallet.offline:
                wallet.prompt = Prompt(order.number, order.amount, self.merchant)
            return "needs_user"
        self._take(order, wallet, now_ms)
        return "paid"

    def present(self, order: BookOrder) -> BookOrder:
        """Open an order for a QR on the merchant's screen; the same number again gives the same order."""
        return self.orders.setdefault(order.number, order)

    def undo(self, number: str, now_ms: int) -> OrderState | None:
        """Reverse: an unpaid order is closed, a paid one goes back in full. None for a number never seen."""
        order = self.orders.get(number)
        if order is None:
            return None
        if order.state == "paid":
            back = Fen(order.amount - order.refunded)
            self._give(order, back, "reverse", now_ms)
            order.refunds[REVERSE] = back
            order.state, order.reversed_ms = "reversed", now_ms
        elif order.state in ("waiting", "failed"):
            order.state = "reversed"
            self.drop_prompt(order)
        return order.state

    def close(self, number: str) -> OrderState | None:
        """Close an unpaid order; a paid one stays paid."""
        order = self.orders.get(number)
        if order is None:
            return None
        if order.state in ("waiting", "failed"):
            order.state = "closed"
            self.drop_prompt(order)
        return order.state

    def refund(self, number: str, refund: str, amount: Fen, now_ms: int) -> bool:
        """Give back part of a paid order. One refund number refunds once; never more than was paid."""
        order = self.orders.get(number)
        if order is None or order.state != "paid":
            return False
        if refund in order.refunds:
            return order.refunds[refund] == amount
        if amount <= 0 or order.refunded + amount > order.amount:
            return False
        order.refunds[refund], order.refunded_ms[refund] = amount, now_ms
        self._give(order, amount, "refund", now_ms)
        return True

    def _take(self, order: BookOrder, wallet: Wallet, now_ms: int) -> None:
        assert order.state == "waiting"
        wallet.balance = Fen(wallet.balance - order.amount)
        order.wallet, order.state, order.paid_ms = wallet, "paid", now_ms
        order.transaction = f"42{now_ms}{len(self.movements):06d}"
        self.movements.append(Movement(order.number, order.amount, "charge", now_ms))

    def _give(self, order: BookOrder, amount: Fen, why: Literal["reverse", "refund"], now_ms: int) -> None:
        assert order.wallet is not None
        order.wallet.balance = Fen(order.wallet.balance + amount)
        self.movements.append(Movement(order.number, Fen(-amount), why, now_ms))

    def fail(self, number: str) -> None:
        """The shopper's bank refused a charge that was taken in: nothing moves, but the order is still there."""
        order = self.orders[number]
        assert order.state == "waiting"
        order.state = "failed"
        self.drop_prompt(order)

    def drop_prompt(self, order: BookOrder) -> None:
        """The wallet no longer asks: nobody can type the password any more."""
        wallet = order.wallet
        if wallet is not None and wallet.prompt is not None and wallet.prompt.number == order.number:
            wallet.prompt = None

    # ------------------------------------------------------------ for judges

    def charged(self) -> Fen:
        return Fen(sum(m.amount for m in self.movements if m.why == "charge"))

    def given_back(self) -> Fen:
        return Fen(-sum(m.amount for m in self.movements if m.why != "charge"))

    def net(self, number: str) -> Fen:
        """What the merchant kept of an order."""
        return Fen(sum(m.amount for m in self.movements if m.number == number))
