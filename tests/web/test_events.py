"""The journal as server-sent events: replay from any row, then live, over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import pytest

from paybooth.domain import facts as f
from paybooth.domain.facts import KINDS
from paybooth.outgoing import MASK, entry_json
from paybooth.web import events

from .test_api import box, sell
from .test_refunds import bearer, hire

pytestmark = pytest.mark.anyio


@dataclass
class Event:
    id: int | None
    name: str
    data: dict


async def read(response):
    """Events of a stream, as a browser would cut them; comments come as events without data."""
    lines = {}
    async for line in response.aiter_lines():
        if line.startswith(":"):
            yield Event(None, line, {})
        elif line:
            key, _, value = line.partition(": ")
            lines[key] = value
        elif "data" in lines:
            number = int(lines["id"]) if "id" in lines else None
            yield Event(number, lines.get("event", ""), json.loads(lines["data"]))
            lines = {}


@asynccontextmanager
async def stream(client, after=0, who="Cy", **headers):
    """An open stream: its events."""
    asked = client.stream("GET", f"/api/events?after={after}", headers={**bearer(who), **headers}, timeout=10)
    async with asked as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        async with aclosing(read(response)) as found:
            yield found


async def take(found, count):
    async with asyncio.timeout(10):
        return [await anext(found) for _ in range(count)]


async def test_it_replays_from_any_row_and_goes_on_live_without_a_hole_or_a_double(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        for n in range(3 * events.PAGE):
            desk.ledger.commit_now(f.ScanRefused("1", "", "unknown", f"old {n}"), at_ms=n)
        async with stream(client, after=4) as found:
            first = await take(found, 10)
            # what happens while it catches up must come once, in its place
            for n in range(2 * events.PAGE):
                desk.ledger.commit_now(f.ScanRefused("1", "", "unknown", f"new {n}"), at_ms=n)
            head = desk.ledger.journal_head()
            rest = await take(found, head - 14)
            desk.ledger.commit_now(f.ScanRefused("2", "", "unknown", "live"), at_ms=1)
            (live,) = await take(found, 1)
        assert [e.id for e in (*first, *rest, live)] == list(range(5, head + 2))
        assert (live.name, live.data["fact"]) == (
            "scan.refused",
            {"booth": "2", "sale": "", "why": "unknown", "code": "live"},
        )
        assert first[0].data == entry_json(desk.ledger.journal(4, 1)[0])


async def test_without_a_number_it_begins_now(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        head = desk.ledger.journal_head()
        async with (
            client.stream("GET", "/api/events", headers=bearer("Cy")) as response,
            aclosing(read(response)) as found,
        ):
            desk.ledger.commit_now(f.ScanRefused("1", "", "unknown", "new"), at_ms=1)
            assert [e.id for e in await take(found, 1)] == [head + 1]


async def test_a_reader_that_comes_back_says_what_it_has(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        async with stream(client, after=1, **{"Last-Event-ID": "3"}) as found:
            assert [e.id for e in await take(found, 2)] == [4, 5]


async def test_a_journal_that_is_shorter_than_what_a_reader_has_is_said(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        answer = await client.get("/api/events?after=9999", headers=bearer("Cy"))
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")


@pytest.mark.parametrize(("who", "status"), [("", 401), ("Nobody", 401), ("Di", 403), ("Ed", 403)])
async def test_it_is_for_those_who_may_read_the_journal(tmp_path, who, status):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        headers = bearer(who) if who else {"Authorization": ""}
        assert (await client.get("/api/events", headers=headers)).status_code == status


async def test_hashes_of_people_and_codes_stay_in_the_box(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await sell(desk)
        head = desk.ledger.journal_head()
        async with stream(client) as found:
            facts = {e.name: e.data["fact"] for e in await take(found, head)}
        assert facts["staff.added"]["token_hash"] == MASK
        assert facts["attempt.opened"]["code_hash"] == MASK
        assert facts["attempt.opened"]["code_last4"] == "6789"


def test_every_hash_of_somebody_is_masked():
    telling = ("hash", "token", "secret", "member")
    open_ = {
        f"{kind}.{name}"
        for kind, cls in KINDS.items()
        for name in cls.__dataclass_fields__
        if any(word in name for word in telling) and name not in cls.masks
    }
    assert not open_
    assert all(cls.masks <= set(cls.__dataclass_fields__) for cls in KINDS.values())


async def test_silence_is_broken_so_that_a_dead_line_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "KEEP_ALIVE_S", 0.01)
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        async with stream(client, after=desk.ledger.journal_head()) as found:
            assert {e.name for e in await take(found, 3)} == {": still here"}


async def test_there_are_so_many_streams_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "STREAMS_MOST", 1)
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        async with stream(client) as found:
            await take(found, 1)
            refused = await client.get("/api/events", headers=bearer("Cy"))
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        async with asyncio.timeout(5):
            # the box learns of a reader that went from its socket, a moment later
            while (answer := await head_of(client)) == 429:
                pass
        assert answer == 200


async def head_of(client):
    async with client.stream("GET", "/api/events", headers=bearer("Cy")) as response:
        return response.status_code


async def test_a_stream_ends_with_the_right_to_it(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        async with stream(client, after=desk.ledger.journal_head()) as found:
            desk.ledger.commit_now(f.StaffRemoved("Cy", "Bo", "left"), at_ms=1)
            (last,) = await take(found, 1)
        assert (last.name, last.data["why"]) == ("cut", "signed_out")


async def test_a_reader_that_takes_nothing_is_told_and_resumes_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "STALL_S", 0.05)
    in_time, stalled = events._in_time, asyncio.Event()

    async def told(*args):
        passed = await in_time(*args)
        if not passed:
            stalled.set()
        return passed

    monkeypatch.setattr(events, "_in_time", told)
    async with box(tmp_path) as (desk, client, port):
        hire(desk)
        for n in range(400):
            desk.ledger.commit_now(f.ScanRefused("1", "", "unknown", "x" * 40_000), at_ms=n)
        head = desk.ledger.journal_head()
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=slow, limit=4096)
        token = bearer("Cy")["Authorization"]
        writer.write(f"GET /api/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
        await stalled.wait()
        text = bytearray()
        async with asyncio.timeout(10):
            while b"event: cut" not in text:
                text += await reader.read(65536)
        writer.close()
        await writer.wait_closed()
        rows, _, cut = text.decode("utf-8", "replace").partition("event: cut\ndata: ")
        said = json.loads(cut.splitlines()[0])
        assert said["why"] == "slow"
        assert rows.rindex(f"id: {said['after']}\n") == rows.rindex("id: ")
        assert said["after"] < head
        async with stream(client, after=said["after"]) as found:
            assert [e.id for e in await take(found, head - said["after"])] == list(range(said["after"] + 1, head + 1))


async def test_a_box_that_goes_down_lets_its_readers_go_with_a_word(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        async with stream(client, after=desk.ledger.journal_head()) as found:
            desk.shop.closing.set()
            (last,) = await take(found, 1)
            assert (last.name, last.data) == ("cut", {"why": "stopping", "after": desk.ledger.journal_head()})
            assert await anext(found, None) is None
