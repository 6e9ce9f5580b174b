"""Receipts and refund slips. A paid sale's is printed at most once by itself; each is there to read on a phone.

The paper is proven by the printer (ports.PrintState); what cannot be proven is said so, and never sent again by itself.
A digital receipt's address is its number and a keyed tag, so it can be shared but not guessed.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import structlog

from paybooth.domain import facts as f
from paybooth.domain import payment
from paybooth.domain.day import by_rate
from paybooth.domain.document import Align, Document, Element, Feed, Qr, Row, Rule, Text
from paybooth.domain.exit_pass import VALID_S as PASS_VALID_S
from paybooth.domain.money import Fen, vat_included, yuan
from paybooth.domain.payment import Attempt, Channel
from paybooth.domain.refund import Refund, State
from paybooth.domain.sale import Sale
from paybooth.ports import Clock, Ledger, LedgerFault, Printer, PrintOutcome, PrintState, ReceiptRow, Secret

from .settings import ShopSettings
from .words import Words

log = structlog.get_logger()

TAG_LENGTH = 12
"""Base-32 characters of the address's tag: 60 bits, far beyond guessing at the web's rate limit."""

LATE_PRINT_S = 120
"""After a restart, a receipt paid longer ago than this is not printed into an empty shop."""


@dataclass(frozen=True, slots=True)
class ReceiptNews:
    """The paper's end, for the booth."""

    booth: str
    sale: str
    state: str
    reason: str


