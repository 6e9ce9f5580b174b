"""REST: devices tried, and taken out of service and back, by whoever looks after them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path
from pydantic import ConfigDict, Field

from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.service import MINUTES_MOST, Service
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import example
from .staff import who

Name = Annotated[str, Path(pattern=r"^[a-z_]{2,16}:[A-Za-z0-9:_-]{1,24}$", examples=["printer:1"])]
Technician = Annotated[Staff, Depends(who(Act.SERVICE))]
NO: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such device"},
    503: {"description": "The ledger cannot be written; nothing was done"},
}


class WhyIn(Model):
    reason: str = Field(min_length=1, max_length=200)


class MaintenanceIn(WhyIn):
    minutes: int = Field(ge=1, le=MINUTES_MOST, description="It is back in service after this by itself")


class TestOut(Model):
    """What came of it: `ok` is proven, `unclear` is not, `failed` says why."""

    model_config = ConfigDict(json_schema_extra=example(result="ok", detail="printed and cut"))
    result: Literal["ok", "unclear", "failed"]
    detail: str


class Done(Model):
    model_config = ConfigDict(json_schema_extra=example(done=True))
    done: bool = True


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/devices/{device}", tags=["devices"], responses=NO)
    service: Service = shop.service

    def known(device: str) -> str:
        if device not in shop.watch.table:
            raise HTTPException(404, f"there is no device {device}")
        return device

    @api.post("/test")
    async def post_test(device: Name, staff: Technician, why: WhyIn) -> TestOut:
        """Try it: a printer prints a slip, a wallet is asked, everything else is listened to."""
        try:
            tried = await service.test(known(device), staff.name, why.reason)
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was done") from error
        return TestOut(result=tried.result, detail=tried.detail)

    @api.post("/maintenance")
    async def post_maintenance(device: Name, staff: Technician, wish: MaintenanceIn) -> Done:
        """Out of service for a while: its silence alarms nobody until then."""
        try:
            await service.maintain(known(device), staff.name, wish.reason, wish.minutes)
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was done") from error
        return Done()

    @api.post("/in-service")
    async def post_in_service(device: Name, staff: Technician, why: WhyIn) -> Done:
        """Back in service at once."""
        try:
            await service.back(known(device), staff.name, why.reason)
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was done") from error
        return Done()

    return api
