"""Sockets of all screens: snapshots and sounds down, intents and pings up. Also a journal ticker for who watches."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from paybooth.outgoing import entry_json
from paybooth.ports import Clock, Entry
from paybooth.shop import intents
from paybooth.shop.booth import Booth
from paybooth.shop.feed import Feed
from paybooth.shop.gate_views import GateIntent
from paybooth.shop.panel import Panel
from paybooth.shop.shop import Shop
from paybooth.shop.views import Hello, Pong

from .metrics import PAINT
from .painted import Painted

TRY_LATER, TOO_MANY, NOT_ALLOWED = 1013, 1013, 1008
WHO_ARE_YOU = 4401

Asked = TypeVar("Asked")


class HasFrames(Protocol):
    """What waits for a page."""

    async def next_frames(self) -> list[bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk(Generic[Asked]):
    """What becomes of what a page says."""

    decode: Callable[[str], Asked | intents.Ping | intents.Applied]
    post: Callable[[Asked], object]
    malformed: Callable[[str], None] = lambda _: None
    """An intent with this id was not understood."""
    applied: Callable[[intents.Applied], None] = lambda _: None
    """The page has drawn this."""
    pinged: Callable[[], None] = lambda: None
    """The page lives."""
    allowed: Callable[[], bool] = lambda: True
    """Whether whoever looks still may: asked before anything is sent."""


def _kiosk(booth: Booth, painted: Painted) -> Talk[intents.Intent]:
    name, feed = booth.settings.id, booth.feed
    return Talk(
        decode=_KIOSK.decode,
        post=booth.post_input,
        malformed=booth.refuse,
        applied=lambda done: painted.applied(name, done.rev),
        pinged=lambda: painted.pinged(name, feed.rev),
    )


def _gate(panel: Panel) -> Talk[GateIntent]:
    return Talk(decode=_GATE.decode, post=panel.post_input, malformed=panel.refuse)


_KIOSK = msgspec.json.Decoder(intents.ClientFrame)
_GATE: msgspec.json.Decoder[GateIntent | intents.Ping | intents.Applied] = msgspec.json.Decoder(
    GateIntent | intents.Ping | intents.Applied
)


async def kiosk(socket: WebSocket, booth: Booth, painted: Painted, clock: Clock, ui_build: str) -> None:
    """Serve a booth's page until it goes."""
    await _serve(socket, booth.feed, _kiosk(booth, painted), clock, ui_build)


async def gate(socket: WebSocket, panel: Panel, clock: Clock, ui_build: str) -> None:
    """Serve an exit's page until it goes."""
    await _serve(socket, panel.feed, _gate(panel), clock, ui_build)


async def _serve(socket: WebSocket, feed: Feed[Any], talk: Talk[Asked], clock: Clock, ui_build: str) -> None:
    subscriber = feed.subscribe()
    if subscriber is None:
        await socket.close(TOO_MANY, "too many pages")
        return
    try:
        await socket.accept()
        await converse(socket, talk, subscriber, clock, Hello(feed.epoch, ui_build, clock.now_ms()))
    finally:
        feed.unsubscribe(subscriber)


async def converse(socket: WebSocket, talk: Talk[Asked], frames: HasFrames, clock: Clock, hello: Hello) -> None:
    """Send and listen until the page goes. A page that sends nonsense is answered, not dropped."""
    try:
        await socket.send_text(msgspec.json.encode(hello).decode())
        sending = asyncio.create_task(_send(socket, talk, frames), name="page send")
        receiving = asyncio.create_task(_receive(socket, talk, clock), name="page receive")
        # whichever ends first ends the other, or a page that only listens would hold the shutdown
        done, pending = await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
        for task in (*pending, *done):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await task
    finally:
        if socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close()


async def _send(socket: WebSocket, talk: Talk[Asked], frames: HasFrames) -> None:
    while True:
        waiting = await frames.next_frames()
        if not talk.allowed():
            await socket.close(WHO_ARE_YOU, "signed out")
            return
        for frame in waiting:
            await socket.send_text(frame.decode())


async def _receive(socket: WebSocket, talk: Talk[Asked], clock: Clock) -> None:
    while True:
        text = await socket.receive_text()
        try:
            frame = talk.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            intent = _intent_of(text)
            if intent is not None:
                talk.malformed(intent)
            continue
        match frame:
            case intents.Ping() if not talk.allowed():
                await socket.close(WHO_ARE_YOU, "signed out")
                return
            case intents.Ping():
                talk.pinged()
                await socket.send_text(msgspec.json.encode(Pong(frame.t, clock.now_ms())).decode())
            case intents.Applied():
                PAINT.observe(min(frame.paint_ms, 60_000) / 1000)
                talk.applied(frame)
            case _:
                talk.post(frame)


def _intent_of(text: str) -> str | None:
    """The id of an intent that was not understood, where it at least has one."""
    try:
        found: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    intent_id = found.get("id") if isinstance(found, dict) else None
    return intent_id[:64] if isinstance(intent_id, str) else None


async def journal(socket: WebSocket, shop: Shop) -> None:
    """Every new journal row as JSON, from now on; the last 50 first. A slow watcher is dropped."""
    queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=500)

    def on_entries(entries: Sequence[Entry]) -> None:
        for entry in entries:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(entry_json(entry))

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
