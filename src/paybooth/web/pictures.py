"""REST: photos of products; a photo is shown once a product names it. Screens read them by name, without a word who."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, Response
from pydantic import ConfigDict

from paybooth import photo
from paybooth.domain.staff import Act
from paybooth.ports import LedgerFault
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import BINARY, example
from .staff import RefusedError, who

NO: dict[int | str, dict[str, Any]] = {
    409: {"description": "The shop keeps as many pictures as it can, and each is in use"},
    413: {"description": "The photo is larger than 8 MiB"},
    422: {"description": "This is no PNG, JPEG or WebP, is damaged, or has too many pixels; nothing was kept"},
    503: {"description": "It cannot be written to disk now; nothing was kept"},
}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Another picture has another name."""


class PictureOut(Model):
    model_config = ConfigDict(json_schema_extra=example(picture="0123456789abcdef0123456789abcdef.webp"))
    picture: str


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(tags=["catalogue"])
    one_at_a_time = asyncio.Lock()  # a large photo unpacked takes a lot of memory

    @api.post("/api/pictures", openapi_extra=BINARY, responses=NO, dependencies=[Depends(who(Act.EDIT_GOODS))])
    async def post_picture(request: Request) -> PictureOut:
        """Keep a photo, made small and square; what it is called goes into a product's `picture`."""
        if shop.pictures is None:
            raise HTTPException(503, "this box keeps no pictures")
        content = await request.body()
        async with one_at_a_time:
            try:
                fitted = await asyncio.to_thread(photo.fitted, content)
            except photo.PhotoError as error:
                raise RefusedError(422, f"{error}. Nothing was kept", "photo") from error
            used = {product.picture for product in shop.catalogue}
            try:
                name = await asyncio.to_thread(shop.pictures.keep, fitted, used)
            except LedgerFault as error:
                raise HTTPException(503, "the picture cannot be written to disk now; nothing was kept") from error
        if name is None:
            raise HTTPException(409, "the shop keeps as many pictures as it can; nothing was kept")
        return PictureOut(picture=name)

    @api.get("/pictures/{name}", include_in_schema=False)
    async def picture(name: str) -> Response:
        """For kiosk, gate and console: no more than what stands on the shelf."""
        path = shop.pictures.path(name) if shop.pictures is not None else None
        if path is None:
            raise HTTPException(404, "no such picture")
        return FileResponse(path, media_type="image/webp", headers=FOR_EVER)

    return api
