"""Anchors: at opening, at each day's end and at a clean stop, to a file and a real HTTP receiver; retried, never lost."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from paybooth.domain import facts as f
from paybooth.domain.anchor import Anchor, read_anchor
from paybooth.drivers.anchor import AnchorSettings, FileKeeper, WebhookKeeper, open_keepers
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.ports import Fault, FaultKind
from paybooth.shop import anchors as module
from paybooth.shop.anchors import Anchors
from paybooth.shop.settings import ShopSettings

pytestmark = pytest.mark.anyio
SHOP = ShopSettings("LANE01", "巷口小店", "Corner Lane")
NOON_MS = int(datetime(2026, 11, 22, 4, 0, tzinfo=UTC).timestamp() * 1000)
"""Noon of the 22nd in the shop."""
ANCHOR = Anchor("LANE01", "2026-11-22", 7, "ab" * 32)


class StepClock:
    """Time stands until the test moves it."""

    def __init__(self):
        self.at_s, self._sleepers = 0.0, []

    def now_ms(self):
        return NOON_MS + int(self.at_s * 1000)

    def monotonic_s(self):
        return self.at_s

    async def sleep(self, seconds):
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.at_s + seconds, future))
        await future

    async def pass_s(self, seconds):
        end = self.at_s + seconds
        await settled()
        while due := [x for x in self._sleepers if x[0] <= end and not x[1].done()]:
            self.at_s, future = min(due, key=lambda x: x[0])
            future.set_result(None)
            await settled()
        self.at_s = end


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


@dataclass
class Keeper:
    """Takes anchors, or fails as often as it is told to."""

    name: str = "anchor:test"
    kept: list[Anchor] = field(default_factory=list)
    failing: bool = False
    asked: int = 0
    closed: bool = False

    async def keep(self, anchor):
        self.asked += 1
        if self.failing:
            raise Fault(FaultKind.UNREACHABLE, "planted")
        self.kept.append(anchor)

    async def aclose(self):
        self.closed = True


@asynccontextmanager
async def tended(path, keeper):
    clock = StepClock()
    with Ledger(path / "l.db", threaded=False) as ledger:
        await ledger.commit(f.ShopStarted("test", 0), at_ms=1)
        anchors = Anchors(ledger, [keeper], clock, SHOP)
        running = asyncio.create_task(anchors.run())
        await settled()
        yield clock, ledger, anchors
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_head_is_anchored_at_opening_and_at_each_days_end(tmp_path):
    keeper = Keeper()
    async with tended(tmp_path, keeper) as (clock, ledger, _):
        assert [(a.day, a.seq) for a in keeper.kept] == [("2026-11-22", 1)]
        await ledger.commit(f.HelpCalled("1", ""), at_ms=2)
        await clock.pass_s(11 * 3600)
        assert len(keeper.kept) == 1
        await clock.pass_s(2 * 3600)
        await clock.pass_s(24 * 3600)
        assert [(a.day, a.seq) for a in keeper.kept[1:]] == [("2026-11-22", 2), ("2026-11-23", 2)]
        assert keeper.kept[-1].hash == ledger.head[1].hex()


async def test_a_keeper_that_fails_gets_the_newest_when_it_is_back_and_staff_hear_once(tmp_path):
    keeper = Keeper(failing=True)
    async with tended(tmp_path, keeper) as (clock, ledger, _):
        await clock.pass_s(13 * 3600)
        assert keeper.asked > 100
        alarms = [e.fact for e in ledger.journal() if isinstance(e.fact, f.StaffAlarmed)]
        assert [(a.why, a.subject) for a in alarms] == [("anchor_not_kept", "anchor:test")]
        keeper.failing = False
        await clock.pass_s(2 * module.RETRY_S)
        assert [(a.day, a.seq) for a in keeper.kept] == [("2026-11-22", 2)]


async def test_a_clean_stop_anchors_the_last_row_and_closes(tmp_path):
    keeper = Keeper()
    async with tended(tmp_path, keeper) as (_, ledger, anchors):
        await ledger.commit(f.ShopStopped("asked to"), at_ms=3)
        await anchors.stop()
    assert keeper.kept[-1].seq == 2
    assert keeper.closed


async def test_a_mute_keeper_does_not_hold_a_stop(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "STOP_S", 0.01)

    class Mute(Keeper):
        async def keep(self, anchor):
            await asyncio.Event().wait()

    keeper = Mute()
    async with tended(tmp_path, keeper) as (_, _, anchors):
        await anchors.stop()
    assert keeper.closed


async def test_a_file_grows_by_a_line_and_heals_after_a_torn_one(tmp_path):
    path = tmp_path / "anchors.jsonl"
    keeper = FileKeeper(path)
    await keeper.keep(ANCHOR)
    with path.open("ab") as out:
        out.write(b'{"shop": "LA')
    await keeper.keep(ANCHOR)
    assert [read_anchor(line) for line in path.read_text("utf-8").splitlines()] == [ANCHOR, None, ANCHOR]


async def test_a_file_that_cannot_be_written_is_a_fault(tmp_path):
    with pytest.raises(Fault):
        await FileKeeper(tmp_path).keep(ANCHOR)


@asynccontextmanager
async def receiver(answers):
    """A real HTTP receiver on loopback; answers with the given codes, the last one for ever."""
    bodies = []

    async def serve(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length"))
            bodies.append((head.split(b" ")[1], await reader.readexactly(length)))
            code = answers.pop(0) if len(answers) > 1 else answers[0]
            writer.write(f"HTTP/1.1 {code} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
            break
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/anchors/", bodies


async def test_a_webhook_hears_the_line(tmp_path):
    async with receiver([500, 204]) as (url, bodies):
        keeper = WebhookKeeper(url)
        with pytest.raises(Fault):
            await keeper.keep(ANCHOR)
        await keeper.keep(ANCHOR)
        await keeper.aclose()
    assert [(path, read_anchor(body.decode())) for path, body in bodies] == [(b"/anchors/", ANCHOR)] * 2


async def test_a_webhook_that_nobody_hears_is_a_fault(tmp_path):
    async with receiver([204]) as (url, _):
        pass
    keeper = WebhookKeeper(url)
    with pytest.raises(Fault):
        await keeper.keep(ANCHOR)
    await keeper.aclose()


async def test_keepers_are_refused_with_what_would_be_right(tmp_path):
    with pytest.raises(ValueError, match="https"):
        open_keepers(AnchorSettings(webhook="http://shop.example/x"))
    with pytest.raises(ValueError, match="no folder"):
        open_keepers(AnchorSettings(file=tmp_path / "no" / "anchors.jsonl"))
    assert open_keepers(AnchorSettings()) == ()


async def test_what_was_anchored_is_found_in_the_journal(tmp_path):
    keeper = Keeper()
    async with tended(tmp_path, keeper) as (clock, ledger, _):
        for n in range(5):
            await ledger.commit(f.HelpCalled("1", ""), at_ms=n)
            await clock.pass_s(24 * 3600)
    report = fsck(tmp_path / "l.db", keeper.kept)
    assert (report.ok, report.anchors) == (True, len(keeper.kept))
