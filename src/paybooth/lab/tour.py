"""Scripted shoppers go through the whole shop over the real wires, in real time; then the books are compared.

Only what a shopper has: goods, a phone, eyes on the kiosk's socket. The judges look at the bank's books, the paper and
what the shop's API says of its own ledger.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import websockets

from paybooth.domain.money import ZERO
from paybooth.domain.payment import Channel

from . import shelf
from .eyes import STEP_S, Eyes
from .models import Wallet
from .tour_exit import Walks
from .world import World, now_ms

TOUR_WAITS = "done_s = 3600\ndeclined_s = 3600\nchoose_s = 3600\nalign_s = 3600\n"
"""The tour's shoppers think at the speed of a script; the booth must not walk on before they looked."""

SETTLE_S = 90.0


class Tour:
    """All stories, then the verdict."""

    def __init__(self, world: World, staff: dict[str, str], say: Callable[[str], None]) -> None:
        self.world = world
        self._staff = staff
        self.say = say
        self.eyes = Eyes(world)
        self.scan_ms: list[float] = []
        self.failures: list[str] = []
        self._shoppers = 0
        self._walks = Walks(world, self._get, self._ask)

    async def run(self) -> dict[str, Any]:
        """The JSON object of `--tour --json`; `ok` only if every promise held."""
        await self.eyes.open()
        await self._wait_for_channels()
        stories: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("a basket, paid by WeChat", self._plain_wechat),
            ("a basket, paid by Alipay", self._plain_alipay),
            ("the wallet asks for the password", self._password),
            ("declined, then the other wallet", self._declined_then_other),
            ("the shopper scans our screen", self._presented),
            ("the answer gets lost, the money not", self._reply_lost),
            ("the password is abandoned: taken back", self._abandoned),
            ("one piece comes back", self._refund),
            ("a large refund needs a second person", self._second_person),
            ("staff void a basket", self._void),
            ("the paper runs out in the middle", self._paper_out),
            ("out with what was paid", self._out_paid),
            ("out with one piece too many", lambda: self._walks.unpaid("P503")),
            ("the basket on the pad, paid and carried out", self._pad),
            ("out together, one of three unpaid", self._out_together),
            ("out with nothing", self._walks.empty),
            ("fire, and no mains", self._walks.fire_and_power),
            ("the network dies in the middle of a charge", self._network),
            ("the power dies in the middle of a charge", self._power_cut),
            ("out with the software dead", self._nothing_alive),
        ]
        for name, story in stories:
            began = time.monotonic()
            try:
                await story()
                self.say(f"  ok    {name} ({time.monotonic() - began:.1f} s)")
            except (AssertionError, OSError, websockets.WebSocketException) as error:
                self.failures.append(f"{name}: {error}")
                self.say(f"  FAIL  {name}: {error}")
                await self._start_over()
        await self.eyes.close()
        return await self._verdict()

    # ------------------------------------------------------------ stories

    async def _plain_wechat(self) -> None:
        await self._fill("P101", "P101", "P303", "P203")
        await self._pay(Channel.WECHAT)
        await self._leave_with_paper()

    async def _plain_alipay(self) -> None:
        await self._fill("P406", "P502", "P601")
        await self._scan(shelf.price_label("00011", 860))
        await self._pay(Channel.ALIPAY)
        await self._leave_with_paper()

    async def _password(self) -> None:
        wallet = self._shopper(Channel.WECHAT)
        wallet.ask_always = True
        await self._fill("P501")
        await self._show_code(wallet)
        await self.eyes.until(lambda v: v["phase"] == "paying" and v["payment"]["needs_user"])
        self.world.answer_prompt(wallet, agree=True)
        await self._leave_with_paper()

    async def _declined_then_other(self) -> None:
        poor = self._shopper(Channel.WECHAT)
        poor.balance = ZERO
        await self._fill("P609")
        await self._show_code(poor)
        view = await self.eyes.phase("declined")
        assert view["payment"]["declined"] == "no_money", view["payment"]["declined"]
        await self.eyes.tap("back")
        self.world.scanner.scan(self._code(self._shopper(Channel.ALIPAY)))
        await self._leave_with_paper()

    async def _presented(self) -> None:
        wallet = self._shopper(Channel.WECHAT)
        await self._fill("P404")
        await self._confirm()
        await self.eyes.tap("present", channel="wechat")
        await self.eyes.until(lambda v: v["phase"] == "present" and v["payment"]["qr_svg"] != "")
        url = next(
            o.url for o in self.world.banks[Channel.WECHAT].orders.values() if o.presented and o.state == "waiting"
        )
        assert self.world.pay_presented(Channel.WECHAT, url, wallet)
        await self._leave_with_paper()

    async def _reply_lost(self) -> None:
        self.world.faults.arm(Channel.WECHAT, "reply_lost")
        await self._fill("P104")
        await self._show_code(self._shopper(Channel.WECHAT))
        await self._leave_with_paper(seconds=SETTLE_S)

    async def _abandoned(self) -> None:
        wallet = self._shopper(Channel.WECHAT)
        wallet.ask_always, wallet.offline = True, True
        await self._fill("P503")
        await self._show_code(wallet)
        await self.eyes.until(lambda v: v["phase"] == "paying" and v["payment"]["cancellable"], 30)
        await self.eyes.tap("back")
        view = await self.eyes.phase("declined", seconds=SETTLE_S)
        assert view["payment"]["declined"] == "reversed", view["payment"]["declined"]
        await self.eyes.tap("abandon")
        await self.eyes.phase("attract")

    async def _refund(self) -> None:
        await self._fill("P101", "P101")
        sale = await self._sold(Channel.ALIPAY)
        goods = [{"line": 1, "quantity": 1}]
        refund = await self._ask("Amy", f"sales/{sale}/refunds", id="tour-refund-1", reason="returned", goods=goods)
        assert refund["state"] in ("open", "done"), refund
        await self._until_refunded(refund["number"])

    async def _second_person(self) -> None:
        """Above the shop's limit nothing leaves before somebody else agrees."""
        await self._fill("P609", "P408", "P203", "P303", "P406", "P502")
        sale = await self._sold(Channel.WECHAT)
        refund = await self._ask("Amy", f"sales/{sale}/refunds", id="tour-refund-2", reason="faulty")
        assert refund["state"] == "asked", refund
        alone = await self._ask("Amy", f"refunds/{refund['number']}/approve", status=409)
        assert "somebody else" in alone["detail"], alone
        await self._ask("Bo", f"refunds/{refund['number']}/approve")
        await self._until_refunded(refund["number"])

    async def _void(self) -> None:
        await self._fill("P104")
        sale = self.eyes.view["sale"]["number"]
        ids = [row["id"] for row in (await self._get("sales?limit=5"))["sales"] if row["number"] == sale]
        await self._ask("Amy", f"sales/{ids[0]}/void", reason="other", note="tour")
        await self.eyes.until(lambda v: v["phase"] == "attract" and (v["notice"] or {}).get("kind") == "voided")

    async def _paper_out(self) -> None:
        await self._fill("P408")
        self.world.printer.set(out_after_bytes=300)
        await self._pay(Channel.ALIPAY)
        await self.eyes.until(lambda v: v["phase"] == "done" and v["receipt"]["paper"] == "unconfirmed", 30)
        await self.eyes.tap("finish")
        await self.eyes.until(lambda v: v["paper"] == "none")
        await self._fill("P409")
        await self._pay(Channel.ALIPAY)
        await self.eyes.until(lambda v: v["phase"] == "done" and v["receipt"]["paper"] == "digital_only")
        await self.eyes.tap("finish")
        self.world.printer.set(paper_mm=50_000.0)
        await self.eyes.until(lambda v: v["paper"] == "ok")

    async def _network(self) -> None:
        await self._fill("P205")
        self.world.faults.arm(Channel.ALIPAY, "reply_late", seconds=2)
        await self._show_code(self._shopper(Channel.ALIPAY))
        await self._until_order(Channel.ALIPAY)
        self.world.cable.set("cut")
        await self.eyes.phase("checking")
        self.world.cable.set("up")
        await self._leave_with_paper(seconds=SETTLE_S)

    async def _power_cut(self) -> None:
        await self._fill("P110")
        self.world.faults.arm(Channel.WECHAT, "reply_late", seconds=3)
        await self._show_code(self._shopper(Channel.WECHAT))
        await self._until_order(Channel.WECHAT)
        await self.eyes.close()
        await self.world.cut_power()
        await self.world.start_shop()
        await self.eyes.open()
        await self._leave_with_paper(seconds=SETTLE_S)

    async def _out_paid(self) -> None:
        await self._fill("P101", "P202")
        await self._pay(Channel.WECHAT)
        await self._leave_with_paper()
        await self._walks.paid(self._walks.piece("P101"), self._walks.piece("P202"))

    async def _pad(self) -> None:
        """Three lines from one gesture; they are its very pieces, so its right to leave is exact."""
        pieces = [self._walks.piece(sku) for sku in ("P107", "P210", "P606")]
        with self._walks.on_pad(pieces):
            view = await self.eyes.until(lambda v: (v["sale"] or {}).get("count", 0) >= len(pieces))
            await self._pay(Channel.ALIPAY)
            await self._leave_with_paper()
        self._walks.tally.pad_lines += len(view["sale"]["lines"])
        assert sorted(line["sku"] for line in view["sale"]["lines"]) == ["P107", "P210", "P606"], view["sale"]
        await self._walks.paid(*pieces)

    async def _out_together(self) -> None:
        await self._fill("P103", "P104")
        await self._pay(Channel.ALIPAY)
        await self._leave_with_paper()
        await self._walks.unpaid("P504", "P103", "P104")

    async def _nothing_alive(self) -> None:
        await self.eyes.close()
        await self._walks.nothing_alive()
        await self.eyes.open()

    # ------------------------------------------------------------ what staff do

    async def _sold(self, channel: Channel) -> str:
        """Pay what is in the basket and leave; the sale's id."""
        number = self.eyes.view["sale"]["number"]
        await self._pay(channel)
        await self._leave_with_paper()
        rows = (await self._get("sales?limit=5"))["sales"]
        return str(next(row["id"] for row in rows if row["number"] == number))

    async def _ask(self, name: str, path: str, *, status: int = 0, **body: Any) -> dict[str, Any]:
        """Post something as a member of staff; `status` 0 is any success."""
        async with self._api(self._staff[name]) as client:
            answer = await client.post(f"/api/{path}", json=body or None)
        fits = answer.status_code == status if status else answer.is_success
        assert fits, f"{path}: HTTP {answer.status_code} {answer.text[:200]}"
        found: dict[str, Any] = answer.json()
        return found

    async def _get(self, path: str) -> dict[str, Any]:
        async with self._api(self._staff["Bo"]) as client:
            found: dict[str, Any] = (await client.get(f"/api/{path}")).json()
        return found

    def _api(self, token: str) -> httpx2.AsyncClient:
        base = f"http://127.0.0.1:{self.world.shop_port}"
        return httpx2.AsyncClient(base_url=base, trust_env=False, headers={"Authorization": f"Bearer {token}"})

    async def _until_refunded(self, number: str) -> None:
        async with asyncio.timeout(STEP_S):
            while (await self._get(f"refunds/{number}"))["state"] != "done":
                await asyncio.sleep(0.1)

    # ------------------------------------------------------------ what a shopper does

    def _shopper(self, channel: Channel) -> Wallet:
        self._shoppers += 1
        return self.world.banks[channel].wallet(f"tour-{self._shoppers}")

    def _code(self, wallet: Wallet) -> str:
        return self.world.banks[wallet.channel].fresh_code(wallet, now_ms())

    async def _fill(self, *skus: str) -> None:
        for sku in skus:
            await self._scan(shelf.barcode(sku))

    async def _scan(self, code: str) -> None:
        """Scan and wait for the drip's line; the scanner needs a breath between two equal codes, as a hand does."""
        before = self.eyes.rev
        count = (self.eyes.view.get("sale") or {}).get("count", 0) if self.eyes.view["phase"] == "shopping" else 0
        began = time.perf_counter()
        assert self.world.scanner.scan(code), "the scanner is not connected"
        await self.eyes.until(lambda v: self.eyes.rev > before and (v["sale"] or {}).get("count", 0) > count)
        self.scan_ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.75)

    async def _confirm(self) -> None:
        await self.eyes.tap("pay", total_fen=self.eyes.view["sale"]["total_fen"])
        await self.eyes.phase("choose")

    async def _show_code(self, wallet: Wallet) -> None:
        await self._confirm()
        await self.eyes.tap("choose", channel=wallet.channel.value)
        await self.eyes.phase("align")
        assert self.world.scanner.scan(self._code(wallet))
        await self.eyes.phase("paying", "checking", "declined", "done")

    async def _pay(self, channel: Channel) -> None:
        await self._show_code(self._shopper(channel))

    async def _leave_with_paper(self, seconds: float = STEP_S) -> None:
        await self.eyes.until(lambda v: v["phase"] == "done" and v["receipt"]["paper"] == "printed", seconds)
        await self.eyes.tap("finish")
        await self.eyes.phase("attract")

    async def _until_order(self, channel: Channel) -> None:
        """Wait until the bank has the order of the sale on the screen."""
        known = len(self.world.banks[channel].movements)
        async with asyncio.timeout(STEP_S):
            while len(self.world.banks[channel].movements) <= known and not self._is_in_books(channel):
                await asyncio.sleep(0.01)

    def _is_in_books(self, channel: Channel) -> bool:
        tail = (self.eyes.view.get("payment") or {}).get("number_tail", "-")
        return any(number.endswith(tail) for number in self.world.banks[channel].orders)

    async def _wait_for_channels(self) -> None:
        await self.eyes.until(lambda v: all(c["available"] for c in v["channels"]) and v["paper"] == "ok")

    async def _start_over(self) -> None:
        """After a failed story: everything back to normal, a free booth."""
        self.world.faults.clear()
        self.world.cable.set("up")
        self.world.printer.set(paper_mm=50_000.0, out_after_bytes=None)
        await self.eyes.close()
        if self.world.power != "on":
            await self.world.start_shop()
        await self.eyes.open()
        if self.eyes.view["phase"] in ("done", "staff"):
            await self.eyes.tap("finish")
        await self.eyes.tap("abandon")

    # ------------------------------------------------------------ judges

    async def _verdict(self) -> dict[str, Any]:
        async with self._api(self._staff["Bo"]) as client:
            async with asyncio.timeout(SETTLE_S):
                while (await client.get("/healthz")).json()["open_attempts"]:
                    await asyncio.sleep(0.5)
            takings = (await client.get("/api/shop")).json()["takings"]
            sales = [await self._sale(client, s["id"]) for s in await self._sales(client)]
            entries = await self._journal(client)
        refunds = [r for r in (await self._get("refunds"))["refunds"] if r["by"]]
        matched = await self._command("reconcile", "--date", "today", "--json")
        await self.world.stop_shop()
        fsck = await self._command("fsck", "--json")
        judged = self._judge(sales, refunds)
        by_staff = sum(r["amount_fen"] for r in refunds if r["state"] == "done")
        differences = sum(len(m["differences"]) + m["differences_unlisted"] for m in matched["matches"])
        kinds = [e["kind"] for e in entries]
        unknown = {
            e["fact"]["attempt"] for e in entries if e["kind"] == "attempt.moved" and e["fact"]["event"] == "unknown"
        }
        charged = sum(int(bank.charged()) for bank in self.world.banks.values())
        back = sum(int(bank.given_back()) for bank in self.world.banks.values())
        quantiles = statistics.quantiles(self.scan_ms, n=20) if len(self.scan_ms) > 1 else [0.0] * 19
        result: dict[str, Any] = {
            "sales": takings["sales"],
            "paid_fen": takings["paid_fen"],
            "charged_fen": charged,
            "refunded_fen": back,
            "attempts": takings["attempts"],
            "declined": takings.get("attempts_declined", 0),
            "reversed": takings.get("attempts_reversed", 0),
            "unknown_settled": len(unknown),
            **judged,
            "receipts_proven": takings.get("receipts_printed", 0),
            "receipts_digital_only": takings.get("receipts_digital_only", 0),
            "receipts_unconfirmed": takings.get("receipts_unconfirmed", 0),
            "sheets_cut": len(self.world.printer.sheets),
            "refunds": len(refunds),
            "refunded_by_staff_fen": by_staff,
            "voids": kinds.count("sale.voided"),
            "bill_rows": sum(m["rows"] for m in matched["matches"]),
            "differences": differences,
            **dataclasses.asdict(self._walks.tally),
            "facts": len(kinds),
            "restarts": self.world.starts - 1,
            "fsck": "ok" if fsck["ok"] else "; ".join(fsck["faults"]),
            "scan_to_view_ms_p50": round(statistics.median(self.scan_ms), 2) if self.scan_ms else 0,
            "scan_to_view_ms_p95": round(quantiles[18], 2),
            "failures": self.failures,
        }
        held = charged - back == takings["paid_fen"] - by_staff and not any(judged.values()) and fsck["ok"]
        matches = matched["clean"] and result["bill_rows"] > 0
        result["ok"] = held and matches and not self.failures and result["receipts_proven"] == result["sheets_cut"]
        return result

    def _judge(self, sales: list[dict[str, Any]], refunds: list[dict[str, Any]]) -> dict[str, int]:
        """The bank's books against the shop's: every kept fen belongs to exactly one paid sale or a refund of staff."""
        returned = Counter[str]()
        for refund in refunds:
            returned[refund["attempt"]] += refund["amount_fen"] if refund["state"] == "done" else 0
        kept = {
            order.number: int(bank.net(order.number)) + returned[order.number]
            for bank in self.world.banks.values()
            for order in bank.orders.values()
        }
        claimed: dict[str, int] = {}
        double = without_charge = 0
        for detail in sales:
            numbers = [a["number"] for a in detail["attempts"] if kept.get(a["number"], 0) > 0]
            double += len(numbers) > 1
            paid = detail["sale"]["phase"] == "paid"
            total = detail["sale"]["total_fen"]
            if paid and sum(kept.get(number, 0) for number in numbers) != total:
                without_charge += 1
            if paid:
                claimed.update(dict.fromkeys(numbers, total))
        charges_without = sum(1 for number, fen in kept.items() if fen > 0 and number not in claimed)
        return {
            "double_charges": double,
            "charges_without_sale": charges_without,
            "sales_without_charge": without_charge,
        }

    async def _sales(self, client: httpx2.AsyncClient) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.get("/api/sales?limit=200")).json()["sales"]
        return found

    async def _sale(self, client: httpx2.AsyncClient, sale: str) -> dict[str, Any]:
        found: dict[str, Any] = (await client.get(f"/api/sales/{sale}")).json()
        return found

    async def _journal(self, client: httpx2.AsyncClient) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.get("/api/journal?limit=1000")).json()["entries"]
        return found

    async def _command(self, *words: str) -> dict[str, Any]:
        """A command of the product; the JSON of its last line."""
        command = (sys.executable, "-m", "paybooth", *words, "--config", str(self.world.config))
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        found: dict[str, Any] = json.loads(output.splitlines()[-1])
        return found
