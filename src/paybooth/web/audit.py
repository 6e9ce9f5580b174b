"""REST: every act of staff, with its name and reason, out of the journal."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict, Field

from paybooth.domain.staff import Act
from paybooth.ports_console import ActQuery
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import example
from .staff import who

_ACT = {
    "seq": 812,
    "at_ms": 1795312800000,
    "kind": "door.commanded",
    "by": "Amy",
    "reason": "a pram",
    "about": {"gate": "exit", "what": "open"},
}


class ActOut(Model):
    """One act. `by` did it, `reason` is why; `about` is the rest of the fact."""

    seq: int
    at_ms: int
    kind: str = Field(examples=["refund.asked"])
    by: str
    reason: str
    about: dict[str, Any]


class ActPage(Model):
    """Newest first. Where `searched_to` is not null there is more below it: pass it as `before`."""

    model_config = ConfigDict(json_schema_extra=example(acts=[_ACT], searched_to=None))
    acts: list[ActOut]
    searched_to: int | None


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api", tags=["audit"])

    @api.get("/audit", dependencies=[Depends(who(Act.SEE_JOURNAL))])
    async def get_audit(
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        by: Annotated[str, Query(max_length=32)] = "",
        text: Annotated[str, Query(max_length=64)] = "",
    ) -> ActPage:
        """What staff did, newest first."""
        found = shop.ledger.find_acts(ActQuery(by.strip(), text.strip()), before, limit)
        acts = []
        for act in found.acts:
            about = {key: value for key, value in msgspec.to_builtins(act.fact).items() if key not in act.fact.masks}
            by_ = str(about.pop("by", "") or about.get("name", ""))
            reason = str(about.pop("reason", ""))
            acts.append(ActOut(seq=act.seq, at_ms=act.at_ms, kind=act.kind, by=by_, reason=reason, about=about))
        return ActPage(acts=acts, searched_to=found.searched_to)

    return api
