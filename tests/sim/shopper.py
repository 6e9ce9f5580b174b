"""Shoppers: they look at the screen and act on what it says, with whims. What they hold survives the box's power."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field

from paybooth.domain.payment import Channel
from paybooth.lab.models import Wallet
from paybooth.lab.shelf import barcode, price_label
from paybooth.shop import intents as i
from paybooth.shop.booth import Booth
from paybooth.shop.feed import Frame, Subscriber
from paybooth.shop.views import BoothView

from .judges import Judges
from .outside import SimScanner
from .world import WHIMS, World

GOODS = tuple(barcode(f"P{n}") for n in (*range(101, 111), *range(201, 212), *range(301, 307), *range(401, 413)))
ODD = ("6901234567890", "abc", "\x00\x01", "https://example.com/pay", barcode("P212"), barcode("P610"),
       barcode("P611"), price_label("00011", 1280), "16901888001012", "9" * 4000)  # fmt: skip
PATIENCE_S = 900.0
DAWDLE_MS = 117_000
"""Pays the booth's QR in the last seconds before the order is closed."""


class Page(Subscriber):
    """A kiosk's page without a picture: the newest view, and intents with their ids."""

    def __init__(self, booth: Booth, judges: Judges, world: World) -> None:
        super().__init__()
        self.booth = booth
        self._judges = judges
        self._world = world
        self._old: deque[BoothView] = deque(maxlen=8)
        self.view: BoothView | None = None
        self.changed = asyncio.Event()
        booth.feed.subscribe(self)

    def offer_snapshot(self, frame: Frame) -> None:
        self._judges.shown(self.booth.settings.id, frame)
        if self.view is not None:
            self._old.append(self.view)
        self.view = frame.snapshot.view
        self.changed.set()

    def offer_cue(self, frame: bytes) -> None:
        """Shoppers without ears."""

    async def act(self, action: i.Action, number: str) -> None:
        """Send an intent; sometimes twice, sometimes after looking away."""
        rev = self.booth.feed.rev
        if isinstance(action, i.Pay) and self._old and self._world.strikes("stale_intent"):
            sale = self._world.chance("old view").choice(self._old).sale
            action = i.Pay(sale.total_fen) if sale else action
        times = 2 if self._world.strikes("doubled_intent") else 1
        for _ in range(times):
            self.changed.clear()
            self.booth.post_input(i.Intent(number, rev, action))
        try:
            async with asyncio.timeout(3):
                while self._answer(number) is None:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return
        answer, view = self._answer(number), self.view
        if (
            isinstance(action, i.Pay)
            and answer is not None
            and answer.ok
            and view is not None
            and view.sale is not None
        ):
            self._judges.confirmed(view.sale.number, action.total_fen, view.sale.total_fen)

    def _answer(self, number: str) -> object:
        last = self.view.last_intent if self.view else None
        return last if last is not None and last.id == number else None

    def close(self) -> None:
        self.booth.feed.unsubscribe(self)


