"""Settings from the console: on disk first, in force at once, over the file and back to it; a shopper's promise holds."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import apsw
import httpx2
import pytest

from paybooth.domain.door import Mode
from paybooth.domain.incident import Call
from paybooth.domain.staff_facts import NotifyTested, SettingsChanged
from paybooth.ledger.fsck import fsck
from paybooth.ledger.last_backup import last_backup, note_backup
from paybooth.ports import Fault, FaultKind
from paybooth.ports_console import Backup
from paybooth.shop.settings import GateSettings, RungSettings

from ..shop.floor import Clock, DeskBoard
from .staffed import staffed
from .test_api import sell
from .test_refunds import bearer

pytestmark = pytest.mark.anyio


@dataclass
class DeskNotifier:
    name: str
    broken: bool = False
    told: list[Call] = field(default_factory=list)

    async def tell(self, call: Call) -> None:
        if self.broken:
            raise Fault(FaultKind.TIMEOUT, "no answer")
        self.told.append(call)

    async def aclose(self) -> None:
        return


@dataclass
class Evening(Clock):
    """19:00 in the shop, until the test says otherwise."""

    wall: datetime = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)

    def now_ms(self) -> int:
        return int(self.wall.timestamp() * 1000)


@asynccontextmanager
async def shop(path, **wish):
    gates = {GateSettings("exit", board="board:exit", mode="open", hours="07:00-23:00"): DeskBoard()}
    async with staffed(path, **{"gates": gates, **wish}) as (desk, client):

        async def put(who="Bo", seen=None, reason="as people wish", **changes) -> httpx2.Response:
            if seen is None:
                seen = (await client.get("/api/settings")).headers["etag"]
            headers = {**bearer(who), **({"If-Match": seen} if seen else {})}
            body = {"changes": {k.replace("__", "."): v for k, v in changes.items()}, "reason": reason}
            return await client.put("/api/settings", json=body, headers=headers)

        yield desk, client, put


def setting(answer: httpx2.Response, key: str) -> tuple[str, str, str]:
    (found,) = [each for each in answer.json()["settings"] if each["key"] == key]
    return found["value"], found["file"], found["source"]


async def until(wanted, seconds: float = 3.0) -> None:
    async with asyncio.timeout(seconds):
        while not wanted():
            await asyncio.sleep(0.01)


async def test_the_next_receipt_carries_the_new_note_and_the_file_comes_back(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        answer = await put(receipt_note_zh="欢迎再来", receipt_note_en="See you")
        assert answer.status_code == 200
        assert setting(answer, "receipt_note_zh") == ("欢迎再来", "谢谢光临", "console")
        await sell(desk)
        assert "欢迎再来" in str(desk.printer.printed[-1])
        assert setting(await put(receipt_note_zh=None), "receipt_note_zh") == ("谢谢光临", "谢谢光临", "file")
        told = [entry.fact for entry in desk.ledger.journal() if isinstance(entry.fact, SettingsChanged)]
        assert [[(c.key, c.before, c.after) for c in fact.changes] for fact in told] == [
            [("receipt_note_en", None, "See you"), ("receipt_note_zh", None, "欢迎再来")],
            [("receipt_note_zh", "欢迎再来", None)],
        ]
        assert {(fact.by, fact.reason) for fact in told} == {("Bo", "as people wish")}
    assert fsck(tmp_path / "ledger.db").faults == []
    async with shop(tmp_path) as (desk, client, _):
        assert setting(await client.get("/api/settings"), "receipt_note_en")[0] == "See you"
        assert desk.shop.settings.receipt_note_en == "See you"


async def test_a_shopper_keeps_what_the_screen_promised_and_the_next_one_has_the_new(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        await desk.scan("6901234567892")
        kept = desk.booth.visit.session.waits
        assert (await put(waits__choose_s="45", tagline_zh="七点到十一点")).status_code == 200
        assert desk.booth.visit.session.waits is kept
        assert kept.choose_s == 60
        await desk.until(lambda view: view.shop.tagline.zh == "七点到十一点")
        other = desk.shop.booths["2"]
        assert other.visit.session.waits.choose_s == 45
        assert desk.shop.booths["1"].visit.session.waits.choose_s == 60


async def test_hours_move_the_gates_mode_at_once(tmp_path):
    clock = Evening()
    async with shop(tmp_path, clock=clock) as (desk, _, put):
        door = desk.shop.exits.gates["exit"].door
        await until(lambda: door.mode is Mode.OPEN)
        assert (await put(gate__exit__hours="07:00-18:30")).status_code == 200
        await until(lambda: door.mode is Mode.STAFF)
        assert (await put(gate__exit__night="closed")).status_code == 200
        await until(lambda: door.mode is Mode.CLOSED)
        assert (await put(gate__exit__hours="")).status_code == 200
        await until(lambda: door.mode is Mode.OPEN)
        assert setting(await put(gate__exit__hours=None), "gate.exit.hours")[2] == "file"


async def test_limits_of_money_and_help_follow(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        assert (await put(refund_alone_fen="100", help_s="60", waits__present_s="90")).status_code == 200
        assert (desk.shop.refunds.alone, desk.shop.till.present_s, desk.shop.settings.help_s) == (100, 90, 60)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("waits.done_s", "4"), ("waits.done_s", "121"), ("waits.done_s", "-5"), ("waits.done_s", "５"),
        ("refund_alone_fen", "1000001"), ("gate.exit.hours", "7 to 9"), ("gate.exit.hours", "07:00-07:00"),
        ("gate.exit.night", "open"), ("receipt_note_en", "a\nb"), ("tagline_zh", "长" * 41), ("gate.side.hours", ""),
        ("code", "X"), ("public_url", "http://x"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_not_set(tmp_path, key, value):
    async with shop(tmp_path) as (desk, client, _):
        seen = (await client.get("/api/settings")).headers["etag"]
        body = {"changes": {key: value, "tagline_en": "Open"}, "reason": "try"}
        answer = await client.put("/api/settings", json=body, headers={"If-Match": seen})
        assert (answer.status_code, answer.json()["why"]) == (422, "setting_unfit")
        assert key in answer.json()["detail"]
        assert "nothing was changed" in answer.json()["detail"]
        assert (await client.get("/api/settings")).headers["etag"] == seen
        assert "settings.changed" not in desk.kinds()


async def test_who_may_see_and_who_may_set(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        looks = {who: (await client.get("/api/settings", headers=bearer(who))).status_code for who in ("An", "Bo", "Cy", "Di", "Ed")}  # fmt: skip
        assert looks == {"An": 403, "Bo": 200, "Cy": 200, "Di": 403, "Ed": 200}
        assert {(await put(who, tagline_en="x")).status_code for who in ("An", "Cy", "Di", "Ed")} == {403}
        assert (await put(seen="", tagline_en="x")).status_code == 428
        assert (await put(seen='"0"', tagline_en="x")).status_code == 412
        seen = (await client.get("/api/settings")).headers["etag"]
        first, second = await asyncio.gather(*(put(seen=seen, tagline_en=text) for text in ("a", "b")))
        assert sorted((first.status_code, second.status_code)) == [200, 412]
        assert desk.kinds().count("settings.changed") == 1
        shown = (await client.get("/api/settings")).json()
        assert {"kind": "staff.added", "rule": "staff"} in shown["rules"]
        assert shown["versions"]["Paybooth"] == "test"


async def test_a_test_message_goes_out_and_is_on_record(tmp_path):
    duty, deaf = DeskNotifier("duty"), DeskNotifier("deaf", broken=True)
    rungs = {RungSettings("duty", language="en"): duty, RungSettings("deaf"): deaf}
    async with shop(tmp_path, rungs=rungs) as (desk, client, _):
        why = {"reason": "before the holiday"}
        heard = await client.post("/api/settings/notify/duty/test", json=why, headers=bearer("Ed"))
        assert heard.json() == {"told": True, "why": ""}
        assert ("Corner Lane" in duty.told[0].title, "before the holiday" in duty.told[0].text) == (True, True)
        assert (await client.post("/api/settings/notify/deaf/test", json=why)).json()["told"] is False
        assert (await client.post("/api/settings/notify/nobody/test", json=why)).status_code == 404
        told = [entry.fact for entry in desk.ledger.journal() if isinstance(entry.fact, NotifyTested)]
        assert [(fact.target, fact.by, bool(fact.outcome)) for fact in told] == [
            ("duty", "Ed", False),
            ("deaf", "Bo", True),
        ]
        listed = (await client.get("/api/settings")).json()["rungs"]
        assert [(rung["name"], rung["language"]) for rung in listed] == [("duty", "en"), ("deaf", "zh-CN")]


@pytest.mark.parametrize("sql", ["UPDATE settings SET value = 'Bye'", "DELETE FROM settings"])
async def test_fsck_finds_a_setting_altered_behind_the_journal(tmp_path, sql):
    async with shop(tmp_path) as (_, __, put):
        await put(receipt_note_en="See you")
    with contextlib.closing(apsw.Connection(str(tmp_path / "ledger.db"))) as db:
        db.execute(sql)
    assert fsck(tmp_path / "ledger.db").faults == ["setting receipt_note_en: table and journal differ"]


async def test_the_last_backup_is_told(tmp_path):
    async with shop(tmp_path) as (desk, client, _):
        assert (await client.get("/api/settings")).json()["backup"] is None
        desk.shop.last_backup = partial(last_backup, tmp_path)
        note_backup(tmp_path, Backup(1_795_400_000_000, "LANE01-a.tar.gz", 81_000_000))
        told = {"at_ms": 1_795_400_000_000, "file": "LANE01-a.tar.gz", "size": 81_000_000}
        assert (await client.get("/api/settings")).json()["backup"] == told
        (tmp_path / "backup.json").write_text('{"at_ms": "yesterday"}')
        assert (await client.get("/api/settings")).json()["backup"] is None
