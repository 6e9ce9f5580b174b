"""One lane of kills: a shop process, its lab, and shoppers who go on where the screen stands after each restart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import websockets

from paybooth.app import shop_key
from paybooth.domain.payment import FINAL, Channel
from paybooth.lab import shelf
from paybooth.lab.demo import fill_shelves
from paybooth.lab.eyes import Eyes
from paybooth.lab.world import World as LabWorld
from paybooth.lab.world import now_ms, open_world
from paybooth.ledger.ledger import Ledger
from paybooth.web.staff import box_token
from tests.sim.judges import Judges
from tests.sim.world import Plan, Sheet, World

WAITS = "done_s = 3\ndeclined_s = 20\nidle_s = 60\n"
GOODS = ("P101", "P203", "P303", "P406", "P601", "P205")
QUIET_S = 150.0
"""After the last kill: longer than Alipay's deadline, so that everything can settle."""

_RECEIPT = re.compile(r"\d{8}-\d{5}")


@dataclass(slots=True)
class Tally:
    """What a lane came to; plain values."""

    kills: int = 0
    in_flight: int = 0
    """Kills after which the next start found a charge without a final word."""
    sales: int = 0
    paid_fen: int = 0
    charged_fen: int = 0
    given_back_fen: int = 0
    slowest_start_s: float = 0.0
    violations: list[str] = field(default_factory=list)


class Shoppers:
    """Somebody is always at the booth; whoever it is does what the screen asks for."""

    def __init__(self, lab: LabWorld, chance: random.Random) -> None:
        self._lab = lab
        self._chance = chance
        self._count = 0

    async def shop(self) -> None:
        """Until cancelled, or until the box is gone."""
        eyes = Eyes(self._lab)
        try:
            await eyes.open()
            while True:
                await self._look_and_act(eyes)
        except (AssertionError, OSError, websockets.WebSocketException, httpx2.HTTPError):
            return  # the box died under our hands: that is the test
        finally:
            with contextlib.suppress(Exception):
                await eyes.close()

    async def _look_and_act(self, eyes: Eyes) -> None:
        view = eyes.view
        sale = view["sale"]
        match view["phase"]:
            case "attract" | "shopping" if sale is None or sale["count"] < self._chance.randint(1, 3):
                await eyes.tap("scan", text=shelf.barcode(self._chance.choice(GOODS)))
            case "shopping":
                await eyes.tap("pay", total_fen=sale["total_fen"])
            case "choose":
                await eyes.tap("choose", channel=self._chance.choice(("alipay", "alipay", "wechat")))
            case "align":
                await eyes.tap("scan", text=self._code(Channel(view["payment"]["channel"])))
            case "paying" | "checking":
                if view["payment"]["channel"] == "alipay" and view["payment"]["cancellable"]:
                    await asyncio.sleep(self._chance.uniform(0.2, 1.0))
                    await eyes.tap("back")
                await asyncio.sleep(0.05)
            case "declined":
                await eyes.tap("abandon")
            case "done" | "staff":
                await asyncio.sleep(self._chance.uniform(0.0, 0.4))
                await eyes.tap("finish")
            case _:
                await asyncio.sleep(0.05)

    def _code(self, channel: Channel) -> str:
        self._count += 1
        bank = self._lab.banks[channel]
        for fault, share in (("reply_lost", 0.1), ("reply_late", 0.2), ("error_5xx_but_paid", 0.1)):
            if self._chance.random() < share:
                self._lab.faults.arm(channel, fault, seconds=self._chance.uniform(0.1, 1.5))
        return bank.fresh_code(bank.wallet(f"crash-{self._count}"), now_ms())