@dataclass(slots=True)
class Shopper:
    """One person with a plan. `todo` is what is still in the hand."""

    number: int
    chance: random.Random
    wallets: dict[Channel, Wallet]
    todo: list[str]
    wish: Channel
    whims: frozenset[str]
    scanned: int = 0
    tries: int = 0
    choices: int = 0
    acts: int = 0
    paid: bool = False
    tried_to_pay: bool = False
    left: bool = False
    sale: str = ""
    arrived_s: float = -1.0
    codes: list[str] = field(default_factory=list)

    @classmethod
    def draw(cls, number: int, world: World) -> Shopper:
        chance = random.Random(f"{world.plan.seed}/shopper {number}")
        owner = f"s{number}"
        wallets = {channel: bank.wallet(owner) for channel, bank in world.banks.items()}
        for wallet in wallets.values():
            wallet.ask_always = chance.random() < 0.1
            wallet.balance = type(wallet.balance)(0 if chance.random() < 0.05 else 1_000_000)
            wallet.offline = chance.random() < 0.02
        goods = [chance.choice(GOODS) for _ in range(chance.choice((1, 1, 2, 2, 3, 5)))]
        whims = frozenset(whim for whim, share in WHIMS.items() if chance.random() < share)
        if "odd_goods" in whims:
            goods.insert(0, chance.choice(ODD))
        return cls(number, chance, wallets, goods, chance.choice(list(Channel)), whims)

    # ------------------------------------------------------------ one visit

    async def visit(self, page: Page, scanner: SimScanner | None, world: World, judges: Judges) -> None:
        """Go on until gone. Called again after a power cut: what was scanned is scanned."""
        if self.arrived_s < 0:
            self.arrived_s = world.now_s
            world.tell(f"shopper {self.number} comes to booth {page.booth.settings.id}")
        hands = Hands(self, page, scanner, world, judges)
        while not self.left:
            if world.now_s - self.arrived_s > PATIENCE_S:
                self.left = True
                break
            await hands.do()
            await asyncio.sleep(self.chance.uniform(0.3, 2.5))


