"""REST: how the shop works. What staff may set, over the file; the rest is read here and changed where it stands."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import apsw
from fastapi import APIRouter, Depends, Header, HTTPException, Path, Response
from pydantic import ConfigDict, Field

from paybooth.domain.facts import KINDS
from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.dials import Dial, UnfitSettingError, said
from paybooth.shop.in_force import StaleSettingsError
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import example
from .staff import RefusedError, who

Rung = Annotated[str, Path(min_length=1, max_length=48, pattern=r"^[^/\x00-\x1f]+$", examples=["duty"])]
Owner = Annotated[Staff, Depends(who(Act.EDIT_SETTINGS))]
Technician = Annotated[Staff, Depends(who(Act.SERVICE))]
NO: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such target"},
    412: {"description": "Somebody changed settings meanwhile; nothing was changed"},
    422: {"description": "A value cannot be; `detail` says what would. Nothing was changed"},
    428: {"description": "`If-Match` is missing: say which settings you saw"},
    503: {"description": "The ledger cannot be written; nothing was changed"},
}
SETTINGS_MOST = 64
Value = Annotated[str, Field(max_length=100)]
Health = Literal["unknown", "online", "degraded", "offline"]


class SettingOut(Model):
    """`value` is in force; `file` is what the configuration file says; `source` says which of the two it is."""

    key: str
    kind: Literal["text", "seconds", "count", "money", "hours", "night"]
    value: str
    file: str
    source: Literal["file", "console"]
    least: int
    most: int


class AnswerOut(Model):
    """How something outside is: what it answered last, and when."""

    state: Health
    reasons: tuple[str, ...]
    since_ms: int
    heard_ms: int


class CertificateOut(Model):
    name: str
    until_ms: int = Field(description="0: a bare key, which has no end")


class AccountOut(Model):
    channel: str
    number: str
    certificates: list[CertificateOut]
    answer: AnswerOut | None


class RungOut(Model):
    name: str
    to: str
    after_s: float
    least: str
    language: str


class HookOut(Model):
    name: str
    to: str
    kinds: tuple[str, ...]
    behind: int = Field(description="Journal rows it does not have yet")
    answer: AnswerOut | None


class BackupOut(Model):
    """The archive that was finished last; `size` in bytes."""

    at_ms: int
    file: str
    size: int


class RuleOut(Model):
    kind: str
    rule: Literal["none", "pseudonym", "staff"]


_DONE = {"key": "waits.done_s", "kind": "seconds", "value": "30", "file": "20"}
_DUTY = {"name": "duty", "to": "https://oapi.dingtalk.com", "after_s": 30.0, "least": "critical", "language": "en"}
_EXAMPLE: dict[str, Any] = {
    "settings": [{**_DONE, "source": "console", "least": 5, "most": 120}],
    "accounts": [{"channel": "wechat", "number": "···0109", "certificates": [], "answer": None}],
    "rungs": [_DUTY],
    "webhooks": [],
    "rules": [{"kind": "sale.paid", "rule": "none"}],
    "backup": {"at_ms": 1_795_400_000_000, "file": "LANE01-20261122T194000Z.tar.gz", "size": 81_000_000},
    "versions": {"Paybooth": "0.1.0", "SQLite": "3.54.0", "Python": "3.11.7"},
}


class SettingsOut(Model):
    model_config = ConfigDict(json_schema_extra=example(**_EXAMPLE))
    settings: list[SettingOut]
    accounts: list[AccountOut]
    rungs: list[RungOut]
    webhooks: list[HookOut]
    rules: list[RuleOut]
    backup: BackupOut | None
    versions: dict[str, str]


class SettingsIn(Model):
    """By key; null goes back to the file's."""

    model_config = ConfigDict(json_schema_extra=example(changes={"waits.done_s": "30"}, reason="people read slowly"))
    changes: dict[Value, Value | None] = Field(min_length=1, max_length=SETTINGS_MOST)
    reason: str = Field(min_length=1, max_length=200)


class WhyIn(Model):
    reason: str = Field(min_length=1, max_length=200)