async def lane(folder: Path, kills: int, seed: int) -> Tally:
    """Kill so many times at random instants; then quiet; then the judges."""
    tally, chance = Tally(), random.Random(seed)
    async with open_world(folder, seed=seed, origin="http://127.0.0.1:1", waits=WAITS) as lab:
        sheets: dict[int, str] = {}
        lab.listeners.append(lambda: sheets.update({s.number: s.text for s in lab.printer.sheets}))
        await fill_shelves(lab)
        for _ in range(kills):
            began = time.monotonic()
            await lab.start_shop()
            tally.slowest_start_s = max(tally.slowest_start_s, time.monotonic() - began)
            await _live_and_die(lab, chance, tally)
        await lab.start_shop()
        await _settle(lab)
        await lab.stop_shop()
        sheets.update({s.number: s.text for s in lab.printer.sheets})
        _judge(lab, list(sheets.values()), tally)
    return tally


async def _live_and_die(lab: LabWorld, chance: random.Random, tally: Tally) -> None:
    shopping = asyncio.create_task(Shoppers(lab, chance).shop(), name="shoppers")
    await asyncio.sleep(chance.uniform(0.05, 1.2))
    await lab.cut_power()
    tally.kills += 1
    shopping.cancel()
    await asyncio.gather(shopping, return_exceptions=True)


async def _settle(lab: LabWorld) -> None:
    """Wait until nothing is open but what never left the box; nobody shops. Raises with what is open after all."""
    base = f"http://127.0.0.1:{lab.shop_port}"
    lab.faults.clear()
    deadline_s = time.monotonic() + QUIET_S
    owner = {"Authorization": f"Bearer {box_token(shop_key(lab.folder / 'data'))}"}
    async with httpx2.AsyncClient(base_url=base, trust_env=False, headers=owner) as client:
        while True:
            takings: dict[str, int] = (await client.get("/api/shop")).json()["takings"]
            waiting = await _open_attempts(client, lab)
            if not waiting and not takings.get("receipts_due") and not takings.get("receipts_printing"):
                return
            assert time.monotonic() < deadline_s, f"nothing settles any more: {waiting} {takings}"
            await asyncio.sleep(0.5)


async def _open_attempts(client: httpx2.AsyncClient, lab: LabWorld) -> list[str]:
    """Attempts without a final word, but for those WeChat never heard of: they end ten minutes after they began."""
    found = []
    sales = (await client.get("/api/sales?limit=200")).json()["sales"]
    for sale in (each for each in sales if each["phase"] in ("paying", "held")):
        for attempt in (await client.get(f"/api/sales/{sale['id']}")).json()["attempts"]:
            never_left = attempt["channel"] == "wechat" and attempt["number"] not in lab.banks[Channel.WECHAT].orders
            if attempt["state"] not in FINAL and not never_left:
                found.append(f"{attempt['number']} {attempt['state']}")
    return found


def _judge(lab: LabWorld, papers: list[str], tally: Tally) -> None:
    """The simulator's judges over the lab's truth and the ledger's file."""
    world = World(Plan(0))
    world.banks = lab.banks
    world.sheets = [Sheet(found[0], whole=True) for text in papers if (found := _RECEIPT.search(text))]
    judges = Judges(world, in_a_hurry=True)
    judges.at_the_end(lab.folder / "data" / "ledger.db", ())
    tally.violations += judges.violations
    tally.charged_fen = sum(int(bank.charged()) for bank in lab.banks.values())
    tally.given_back_fen = sum(int(bank.given_back()) for bank in lab.banks.values())
    with Ledger(lab.folder / "data" / "ledger.db", threaded=False) as ledger:
        open_at_start = "SELECT count(*) FROM journal WHERE kind = 'shop.started' AND body ->> 'open_attempts' > 0"
        tally.in_flight = int((ledger.reader.execute(open_at_start).fetchone() or (0,))[0])
    tally.sales, tally.paid_fen = judges.takings["sales"], judges.takings["paid_fen"]


def one_lane(work: tuple[int, int]) -> Tally:
    """So many kills with this seed, in a process of its own."""
    kills, seed = work
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed wheel has its bytecode; starts are what takes long
    with tempfile.TemporaryDirectory(prefix="paybooth-crash-") as folder:
        return asyncio.run(lane(Path(folder), kills, seed))