class Receipts:
    """Prints, remembers, and builds the documents."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        shop: ShopSettings,
        key: Secret,
        printers: Mapping[str, Printer],
        words: Words,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self.shop = shop
        self._key = key
        self._words = words
        self._money = Words("money")
        self._printers = {booth.id: printers[booth.printer] for booth in shop.booths if booth.printer in printers}
        self._tasks: asyncio.TaskGroup | None = None
        self.on_news: Callable[[ReceiptNews], None] | None = None
        self.pass_of: Callable[[str, int], str] | None = None
        """The exit pass of (sale, paid_ms), in a shop with a gate."""
        self.scannable = lru_cache(maxsize=64)(self._scannable)

    async def run(self) -> None:
        """Finish what a restart left open, then print until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for row in self._ledger.unsettled_receipts():
                self._take_up(row)
            await asyncio.Event().wait()

    def _take_up(self, row: ReceiptRow) -> None:
        sale = self._ledger.sale(row.sale)
        assert sale is not None and self._tasks is not None
        if row.state == "printing":
            # bytes may have left before the stop: a second copy by itself would be wrong
            self._tasks.create_task(self._settle(sale, "unconfirmed", "restarted"))
        elif self._clock.now_ms() - row.paid_ms > LATE_PRINT_S * 1000:
            self._tasks.create_task(self._settle(sale, "digital_only", "restarted"))
        else:
            self._tasks.create_task(self._print(sale))

    def start(self, sale: Sale) -> None:
        """Print the receipt of a paid sale; the end comes by `on_news`."""
        assert self._tasks is not None and sale.receipt is not None
        self._tasks.create_task(self._print(sale), name=f"receipt {sale.receipt}")

    def has_printer(self, booth: str) -> bool:
        return booth in self._printers

    async def _print(self, sale: Sale) -> None:
        printer = self._printers.get(sale.booth)
        if printer is None:
            await self._settle(sale, "digital_only", "off")
            return
        document = self.document(sale)
        assert sale.receipt is not None
        await self._commit(f.ReceiptStarted(sale.id, sale.receipt))
        outcome = await printer.print(document)
        log.info("receipt", receipt=sale.receipt, outcome=outcome.state, reasons=outcome.reasons)
        await self._settle(sale, *_ending(outcome))

    async def _settle(self, sale: Sale, state: str, reason: str) -> None:
        assert sale.receipt is not None
        await self._commit(f.ReceiptSettled(sale.id, sale.receipt, state, reason))
        if self.on_news is not None:
            self.on_news(ReceiptNews(sale.booth, sale.id, state, reason))

    async def _commit(self, happened: f.Fact) -> None:
        while True:
            try:
                await self._ledger.commit(happened, at_ms=self._clock.now_ms())
                return
            except LedgerFault as fault:
                if fault.reason == "closed":
                    raise
                await self._clock.sleep(1.0)

    # ------------------------------------------------------------ addresses

    def token(self, receipt: str) -> str:
        """The unguessable name of a receipt or refund: its number, a dot, a keyed tag."""
        return f"{receipt}.{_tag(self._key, receipt)}"

    def by_token(self, token: str) -> tuple[Document, str] | None:
        """The receipt or refund slip of a token, and its language; None for anything forged or unknown."""
        name = token.partition(".")[0]
        if not hmac.compare_digest(self.token(name).encode(), token.encode()):
            return None
        refund = self._ledger.refund(name)
        row = self._ledger.receipt(name)
        sale = self._ledger.sale(refund.sale if refund else row.sale if row else "")
        if sale is None:
            return None
        return (self.refund_document(sale, refund) if refund else self.document(sale)), sale.language

    def code(self, receipt: str) -> str:
        """Four characters to read out to staff."""
        return self.token(receipt)[-4:]

    def url(self, receipt: str) -> str:
        return f"{self.shop.public_url.rstrip('/')}/r/{self.token(receipt)}"

    def _scannable(self, receipt: str) -> str:
        """What the QR of a paid receipt says: its address and, behind the #, its exit pass."""
        row = self._ledger.receipt(receipt)
        if row is None or self.pass_of is None:
            return self.url(receipt)
        return f"{self.url(receipt)}#{self.pass_of(row.sale, row.paid_ms)}"

    def exit_pass(self, token: str) -> str:
        """The exit pass of a receipt's token; empty once used or too old, and for refund slips."""
        row = self._ledger.receipt(token.partition(".")[0])
        if row is None or self.pass_of is None or self._ledger.pass_used(row.sale):
            return ""
        fresh = self._clock.now_ms() - row.paid_ms <= PASS_VALID_S * 1000
        return self.pass_of(row.sale, row.paid_ms) if fresh else ""

    # ------------------------------------------------------------ the document

    def document(self, sale: Sale) -> Document:
        """What stands on the paper; also the digital receipt."""
        assert sale.receipt is not None
        row = self._ledger.receipt(sale.receipt)
        attempt = next(a for a in self._ledger.attempts_of(sale.id) if a.state is payment.State.PAID)
        assert row is not None
        say = self._words.in_language(sale.language)
        chinese = sale.language == "zh-CN"
        shop = self.shop
        paid = datetime.fromtimestamp(row.paid_ms / 1000, shop.zone)
        parts: list[Element] = [
            Text(shop.name_zh if chinese else shop.name_en, Align.CENTER, bold=True, scale=2),
            *([Text(shop.address, Align.CENTER)] if shop.address else []),
            Feed(),
            Row(say("receipt-number", number=sale.receipt), say("receipt-booth", booth=sale.booth)),
            Text(paid.strftime("%Y-%m-%d %H:%M:%S")),
            Rule(),
            *_goods(sale, chinese=chinese, say=say),
            Rule(),
            Row(say("receipt-count", count=sale.count), ""),
            *([Row(say("receipt-saved"), yuan(sale.saved))] if sale.saved else []),
            Row(say("receipt-total"), f"¥{yuan(sale.total)}", bold=True, scale=2),
            *_payment(attempt, say),
            *_taxes(sale, say),
            Rule(),
            Qr(self.scannable(sale.receipt)),
            Text(say("receipt-scan", code=self.code(sale.receipt)), Align.CENTER),
            Text(shop.receipt_note_zh if chinese else shop.receipt_note_en, Align.CENTER),
        ]
        if shop.tax_number:
            parts.insert(2, Text(say("receipt-tax-number", number=shop.tax_number), Align.CENTER))
        return tuple(parts)

    def refund_document(self, sale: Sale, refund: Refund) -> Document:
        """The slip of a refund, with where it stands now."""
        attempt = self._ledger.attempt(refund.attempt)
        assert attempt is not None
        say, money = self._words.in_language(sale.language), self._money.in_language(sale.language)
        chinese, shop = sale.language == "zh-CN", self.shop
        when = datetime.fromtimestamp((refund.settled_ms or refund.opened_ms) / 1000, shop.zone)
        return (
            Text(shop.name_zh if chinese else shop.name_en, Align.CENTER, bold=True, scale=2),
            Text(money("refund-title"), Align.CENTER, bold=True),
            Feed(),
            Text(money("refund-number", number=refund.number)),
            *([Text(money("refund-receipt", number=sale.receipt))] if sale.receipt else []),
            Text(when.strftime("%Y-%m-%d %H:%M:%S")),
            Rule(),
            *_returned(sale, refund, chinese=chinese),
            Row(money("refund-total"), f"¥{yuan(refund.amount)}", bold=True, scale=2),
            Text(money("refund-back", channel=say(CHANNELS[attempt.channel]))),
            Text(say("receipt-order", number=attempt.number)),
            Text(money(f"refund-state-{refund.state}"), bold=True),
            *([Text(money("refund-when"))] if refund.state in (State.OPEN, State.DONE) else []),
            Text(money("refund-reason", reason=money(f"refund-reason-{refund.reason.replace('_', '-')}"))),
            Rule(),
            Qr(self.url(refund.number)),
            Text(say("receipt-scan", code=self.code(refund.number)), Align.CENTER),
        )

    def print_copy(self, sale: Sale) -> None:
        """The receipt once more, marked as a copy. Raises KeyError where its booth has no printer."""
        assert self._tasks is not None
        copy = Text(self._words.in_language(sale.language)("receipt-copy"), Align.CENTER, bold=True)
        self._tasks.create_task(self._print_copy(self._printers[sale.booth], (copy, *self.document(sale))))

    async def _print_copy(self, printer: Printer, document: Document) -> None:
        outcome = await printer.print(document)
        log.info("copy of a receipt", outcome=outcome.state, reasons=outcome.reasons)

    async def print_refund(self, refund: Refund, booth: str) -> PrintOutcome:
        """Print a refund's slip because somebody asked for it. Raises KeyError where the booth has no printer."""
        sale = self._ledger.sale(refund.sale)
        assert sale is not None, "a refund has its sale"
        return await self._printers[booth].print(self.refund_document(sale, refund))