@dataclass(slots=True)
class Hands:
    """What a shopper does on each page."""

    who: Shopper
    page: Page
    scanner: SimScanner | None
    world: World
    judges: Judges

    async def do(self) -> None:
        view = self.page.view
        if view is None:
            return
        who = self.who
        if view.sale is not None:
            who.sale = view.sale.number
        match view.phase:
            case "closed":
                who.left = who.chance.random() < 0.2
            case "attract" | "shopping":
                await self._shop(view)
            case "choose":
                await self._choose()
            case "align":
                await self._show_code()
            case "present":
                self._scan_screen(view)
            case "paying" | "checking":
                await self._wait(view)
            case "declined":
                await self._declined()
            case "done":
                await self._done(view)
            case _:
                who.left = True  # staff were called: leaves without the goods

    async def tap(self, action: i.Action) -> None:
        self.who.acts += 1
        await self.page.act(action, f"{self.who.number}-{self.who.acts}")

    async def scan(self, text: str) -> None:
        if self.scanner is not None:
            self.scanner.read(text)
            await asyncio.sleep(0.5)
        else:
            await self.tap(i.Scanned(text[:4096]))

    async def _shop(self, view: BoothView) -> None:
        who = self.who
        if who.paid or ("walks_away" in who.whims and who.scanned >= 1):
            who.left = True
            return
        if who.scanned == 0 and view.sale is not None:
            await self.tap(i.Abandon())  # somebody else's basket came back: start afresh
            return
        if view.notice is not None and view.notice.kind == "resumed" and who.scanned == 1:
            await self.tap(i.Abandon())  # not mine: the slip offers to start afresh
            who.todo.append(who.chance.choice(GOODS))
            who.scanned = 0
            return
        if "early_code" in who.whims and who.scanned == 1 and not who.codes:
            await self.scan(self._code(who.wish))
        if "member" in who.whims and view.sale is not None and view.sale.member_tail is None:
            await self.tap(i.Member("13800001234"))
        if "help" in who.whims and view.help is None and who.acts < 4:
            await self.tap(i.Help(on=True))
        if who.todo:
            who.scanned += 1  # before the power may go
            await self.scan(who.todo.pop())
        elif view.sale is None or not view.sale.lines:
            who.left = True
        elif "changes_mind" in who.whims and who.acts % 3 == 0:
            line = view.sale.lines[0]
            more = who.chance.random() < 0.5
            who.scanned += more
            await self.tap(i.SetQuantity(line.id, line.quantity + 1) if more else i.Remove(line.id))
        else:
            await self.tap(i.Pay(view.sale.total_fen))

    def _code(self, channel: Channel) -> str:
        who = self.who
        if who.codes and who.codes[-1][0] == ("1" if channel is Channel.WECHAT else "2") and who.chance.random() < 0.1:
            return who.codes[-1]  # the same code once more
        who.codes.append(self.world.banks[channel].fresh_code(who.wallets[channel], self.world.now_ms()))
        return who.codes[-1]

    async def _choose(self) -> None:
        who = self.who
        if who.scanned == 0:
            await self.tap(i.Abandon())  # somebody left a basket here
            return
        who.tried_to_pay = True
        who.choices += 1
        if who.choices == 5:
            who.wish = Channel.ALIPAY if who.wish is Channel.WECHAT else Channel.WECHAT
        if who.tries > 4 or who.choices > 10:
            await self.tap(i.Abandon())
            who.left = True
        elif "presents" in who.whims:
            await self.tap(i.Present(who.wish.value))
        elif who.chance.random() < 0.05:
            await self.tap(i.Back())
        else:
            await self.tap(i.Choose(who.wish.value))

    async def _show_code(self) -> None:
        who = self.who
        who.tries += 1
        other = Channel.ALIPAY if who.wish is Channel.WECHAT else Channel.WECHAT
        channel = other if "wrong_wallet" in who.whims and who.tries == 1 else who.wish
        await self.scan(self._code(channel))

    def _scan_screen(self, view: BoothView) -> None:
        if view.payment is None or not view.payment.qr_svg or self.who.chance.random() < 0.2:
            return
        opened_ms = view.payment.opened_at_ms or 0
        if "dawdles" in self.who.whims and self.world.box_now_ms() - opened_ms < DAWDLE_MS:
            return
        bank = self.world.banks[Channel(view.payment.channel)]
        tail = view.payment.number_tail
        order = next((o for n, o in bank.orders.items() if tail and n.endswith(tail)), None)
        wallet = self.who.wallets[bank.channel]
        if order is not None and order.presented and bank.pay_presented(order.url, wallet, self.world.now_ms()):
            self.world.paid(bank.channel, order.number)

    async def _wait(self, view: BoothView) -> None:
        """Type the password, or be a nuisance."""
        who = self.who
        for channel, wallet in who.wallets.items():
            if wallet.prompt is not None and "forgets_password" not in who.whims and who.chance.random() < 0.7:
                agree, number = who.chance.random() < 0.95, wallet.prompt.number
                self.world.banks[channel].answer_prompt(wallet, agree=agree, now_ms=self.world.now_ms())
                self.world.paid(channel, number)
        if "goods_while_paying" in who.whims and who.chance.random() < 0.3:
            who.scanned += 1  # the charge may just have been declined: then it is added
            await self.scan(who.chance.choice(GOODS))
        if "new_code" in who.whims and who.chance.random() < 0.2:
            await self.scan(self._code(who.wish))
        if "cancels" in who.whims and view.payment is not None and who.chance.random() < 0.3:
            await self.tap(i.Back())
        if "walks_away" in who.whims and who.chance.random() < 0.1:
            who.left = True
        await asyncio.sleep(who.chance.uniform(0.5, 5))

    async def _declined(self) -> None:
        who = self.who
        if who.tries > 3 or who.chance.random() < 0.1:
            await self.tap(i.Abandon())
            who.left = True
            return
        if who.chance.random() < 0.5:
            who.wish = Channel.ALIPAY if who.wish is Channel.WECHAT else Channel.WECHAT
        await self._show_code()

    async def _done(self, view: BoothView) -> None:
        who = self.who
        if view.sale is not None and who.tried_to_pay and not who.paid:
            who.paid = True
            counted = sum(line.quantity for line in view.sale.lines)
            if self.scanner is None:
                self.judges.pieces(view.sale.number, counted, who.scanned)
        if who.scanned == 0:
            await asyncio.sleep(5)  # the one before is still looking at it, or gone: scanning begins a new visit
            who.scanned += 1
            await self.scan(who.todo.pop())
        elif who.chance.random() < 0.5:
            await self.tap(i.Finish())
            who.left = True
        else:
            who.left = True
