"""REST: shelf labels as PDF, and their first page as a picture. Nothing is changed."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime
from typing import Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import ConfigDict, Field

from paybooth import labels as drawn
from paybooth.domain.staff import Act
from paybooth.shop.label_sheet import LABELS_MOST, Seen, UnlabelledError, labels
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import answer, example
from .staff import RefusedError, who

NO: dict[int | str, dict[str, Any]] = {
    422: {"description": "A product cannot have such a label; `detail` says which and why"}
}
PREVIEW_PX = 900


class CopiesIn(Model):
    model_config = ConfigDict(json_schema_extra=example(sku="P101", copies=2))
    sku: str = Field(max_length=48)
    copies: int = Field(1, ge=1, le=100)


class LabelsIn(Model):
    """What to print."""

    model_config = ConfigDict(
        json_schema_extra=example(
            labels=[{"sku": "P101", "copies": 2}], layout="a4-24", language="zh-CN", symbol="bars"
        )
    )
    labels: list[CopiesIn] = Field(min_length=1, max_length=LABELS_MOST)
    layout: Literal["a4-24", "a4-8", "roll-58", "roll-40"] = Field(
        "a4-24", description="A4 with 24 (70 × 37 mm) or 8 (105 × 74 mm), or a roll of 58 × 40 or 40 × 30 mm"
    )
    language: Literal["zh-CN", "en"] = "zh-CN"
    symbol: Literal["bars", "qr"] = Field("bars", description="qr: a GS1 Digital Link, which a booth reads too")


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(
        prefix="/api/labels", tags=["catalogue"], responses=NO, dependencies=[Depends(who(Act.SEE_INCIDENTS))]
    )

    one_at_a_time = asyncio.Lock()  # drawing takes a core: never two of them beside the booths

    def made(wish: LabelsIn, most: int) -> list[drawn.Label]:
        try:
            today = datetime.fromtimestamp(shop.clock.now_ms() / 1000, UTC).astimezone(shop.settings.zone).date()
            seen = Seen(shop.settings.label_layouts, today)
            wanted = [(each.sku, each.copies) for each in wish.labels]
            return labels(wanted, shop.catalogue, wish.language, wish.symbol, seen)[:most]
        except UnlabelledError as error:
            raise RefusedError(422, str(error), "label_unfit") from error

    @api.post("/pdf", response_class=Response, responses=answer("%PDF-1.7 …", media="application/pdf"))
    async def as_pdf(wish: LabelsIn) -> Response:
        """Every label, at true size: print without scaling."""
        found, layout = made(wish, LABELS_MOST), drawn.LAYOUTS[wish.layout]
        try:
            async with one_at_a_time:
                page = await asyncio.to_thread(drawn.pdf, found, layout, wish.symbol, shop.settings.name_zh)
        except drawn.UnfitLabelError as error:
            raise RefusedError(422, str(error), "label_unfit") from error
        return Response(page, media_type="application/pdf")

    @api.post("/preview", response_class=Response, responses=answer("PNG", media="image/png"))
    async def preview(wish: LabelsIn) -> Response:
        """The first page, small."""
        layout = drawn.LAYOUTS[wish.layout]
        found = made(wish, layout.columns * layout.rows)
        try:
            async with one_at_a_time:
                page = await asyncio.to_thread(_picture, found, layout, wish.symbol)
        except drawn.UnfitLabelError as error:
            raise RefusedError(422, str(error), "label_unfit") from error
        return Response(page, media_type="image/png")

    return api


def _picture(found: list[drawn.Label], layout: drawn.Layout, symbol: drawn.Symbol) -> bytes:
    (page,) = drawn.pages(found, layout, symbol)
    page.thumbnail((PREVIEW_PX, PREVIEW_PX * 2))
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()
