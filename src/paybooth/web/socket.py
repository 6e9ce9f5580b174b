"""The kiosk's socket: snapshots and sounds down, intents and pings up. Also a journal ticker for screens that watch."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from paybooth.ports import Clock, Entry
from paybooth.shop import intents
from paybooth.shop.booth import Booth
from paybooth.shop.feed import Subscriber
from paybooth.shop.shop import Shop
from paybooth.shop.views import Hello, IntentResult, Pong

from .metrics import PAINT

log = structlog.get_logger()

_DECODER = msgspec.json.Decoder(intents.ClientFrame)
TRY_LATER, TOO_MANY, NOT_ALLOWED = 1013, 1013, 1008


async def kiosk(socket: WebSocket, booth: Booth, clock: Clock, ui_build: str) -> None:
    """Serve one page until it goes. A page that sends nonsense is answered, not dropped."""
    subscriber = booth.feed.subscribe()
    if subscriber is None:
        await socket.close(TOO_MANY, "too many pages")
        return
    await socket.accept()
    try:
        await socket.send_text(msgspec.json.encode(Hello(booth.feed.epoch, ui_build, clock.now_ms())).decode())
        sending = asyncio.create_task(_send(socket, subscriber), name="kiosk send")
        receiving = asyncio.create_task(_receive(socket, booth, clock), name="kiosk receive")
        # whichever ends first ends the other, or a page that only listens would hold the shutdown
        done, pending = await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
        for task in (*pending, *done):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await task
    finally:
        booth.feed.unsubscribe(subscriber)
        if socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close()


async def _send(socket: WebSocket, subscriber: Subscriber) -> None:
    while True:
        for frame in await subscriber.next_frames():
            await socket.send_text(frame.decode())


async def _receive(socket: WebSocket, booth: Booth, clock: Clock) -> None:
    while True:
        text = await socket.receive_text()
        try:
            frame = _DECODER.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            answer_malformed(booth, text)
            continue
        match frame:
            case intents.Intent():
                booth.post_input(frame)
            case intents.Ping():
                await socket.send_text(msgspec.json.encode(Pong(frame.t, clock.now_ms())).decode())
            case intents.Applied():
                PAINT.observe(min(frame.paint_ms, 60_000) / 1000)


def answer_malformed(booth: Booth, text: str) -> None:
    """Tell the page that its intent was not understood, where it at least had an id."""
    try:
        found: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    intent_id = found.get("id") if isinstance(found, dict) else None
    if isinstance(intent_id, str):
        booth.visit.session.last_intent = IntentResult(intent_id[:64], ok=False, code="malformed")
        booth.show()


async def journal(socket: WebSocket, shop: Shop) -> None:
    """Every new journal row as JSON, from now on; the last 50 first. A slow watcher is dropped."""
    queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=500)

    def on_entries(entries: Sequence[Entry]) -> None:
        for entry in entries:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(entry_json(entry))

    await socket.accept()
    end = shop.ledger.listen(on_entries)
    try:
        head = shop.ledger.journal_head()
        for entry in shop.ledger.journal(max(0, head - 50)):
            await socket.send_text(msgspec.json.encode(entry_json(entry)).decode())
        receiving = asyncio.create_task(socket.receive_text(), name="journal receive")
        while not queue.full():
            getting = asyncio.create_task(queue.get(), name="journal next")
            await asyncio.wait((getting, receiving), return_when=asyncio.FIRST_COMPLETED)
            if receiving.done():
                getting.cancel()
                break
            await socket.send_text(msgspec.json.encode(getting.result()).decode())
        receiving.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await receiving
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        end()


def entry_json(entry: Entry) -> dict[str, Any]:
    """A journal row for people and machines."""
    return {
        "seq": entry.seq,
        "at_ms": entry.at_ms,
        "kind": entry.kind,
        "fact": msgspec.to_builtins(entry.fact),
        "hash": entry.hash.hex(),
    }
