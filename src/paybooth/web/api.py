"""REST: what integrators and the bench read and do. Every model is documented; bad input gets RFC 9457 problems."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from paybooth.domain.money import Fen
from paybooth.outgoing import entry_json
from paybooth.ports import Scan
from paybooth.shop import intents
from paybooth.shop.help import StaffHelp
from paybooth.shop.shop import Shop

from .openapi import answer, example

BoothId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,8}$", description="Booth id from the configuration")]
SaleId = Annotated[str, Path(pattern=r"^\d{8}-\d{5,9}$", examples=["20261122-00417"])]


_SALE = {
    "id": "20261122-00417",
    "number": "0417",
    "booth": "1",
    "phase": "paid",
    "total_fen": 1490,
    "opened_ms": 1795312790000,
    "paid_ms": 1795312800000,
    "receipt": "20261122-00417",
}
_PAID = {"sale": "20261122-00417", "attempt": "LANE012611220041701A1B2C3", "total": 1490, "receipt": "20261122-00417"}
_ENTRY = {"seq": 812, "at_ms": 1795312800000, "kind": "sale.paid", "fact": _PAID, "hash": "5f" * 32}
_BOOTH = {"epoch": "8530bbc1", "rev": 10, "view": {"booth": "1", "phase": "attract", "language": "zh-CN", "sale": None}}


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShopOut(Model):
    """The shop and its totals."""

    model_config = ConfigDict(
        json_schema_extra=example(
            code="LANE01",
            name_zh="巷口小店",
            name_en="Corner Lane",
            version="0.1.0",
            booths=["1", "2"],
            products=1204,
            open_attempts=0,
            takings={"sales": 417, "paid_fen": 824100, "refunded_fen": 1490, "attempts": 421},
        )
    )
    code: str = Field(examples=["LANE01"])
    name_zh: str
    name_en: str
    version: str
    booths: list[str]
    products: int
    open_attempts: int = Field(description="Charges without a final word")
    takings: dict[str, int] = Field(description="Fen and counts over all time")


class ScanIn(Model):
    """One good read."""

    text: str = Field(min_length=1, max_length=4096, examples=["6901028075763"])
    symbology: str | None = Field(default=None, pattern=r"^\][A-Za-z][0-9A-Za-z]$", examples=["]E0"])


class Accepted(Model):
    """Taken into the booth's mailbox; the result is in the booth's next view."""

    model_config = ConfigDict(json_schema_extra=example(accepted=True))
    accepted: Literal[True] = True


class IntentIn(Model):
    """What a kiosk may ask for; see the kiosk contract for the actions."""

    id: str = Field(min_length=1, max_length=64)
    seen_rev: int = Field(ge=0, le=2**53)
    action: dict[str, Any] = Field(examples=[{"name": "pay", "total_fen": 1250}])


class SaleOut(Model):
    """A sale in a list."""

    id: str
    number: str
    booth: str
    phase: str
    total_fen: int
    opened_ms: int
    paid_ms: int | None
    receipt: str | None


class SalePage(Model):
    model_config = ConfigDict(json_schema_extra=example(sales=[_SALE], next_before=None))
    sales: list[SaleOut]
    next_before: str | None = Field(description="Pass as `before` for the next page; null at the end")


class SaleDetail(Model):
    """A sale with everything that happened to it."""

    model_config = ConfigDict(
        json_schema_extra=example(
            sale={"id": "20261122-00417", "phase": "paid", "total_fen": 1490, "lines": []},
            attempts=[{"number": _PAID["attempt"], "state": "paid", "amount": 1490, "code_last4": "6789"}],
            facts=[_ENTRY],
        )
    )
    sale: dict[str, Any]
    attempts: list[dict[str, Any]]
    facts: list[dict[str, Any]]


class JournalPage(Model):
    """Journal rows in order; the last `seq` is the next `after`."""

    model_config = ConfigDict(json_schema_extra=example(entries=[_ENTRY]))
    entries: list[dict[str, Any]]


class ProductOut(Model):
    sku: str
    codes: list[str]
    name_zh: str
    name_en: str
    price_fen: int | None
    member_price_fen: int | None
    picture: str
    unit_zh: str
    unit_en: str
    weighed: bool


class ProductPage(Model):
    model_config = ConfigDict(
        json_schema_extra=example(
            products=[
                {
                    "sku": "B",
                    "codes": ["06901234567892"],
                    "name_zh": "鲜牛奶",
                    "name_en": "Milk",
                    "price_fen": 1490,
                    "member_price_fen": None,
                    "picture": "",
                    "unit_zh": "件",
                    "unit_en": "pc",
                    "weighed": False,
                }
            ]
        )
    )
    products: list[ProductOut]


class DeviceOut(Model):
    """Health of one device or channel; `unknown` means it has not answered yet."""

    model_config = ConfigDict(
        json_schema_extra=example(device="printer:1", state="offline", reasons=["paper_out"], since_ms=1795312800000)
    )
    device: str
    state: Literal["unknown", "online", "degraded", "offline"]
    reasons: list[str]
    since_ms: int


NO_CALL: dict[int | str, dict[str, Any]] = {409: {"description": "Nobody calls for help at this booth"}}
_DECODE = msgspec.json.Decoder(intents.Intent)


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api")

    def booth_of(booth: str) -> Any:
        if booth not in shop.booths:
            raise HTTPException(404, f"there is no booth {booth}")
        return shop.booths[booth]

    @api.get("/shop", tags=["shop"])
    async def get_shop(request: Request) -> ShopOut:
        """Name, version, totals."""
        return ShopOut(
            code=shop.settings.code,
            name_zh=shop.settings.name_zh,
            name_en=shop.settings.name_en,
            version=shop.version,
            booths=list(shop.booths),
            products=len(shop.catalogue),
            open_attempts=shop.till.in_flight,
            takings=(await request.app.state.tally.totals()).takings(),
        )

    @api.get("/devices", tags=["shop"])
    async def get_devices() -> list[DeviceOut]:
        """The health table."""
        return [
            DeviceOut(device=s.device, state=s.health.state.value, reasons=list(s.health.reasons), since_ms=s.since_ms)
            for s in shop.watch.table.values()
        ]

    @api.get("/booths/{booth}", tags=["booth"], responses=answer(_BOOTH))
    async def get_booth(booth: BoothId) -> dict[str, Any]:
        """The booth's whole view, as its kiosk shows it, with `epoch` and `rev`."""
        feed = booth_of(booth).feed
        return {"epoch": feed.epoch, "rev": feed.rev, "view": msgspec.to_builtins(feed.view)}

    @api.post("/booths/{booth}/scan", status_code=202, tags=["booth"])
    async def post_scan(booth: BoothId, scan: ScanIn) -> Accepted:
        """Hand a scan to the booth, as its scanner would."""
        if not booth_of(booth).post_input(Scan(scan.text, scan.symbology)):
            raise HTTPException(429, "the booth's mailbox is full; the scan was not taken")
        return Accepted()

    @api.post("/booths/{booth}/intents", status_code=202, tags=["booth"])
    async def post_intent(booth: BoothId, intent: IntentIn) -> Accepted:
        """Hand an intent to the booth, as its kiosk would; the answer is `last_intent` in the view."""
        found = booth_of(booth)
        try:
            decoded = _DECODE.decode(msgspec.json.encode({"type": "intent", **intent.model_dump()}))
        except (msgspec.ValidationError, ValueError, UnicodeEncodeError) as error:
            raise HTTPException(422, f"no such action: {error}") from error
        if not found.post_input(decoded):
            raise HTTPException(429, "the booth's mailbox is full; nothing was done")
        return Accepted()

    def staff_help(booth: str, act: StaffHelp) -> Accepted:
        found = booth_of(booth)
        if found.feed.view.help is None:
            raise HTTPException(409, f"nobody calls for help at booth {booth}")
        if not found.post_input(act):
            raise HTTPException(429, "the booth's mailbox is full; nothing was done")
        return Accepted()

    @api.post("/booths/{booth}/help/seen", status_code=202, tags=["booth"], responses=NO_CALL)
    async def post_help_seen(booth: BoothId) -> Accepted:
        """Tell the shopper that staff saw the call and somebody is coming."""
        return staff_help(booth, StaffHelp("seen"))

    @api.post("/booths/{booth}/help/end", status_code=202, tags=["booth"], responses=NO_CALL)
    async def post_help_end(booth: BoothId) -> Accepted:
        """The shopper has been helped: the call is over."""
        return staff_help(booth, StaffHelp("helped"))

    @api.get("/sales", tags=["sales"])
    async def get_sales(
        before: Annotated[str | None, Query(max_length=32)] = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> SalePage:
        """Sales, newest first."""
        rows = shop.ledger.sales(before, limit)
        sales = [
            SaleOut(
                id=r.id,
                number=r.number,
                booth=r.booth,
                phase=r.phase,
                total_fen=r.total,
                opened_ms=r.opened_ms,
                paid_ms=r.paid_ms,
                receipt=r.receipt,
            )
            for r in rows
        ]
        return SalePage(sales=sales, next_before=rows[-1].id if len(rows) == limit else None)

    @api.get("/sales/{sale}", tags=["sales"])
    async def get_sale(sale: SaleId) -> SaleDetail:
        """One sale: lines, attempts, and its facts in order."""
        found = shop.ledger.sale(sale)
        if found is None:
            raise HTTPException(404, f"there is no sale {sale}")
        return SaleDetail(
            sale={**msgspec.to_builtins(found), "total_fen": found.total},
            attempts=[msgspec.to_builtins(a) for a in shop.ledger.attempts_of(sale)],
            facts=[entry_json(e) for e in shop.ledger.journal_of(sale)],
        )

    @api.get("/journal", tags=["journal"])
    async def get_journal(
        after: Annotated[int, Query(ge=0, le=2**53)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> JournalPage:
        """Facts after a number, oldest first; read again with the last `seq` to follow."""
        return JournalPage(entries=[entry_json(e) for e in shop.ledger.journal(after, limit)])

    @api.get("/products", tags=["catalogue"])
    async def get_products(
        after: Annotated[str, Query(max_length=48)] = "", limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> ProductPage:
        """Products by sku."""
        found = []
        for product in shop.catalogue:
            if product.sku > after:
                found.append(product)
            if len(found) == limit:
                break
        return ProductPage(
            products=[
                ProductOut(
                    sku=p.sku,
                    codes=list(p.codes),
                    name_zh=p.name_zh,
                    name_en=p.name_en,
                    price_fen=_plain(p.price),
                    member_price_fen=_plain(p.member_price),
                    picture=p.picture,
                    unit_zh=p.unit_zh,
                    unit_en=p.unit_en,
                    weighed=p.weighed,
                )
                for p in found
            ]
        )

    return api


def _plain(amount: Fen | None) -> int | None:
    return None if amount is None else int(amount)