Say = Callable[..., str]
CHANNELS = {Channel.WECHAT: "receipt-wechat", Channel.ALIPAY: "receipt-alipay"}


def _returned(sale: Sale, refund: Refund, *, chinese: bool) -> list[Element]:
    """The goods that came back; nothing where an amount was named."""
    parts: list[Element] = []
    for back in refund.lines:
        line = sale.line(back.line)
        assert line is not None, "a refund's line is the sale's"
        parts.append(Text(line.name_zh if chinese or not line.name_en else line.name_en))
        parts.append(Row(f"  {back.quantity} × {yuan(line.unit_price)}", yuan(back.amount)))
    return [*parts, Rule()] if parts else []


@lru_cache(maxsize=256)  # the page of a paid sale is built several times
def _tag(key: Secret, receipt: str) -> str:
    tag = hmac.digest(key.reveal().encode(), b"receipt " + receipt.encode(), "sha256")
    return base64.b32encode(tag).decode()[:TAG_LENGTH]


def _ending(outcome: PrintOutcome) -> tuple[str, str]:
    """The receipt's final state and its reason."""
    reason = outcome.reasons[0] if outcome.reasons else ""
    match outcome.state:
        case PrintState.PRINTED:
            return "printed", ""
        case PrintState.NOT_SENT:
            return "digital_only", reason or "no_answer"
        case PrintState.INTERRUPTED | PrintState.UNCONFIRMED:
            return "unconfirmed", reason or "no_answer"


def _goods(sale: Sale, *, chinese: bool, say: Say) -> list[Element]:
    """Each line: its name, then quantity × price and amount; each discount below, with its rule."""
    parts: list[Element] = []
    off = {d.line: d for d in sale.discounts}
    for line in sale.lines:
        parts.append(Text(line.name_zh if chinese or not line.name_en else line.name_en))
        if line.weight_g is not None:
            detail = f"  {line.weight_g / 1000:.3f} kg × {yuan(line.unit_price)}"
        else:
            detail = f"  {line.quantity} × {yuan(line.unit_price)}"
        if line.unit_price != line.list_price:
            detail += f" {say('receipt-member')}"
        parts.append(Row(detail, yuan(line.amount)))
        discount = off.get(line.id)
        if discount is not None:
            label = discount.label_zh if chinese or not discount.label_en else discount.label_en
            parts.append(Row(f"  {say('receipt-discount')} {label}", yuan(discount.amount)))
    return parts


def _payment(attempt: Attempt, say: Say) -> list[Element]:
    parts: list[Element] = [Row(say(CHANNELS[attempt.channel]), yuan(attempt.amount))]
    if attempt.payer_paid and attempt.payer_paid != attempt.amount:
        parts.append(Row(say("receipt-coupon"), yuan(Fen(attempt.payer_paid - attempt.amount))))
    parts.append(Text(say("receipt-order", number=attempt.number)))
    if attempt.transaction:
        parts.append(Text(say("receipt-transaction", number=attempt.transaction)))
    return parts


def _taxes(sale: Sale, say: Say) -> list[Element]:
    """Tax included, one row per rate."""
    return [
        Row(say("receipt-tax", rate=f"{rate / 10:g}%"), yuan(vat_included(gross, rate)))
        for rate, gross in sorted(by_rate(sale).items())
        if rate and gross
    ]
