"""REST: the floor plan in all its versions; who draws says which version they saw (`If-Match`)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Response
from pydantic import ConfigDict, Field

from paybooth.domain.plan import Plan, PlanChange, plain_plan, plan_changes
from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.ports_console import PlanRow
from paybooth.shop.plans import StalePlanError, UnfitPlanError
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import example
from .staff import RefusedError, who

Number = Annotated[int, Path(ge=1, le=2**53, examples=[7])]
Draughtsman = Annotated[Staff, Depends(who(Act.EDIT_PLAN))]
NO: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such version"},
    412: {"description": "Somebody saved another version meanwhile; `now` is theirs. Nothing was changed"},
    422: {"description": "The floor cannot be like this; `detail` says why, `why` in one word"},
    428: {"description": "`If-Match` is missing: say which version you saw"},
    503: {"description": "The ledger cannot be written; nothing was changed"},
}
_SHOWN = msgspec.json.decode(msgspec.json.encode(plain_plan(["1"], ["exit"])))
_VERSION = {"number": 7, "at_ms": 1795312800000, "by": "Amy", "reason": "a new shelf by the window"}
VERSIONS_MOST = 50


class PlanIn(Model):
    """The whole floor as it shall be, in centimetres and degrees."""

    model_config = ConfigDict(json_schema_extra=example(plan=_SHOWN, reason="a new shelf by the window"))
    plan: Plan
    reason: str = Field(min_length=1, max_length=200)


class PlanOut(Model):
    """One version. Number 0: nobody drew yet, it follows from the configuration."""

    model_config = ConfigDict(json_schema_extra=example(**_VERSION, plan=_SHOWN))
    number: int
    at_ms: int
    by: str
    reason: str
    plan: Plan


class VersionOut(Model):
    """A version in the list: what made it another than the one before."""

    model_config = ConfigDict(
        json_schema_extra=example(**_VERSION, changes=[{"what": "shelf", "change": "added", "count": 1}])
    )
    number: int
    at_ms: int
    by: str
    reason: str
    changes: tuple[PlanChange, ...]


class VersionsOut(Model):
    """Newest first; where `more`, ask on with `before`."""

    model_config = ConfigDict(
        json_schema_extra=example(
            versions=[{**_VERSION, "changes": [{"what": "shelf", "change": "added", "count": 1}]}], more=False
        )
    )
    versions: list[VersionOut]
    more: bool


class StalePlanProblem(HTTPException):
    """412 with the plan as it is."""

    def __init__(self, stale: StalePlanError) -> None:
        super().__init__(412, str(stale), {"ETag": f'"{stale.now.number}"'})
        self.now = _out(stale.now).model_dump(mode="json")


def _out(row: PlanRow) -> PlanOut:
    return PlanOut(number=row.number, at_ms=row.at_ms, by=row.by, reason=row.reason, plan=row.plan)


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/plan", tags=["plan"], responses=NO)
    look = [Depends(who(Act.SEE_INCIDENTS))]

    @api.get("", dependencies=look)
    async def get_plan(response: Response) -> PlanOut:
        """The newest; its `ETag` is what a change has to send as `If-Match`."""
        response.headers["ETag"] = f'"{shop.plans.now.number}"'
        return _out(shop.plans.now)

    @api.get("/versions", dependencies=look)
    async def get_versions(
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=VERSIONS_MOST)] = 20,
    ) -> VersionsOut:
        """Who drew when, why, and what became another."""
        rows = shop.ledger.plans(before, limit + 1)
        first = shop.plans.plain
        versions = []
        for n, row in enumerate(rows[:limit]):
            older = rows[n + 1].plan if n + 1 < len(rows) else first
            changes = plan_changes(older, row.plan)
            versions.append(
                VersionOut(number=row.number, at_ms=row.at_ms, by=row.by, reason=row.reason, changes=changes)
            )
        return VersionsOut(versions=versions, more=len(rows) > limit)

    @api.get("/versions/{version}", dependencies=look)
    async def get_version(version: Number) -> PlanOut:
        """One version, whole."""
        row = shop.ledger.plan(version)
        if row is None:
            raise HTTPException(404, f"there is no version {version} of the plan")
        return _out(row)

    @api.put("")
    async def put_plan(
        wish: PlanIn,
        staff: Draughtsman,
        response: Response,
        if_match: Annotated[str | None, Header(max_length=80)] = None,
    ) -> PlanOut:
        """Save the floor as the next version; every console draws it at once."""
        if if_match is None:
            raise HTTPException(428, "say which version of the plan you saw: If-Match; nothing was changed")
        seen = if_match.strip().removeprefix("W/").strip('"')
        number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else -1
        try:
            now = await shop.plans.change(wish.plan, number, staff.name, wish.reason)
        except StalePlanError as error:
            raise StalePlanProblem(error) from error
        except UnfitPlanError as error:
            raise RefusedError(422, str(error), error.why) from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was changed") from error
        response.headers["ETag"] = f'"{now.number}"'
        return _out(now)

    return api
