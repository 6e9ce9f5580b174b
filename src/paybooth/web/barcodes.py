"""REST: what a booth would make of a scan. Payment codes are neither said back nor kept."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field

from paybooth.domain.staff import Act
from paybooth.shop.shop import Shop
from paybooth.shop.trial import trial

from .api import Model, ProductOut, ScanIn, product_out
from .openapi import example
from .staff import who


class TrialOut(Model):
    """What a scan is, and what the goods screen would do with it."""

    model_config = ConfigDict(
        json_schema_extra=example(
            kind="goods",
            wallet="",
            keys=["06901234567892"],
            batch=None,
            expires="2026-12-31",
            serial=None,
            weight_g=None,
            price_fen=None,
            right="",
            product=None,
            refusal="unknown_barcode",
            amount_fen=None,
        )
    )
    kind: str = Field(description="goods, wrong_check_digit, payment, exit_pass, member_pass, link or unreadable")
    wallet: str = Field(description="Of a payment code: whose shape it has")
    keys: list[str] = Field(description="What is looked up in the catalogue, in order")
    batch: str | None
    expires: str | None = Field(description="Not sold after this day")
    serial: str | None = Field(description="Makes the piece unique")
    weight_g: int | None
    price_fen: int | None = Field(description="On the label itself")
    right: str = Field(description="The code with the check digit that would fit; empty where it does")
    product: ProductOut | None
    refusal: str = Field(description="The slip a kiosk would show; empty where it would add a line")
    amount_fen: int | None = Field(description="Of that line, before offers")


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/barcodes", tags=["catalogue"], dependencies=[Depends(who(Act.SEE_INCIDENTS))])

    @api.post("/try")
    async def try_scan(scan: ScanIn) -> TrialOut:
        """What a booth would make of this scan. Nothing is sold, kept or written down."""
        now = datetime.fromtimestamp(shop.clock.now_ms() / 1000, UTC).astimezone(shop.settings.zone)
        found = trial(scan.text, scan.symbology, shop.catalogue, shop.settings.label_layouts, now)
        code = found.code
        return TrialOut(
            kind=found.kind,
            wallet=found.wallet,
            keys=list(code.keys) if code else [],
            batch=code.batch if code else None,
            expires=code.expires.isoformat() if code and code.expires else None,
            serial=code.serial if code else None,
            weight_g=code.weight_g if code else None,
            price_fen=code.price_fen if code else None,
            right=found.right,
            product=product_out(found.product) if found.product else None,
            refusal=found.refusal,
            amount_fen=found.amount_fen,
        )

    return api
