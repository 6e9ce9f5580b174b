"""The journal as a stream of server-sent events: from any row on, then live, without a hole or a double.

A stream is a cursor, never a queue: what is next is read from the ledger, so a reader may be as late as it likes and
costs no memory. A commit only rings. Whoever does not take what it asked for is told so and let go; it resumes where it
was, by the id of the last row it has.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from paybooth.domain.staff import Act, Staff
from paybooth.outgoing import entry_json
from paybooth.ports import Entry
from paybooth.shop.bell import Bell
from paybooth.shop.shop import Shop

from .metrics import STREAMS
from .staff import Given, asker, who

STREAMS_MOST = 16
PAGE = 64
"""Rows read at once: a millisecond of the loop that serves the booths."""

PAUSE_S = 0.005
"""Between full pages, so that a long replay leaves the loop to the booths."""

CHUNK_MOST = 64 * 1024
KEEP_ALIVE_S = 15.0
STALL_S = 10.0
"""A reader that takes nothing for this long is slow."""

LAST_WORD_S = 5.0
"""How long the last event waits for a slow reader."""

STOP_S = 0.5
"""The same when the box goes down."""

RETRY_AFTER_S = 10
HELLO = b"retry: 2000\n\n"
STILL_HERE = b": still here\n\n"

EXAMPLE = (
    'id: 812\nevent: sale.paid\ndata: {"seq":812,"at_ms":1795312800000,"kind":"sale.paid","fact":'
    '{"sale":"20261122-00417","attempt":"LANE012611220041701A1B2C3","total":1490,"receipt":"20261122-0417"},"hash":"5f2c…"}\n\n'
)
SAYS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Rows, each with `id` (its number), `event` (the fact's kind) and `data` (as in `/api/journal`)."
        " `event: cut` is the last one of a stream that the box ends: `slow`, `signed_out` or `stopping`",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
    },
    401: {"description": "No staff token, and nobody signed in"},
    403: {"description": "This role may not read the journal"},
    409: {"description": "The journal is shorter than that: it is not the one you followed, or was restored"},
    429: {"description": "All streams are taken, or too many requests; Retry-After says when to come back"},
}


class Streams:
    """How many are open on this box."""

    def __init__(self) -> None:
        self.open = 0


class EventStream(Response):
    """One reader."""

    media_type = "text/event-stream"

    def __init__(self, shop: Shop, streams: Streams, after: int, may: Callable[[], bool]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._shop, self._streams, self._may = shop, streams, may
        self._seq = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        bell = Bell()
        self._streams.open += 1
        STREAMS.inc()
        end = self._shop.ledger.listen(lambda _: bell.ring())
        pouring = asyncio.create_task(self._pour(send, bell), name="stream")
        gone = asyncio.create_task(_gone(receive), name="stream reader")
        closing = asyncio.create_task(self._shop.closing.wait(), name="stream end")
        racers = (pouring, gone, closing)
        try:
            await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)
            if pouring.done():
                await self._end(send, pouring.result(), LAST_WORD_S)
            elif not gone.done():
                pouring.cancel()
                await asyncio.wait((pouring,))
                await self._end(send, "stopping", STOP_S)
        finally:
            end()
            self._streams.open -= 1
            STREAMS.dec()
            for task in racers:
                task.cancel()
            await asyncio.gather(*racers, return_exceptions=True)

    async def _pour(self, send: Send, bell: Bell) -> str:
        """Everything behind the cursor, then what comes; why it ends."""
        ledger, clock = self._shop.ledger, self._shop.clock
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await _say(send, HELLO)
        while self._may():
            entries = ledger.journal(self._seq, PAGE)
            if not entries:
                if not await bell.wait(KEEP_ALIVE_S) and not await _in_time(send, STILL_HERE):
                    return "slow"
                continue
            for last, chunk in _chunks(entries):
                if not await _in_time(send, chunk):
                    return "slow"
                self._seq = last
            if len(entries) == PAGE:
                await clock.sleep(PAUSE_S)
        return "signed_out"

    async def _end(self, send: Send, why: str, within_s: float) -> None:
        """The last event, for whoever still listens: why, and where to go on. It has no id: the last row's stands."""
        said = msgspec.json.encode({"why": why, "after": self._seq})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await _say(send, b"event: cut\ndata: %b\n\n" % said)
                await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _in_time(send: Send, chunk: bytes) -> bool:
    """False where the reader did not take what was sent before; then nothing of this chunk is on the wire."""
    try:
        async with asyncio.timeout(STALL_S):
            await _say(send, chunk)
    except TimeoutError:
        return False
    return True


async def _say(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _chunks(entries: Sequence[Entry]) -> Iterator[tuple[int, bytes]]:
    """(number of the last row in it, bytes): bounded, whole rows."""
    chunk = bytearray()
    for at, entry in enumerate(entries, 1):
        data = msgspec.json.encode(entry_json(entry))
        chunk += b"id: %d\nevent: %b\ndata: %b\n\n" % (entry.seq, entry.kind.encode(), data)
        if len(chunk) >= CHUNK_MOST or at == len(entries):
            yield entry.seq, bytes(chunk)
            chunk.clear()


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api", tags=["journal"])
    streams = Streams()

    @api.get("/events", response_class=EventStream, status_code=200, responses=SAYS)
    async def get_events(
        request: Request,
        given: Given,
        staff: Annotated[Staff, Depends(who(Act.SEE_JOURNAL))],
        after: Annotated[
            int | None, Query(ge=0, le=2**53, description="Begin behind this row, 0 for all; left out: from now on")
        ] = None,
        last_event_id: Annotated[
            int | None, Header(alias="Last-Event-ID", ge=0, le=2**53, description="What a reader has; before `after`")
        ] = None,
    ) -> Response:
        """Follow the journal from any row: what was, then what happens, as server-sent events."""
        head = shop.ledger.journal_head()
        begin = next((known for known in (last_event_id, after) if known is not None), head)
        if begin > head:
            raise HTTPException(409, f"the journal ends at {head}; there is nothing behind {begin} to follow")
        if streams.open >= STREAMS_MOST:
            raise HTTPException(429, f"{STREAMS_MOST} streams are open", {"Retry-After": str(RETRY_AFTER_S)})

        def may() -> bool:
            """Whether whoever asked still may: a token or a session that ended ends its streams."""
            try:
                found = asker(request, given).staff
            except HTTPException:
                return False
            return found.name == staff.name and found.may(Act.SEE_JOURNAL)

        return EventStream(shop, streams, begin, may)

    return api