class ToldOut(Model):
    """`why` is empty where the target took the message."""

    model_config = ConfigDict(json_schema_extra=example(told=False, why="timeout"))
    told: bool
    why: str


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/settings", tags=["settings"], responses=NO)

    @api.get("", dependencies=[Depends(who(Act.SEE_SETTINGS))])
    async def get_settings(response: Response) -> SettingsOut:
        """Everything; the `ETag` is what a change has to send as `If-Match`."""
        response.headers["ETag"] = f'"{shop.in_force.version}"'
        return _all(shop)

    @api.put("")
    async def put_settings(
        wish: SettingsIn,
        staff: Owner,
        response: Response,
        if_match: Annotated[str | None, Header(max_length=80)] = None,
    ) -> SettingsOut:
        """Set some; in effect for the next shopper when this answers."""
        if if_match is None:
            raise HTTPException(428, "say which settings you saw: If-Match; nothing was changed")
        seen = if_match.strip().removeprefix("W/").strip('"')
        try:
            await shop.in_force.change(wish.changes, seen, staff.name, wish.reason)
        except StaleSettingsError as error:
            raise HTTPException(412, str(error), {"ETag": f'"{shop.in_force.version}"'}) from error
        except UnfitSettingError as error:
            raise RefusedError(422, str(error), "setting_unfit") from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was changed") from error
        response.headers["ETag"] = f'"{shop.in_force.version}"'
        return _all(shop)

    @api.post("/notify/{target}/test")
    async def post_test(target: Rung, staff: Technician, why: WhyIn) -> ToldOut:
        """Send a test message to a target of the ladder."""
        if target not in shop.ladder.targets:
            raise HTTPException(404, f"there is no target {target} to tell")
        try:
            outcome = await shop.ladder.test(target, staff.name, why.reason)
        except LedgerFault as error:
            raise HTTPException(503, "sent or not, the ledger cannot be written now") from error
        return ToldOut(told=not outcome, why=outcome)

    return api


def _all(shop: Shop) -> SettingsOut:
    force, house = shop.in_force, shop.house
    behind = shop.webhooks.behind() if shop.webhooks is not None else {}
    made = shop.last_backup()
    return SettingsOut(
        settings=[_setting(shop, dial) for dial in force.dials.values()],
        accounts=[
            AccountOut(
                channel=name,
                number=account.number,
                certificates=[CertificateOut(name=c.name, until_ms=c.until_ms) for c in account.certificates],
                answer=_answer(shop, f"pay:{name}"),
            )
            for name, account in house.accounts.items()
        ],
        rungs=[
            RungOut(
                name=rung.name,
                to=house.targets.get(f"notify:{rung.name}", ""),
                after_s=rung.after_s,
                least=rung.least,
                language=rung.language,
            )
            for rung in shop.settings.rungs
        ],
        webhooks=[
            HookOut(
                name=hook.name,
                to=house.targets.get(f"webhook:{hook.name}", ""),
                kinds=hook.kinds,
                behind=behind.get(hook.name, 0),
                answer=_answer(shop, f"webhook:{hook.name}"),
            )
            for hook in shop.settings.webhooks
        ],
        rules=list(_rules()),
        backup=None if made is None else BackupOut(at_ms=made.at_ms, file=made.file, size=made.size),
        versions={
            "Paybooth": shop.version,
            "SQLite": apsw.sqlite_lib_version(),
            "Python": platform.python_version(),
        },
    )


def _setting(shop: Shop, dial: Dial) -> SettingOut:
    force = shop.in_force
    value, file = said(force.now, dial), said(force.file, dial)
    source: Literal["file", "console"] = "console" if dial.key in force.over else "file"
    return SettingOut(
        key=dial.key, kind=dial.kind, value=value, file=file, source=source, least=dial.least, most=dial.most
    )


def _answer(shop: Shop, device: str) -> AnswerOut | None:
    status = shop.watch.table.get(device)
    if status is None:
        return None
    return AnswerOut(
        state=status.health.state.value,
        reasons=status.health.reasons,
        since_ms=status.since_ms,
        heard_ms=shop.watch.heard.get(device, 0),
    )


def _rules() -> Iterator[RuleOut]:
    for kind, fact in sorted(KINDS.items()):
        yield RuleOut(kind=kind, rule=fact.privacy.value)
