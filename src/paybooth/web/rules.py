"""REST: the price rules in all their versions, and a basket to try them on; who writes says which version they saw."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Response
from pydantic import ConfigDict, Field

from paybooth.domain.pricing import RULES_MOST, Outcome, Rule, rules_fault
from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.ports_console import RulesRow
from paybooth.shop.rules import StaleRulesError, TriedBasket, UnfitRulesError, Wanted, try_basket
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import example
from .staff import RefusedError, who

Writer = Annotated[Staff, Depends(who(Act.EDIT_GOODS))]
Rules = Annotated[tuple[Rule, ...], Field(max_length=RULES_MOST)]
NO: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such version"},
    412: {"description": "Somebody saved other rules meanwhile; `now` is theirs. Nothing was changed"},
    422: {"description": "The rules cannot be like this; `detail` names the rule and says why"},
    428: {"description": "`If-Match` is missing: say which version you saw"},
    503: {"description": "The ledger cannot be written; nothing was changed"},
}
_WINDOW: dict[str, object] = {"from_date": None, "to_date": None, "weekdays": [], "from_minute": 1200, "to_minute": 360}
_RULE = {
    "id": "bread-evening",
    "kind": "percent",
    "label_zh": "晚间八折",
    "label_en": "20% off tonight",
    "skus": ["P401"],
    "n": 1,
    "price": None,
    "percent": 80,
    "members_only": False,
    "window": _WINDOW,
}
_VERSION = {"number": 3, "at_ms": 1795312800000, "by": "Amy", "reason": "bread goes cheaper at night"}
_LINE = {"sku": "P401", "name_zh": "白面包", "name_en": "White bread", "quantity": 1, "grams": None}


class RulesIn(Model):
    """All rules as they shall be; null: those of the configuration file again."""

    model_config = ConfigDict(json_schema_extra=example(rules=[], reason="no offers this week"))
    rules: Rules | None
    reason: str = Field(min_length=1, max_length=200)


class RulesOut(Model):
    """The rules in force. Number 0: nobody wrote any here."""

    model_config = ConfigDict(json_schema_extra=example(**_VERSION, source="console", rules=[_RULE], file_count=4))
    number: int
    at_ms: int
    by: str
    reason: str
    source: str = Field(description="console, or file: those of the configuration")
    rules: tuple[Rule, ...]
    file_count: int = Field(description="How many the configuration file has")


class RulesVersionOut(Model):
    """A version in the list; `count` null: those of the configuration file."""

    model_config = ConfigDict(json_schema_extra=example(**_VERSION, count=4))
    number: int
    at_ms: int
    by: str
    reason: str
    count: int | None


class RulesVersionsOut(Model):
    """Newest first; where `more`, ask on with `before`."""

    model_config = ConfigDict(json_schema_extra=example(versions=[{**_VERSION, "count": 4}], more=False))
    versions: list[RulesVersionOut]
    more: bool


class WantedIn(Model):
    """Pieces, or grams of what is weighed."""

    model_config = ConfigDict(json_schema_extra=example(sku="P401", quantity=2, grams=None))
    sku: str = Field(max_length=48)
    quantity: int = Field(1, ge=1, le=99)
    grams: int | None = Field(None, ge=1, le=99_999)


class BasketIn(Model):
    """What to try. Without `rules` those in force; without `at` now."""

    model_config = ConfigDict(
        json_schema_extra=example(
            rules=None,
            lines=[{"sku": "P401", "quantity": 2, "grams": None}],
            member=False,
            at="2026-11-22T21:30",
        )
    )
    rules: Rules | None = None
    lines: list[WantedIn] = Field(max_length=40)
    member: bool = False
    at: datetime | None = Field(None, description="Time of the shop, without a zone")


class TriedLineOut(Model):
    model_config = ConfigDict(
        json_schema_extra=example(**_LINE, unit_fen=980, amount_fen=980, rule="bread-evening", off_fen=-196)
    )
    sku: str
    name_zh: str
    name_en: str
    quantity: int
    grams: int | None
    unit_fen: int
    amount_fen: int = Field(description="Before offers")
    rule: str = Field(description="Which rule took something off; empty for none")
    off_fen: int = Field(description="0 or negative")


class OutcomeOut(Model):
    """What became of a rule."""

    model_config = ConfigDict(json_schema_extra=example(rule="bread-evening", outcome="took", off_fen=-196))
    rule: str
    outcome: Outcome
    off_fen: int


class RefusedOut(Model):
    model_config = ConfigDict(json_schema_extra=example(sku="P999", why="unknown_barcode"))
    sku: str
    why: str = Field(description="The slip a kiosk would show")


class BasketOut(Model):
    """What a booth would charge."""

    model_config = ConfigDict(
        json_schema_extra=example(
            at="2026-11-22T21:30",
            lines=[{**_LINE, "unit_fen": 980, "amount_fen": 980, "rule": "bread-evening", "off_fen": -196}],
            refused=[],
            outcomes=[{"rule": "bread-evening", "outcome": "took", "off_fen": -196}],
            listed_fen=980,
            off_fen=-196,
            total_fen=784,
        )
    )
    at: str = Field(description="Time of the shop it was tried at")
    lines: list[TriedLineOut]
    refused: list[RefusedOut]
    outcomes: list[OutcomeOut]
    listed_fen: int = Field(description="Before offers")
    off_fen: int
    total_fen: int


class StaleRulesProblem(HTTPException):
    """412 with the rules as they are."""

    def __init__(self, stale: StaleRulesError, shop: Shop) -> None:
        super().__init__(412, str(stale), {"ETag": f'"{stale.now.number}"'})
        self.now = _out(stale.now, shop).model_dump(mode="json")


def _out(row: RulesRow, shop: Shop) -> RulesOut:
    file = shop.rules.file
    return RulesOut(
        number=row.number,
        at_ms=row.at_ms,
        by=row.by,
        reason=row.reason,
        source="file" if row.rules is None else "console",
        rules=file if row.rules is None else row.rules,
        file_count=len(file),
    )


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/rules", tags=["catalogue"], responses=NO)
    look = [Depends(who(Act.SEE_INCIDENTS))]
    one_at_a_time = asyncio.Lock()  # a long basket takes a core for a second

    @api.get("", dependencies=look)
    async def get_rules(response: Response) -> RulesOut:
        """Those in force; the `ETag` is what a change has to send as `If-Match`."""
        response.headers["ETag"] = f'"{shop.rules.now.number}"'
        return _out(shop.rules.now, shop)

    @api.put("")
    async def put_rules(
        wish: RulesIn,
        staff: Writer,
        response: Response,
        if_match: Annotated[str | None, Header(max_length=80)] = None,
    ) -> RulesOut:
        """Write them anew, all of them; the next basket has them."""
        if if_match is None:
            raise HTTPException(428, "say which version of the rules you saw: If-Match")
        seen = if_match.strip().removeprefix("W/").strip('"')
        number = int(seen) if seen.isascii() and seen.isdigit() else -1
        try:
            now = await shop.rules.change(wish.rules, number, staff.name, wish.reason)
        except StaleRulesError as error:
            raise StaleRulesProblem(error, shop) from error
        except UnfitRulesError as error:
            raise RefusedError(422, str(error), "rules_unfit") from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was changed") from error
        response.headers["ETag"] = f'"{now.number}"'
        return _out(now, shop)

    @api.get("/versions", dependencies=look)
    async def get_versions(
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
    ) -> RulesVersionsOut:
        """Who wrote them when, and why."""
        rows = shop.ledger.price_rules(before, limit + 1)
        versions = [
            RulesVersionOut(
                number=row.number,
                at_ms=row.at_ms,
                by=row.by,
                reason=row.reason,
                count=None if row.rules is None else len(row.rules),
            )
            for row in rows[:limit]
        ]
        return RulesVersionsOut(versions=versions, more=len(rows) > limit)

    @api.get("/versions/{version}", dependencies=look)
    async def get_version(version: Annotated[int, Path(ge=1, le=2**53, examples=[3])]) -> RulesOut:
        """One version, to look at or to go back to."""
        row = next((row for row in shop.ledger.price_rules(version + 1, 1) if row.number == version), None)
        if row is None:
            raise HTTPException(404, f"there is no version {version} of the price rules")
        return _out(row, shop)

    @api.post("/try", dependencies=look)
    async def try_rules(wish: BasketIn) -> BasketOut:
        """What a booth would charge for these goods, and what became of each rule. Nothing is sold or written down."""
        rules = shop.rules.in_force if wish.rules is None else wish.rules
        fault = rules_fault(rules, shop.catalogue.skus) if wish.rules is not None else None
        if fault is not None:
            raise RefusedError(422, f"{fault}; nothing was changed", "rules_unfit")
        at = wish.at or datetime.fromtimestamp(shop.clock.now_ms() / 1000, UTC).astimezone(shop.settings.zone)
        wanted = [Wanted(line.sku, line.quantity, line.grams) for line in wish.lines]
        async with one_at_a_time:
            found = await asyncio.to_thread(
                try_basket, wanted, shop.catalogue, rules, at.replace(tzinfo=None), member=wish.member
            )
        return _tried(found, at)

    return api


def _tried(found: TriedBasket, at: datetime) -> BasketOut:
    off = {each.line: each for each in found.sale.discounts}
    lines = []
    for line in found.sale.lines:
        mine = off.get(line.id)
        lines.append(
            TriedLineOut(
                sku=line.sku,
                name_zh=line.name_zh,
                name_en=line.name_en,
                quantity=line.quantity,
                grams=line.weight_g,
                unit_fen=line.unit_price,
                amount_fen=line.amount,
                rule=mine.rule if mine else "",
                off_fen=mine.amount if mine else 0,
            )
        )
    listed, taken = sum(line.amount_fen for line in lines), sum(line.off_fen for line in lines)
    return BasketOut(
        at=at.strftime("%Y-%m-%dT%H:%M"),
        lines=lines,
        refused=[RefusedOut(sku=sku, why=why) for sku, why in found.refused],
        outcomes=[OutcomeOut(rule=rule, outcome=word, off_fen=off_) for rule, (word, off_) in found.outcomes.items()],
        listed_fen=listed,
        off_fen=taken,
        total_fen=found.sale.total,
    )
