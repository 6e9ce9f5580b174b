"""Sockets of all screens: snapshots and sounds down, intents and pings up. Also a journal ticker for who watches."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from paybooth.outgoing import entry_json
from paybooth.ports import Clock, Entry
from paybooth.shop import intents
from paybooth.shop.booth import Booth
from paybooth.shop.feed import Feed, Subscriber
from paybooth.shop.gate_views import GateIntent
from paybooth.shop.incident_board import IncidentBoard
from paybooth.shop.panel import Panel
from paybooth.shop.shop import Shop
from paybooth.shop.views import Hello, Pong

from .metrics import PAINT

TRY_LATER, TOO_MANY, NOT_ALLOWED = 1013, 1013, 1008
WHO_ARE_YOU = 4401
GREET_S = 5.0
"""A console says who it is within this, or is hung up on."""

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class Screen(Generic[Asked]):
    """A page's other side: the views it gets, and what becomes of what it says."""

    feed: Feed[Any]
    decode: Callable[[str], Asked | intents.Ping | intents.Applied]
    post: Callable[[Asked], object]
    malformed: Callable[[str], None] = lambda _: None
    """An intent with this id was not understood."""
    applied: Callable[[int], None] = lambda _: None
    """The page has drawn this revision."""
    allowed: Callable[[], bool] = lambda: True
    """Whether whoever looks still may: asked before anything is sent."""


def kiosk(booth: Booth) -> Screen[intents.Intent]:
    """A booth's page."""
    return Screen(booth.feed, _KIOSK.decode, booth.post_input, booth.refuse)


def gate(panel: Panel) -> Screen[GateIntent]:
    """An exit's page."""
    return Screen(panel.feed, _GATE.decode, panel.post_input, panel.refuse)


_KIOSK = msgspec.json.Decoder(intents.ClientFrame)
_GATE: msgspec.json.Decoder[GateIntent | intents.Ping | intents.Applied] = msgspec.json.Decoder(
    GateIntent | intents.Ping | intents.Applied
)
_CONSOLE: msgspec.json.Decoder[intents.Ping | intents.Applied] = msgspec.json.Decoder(intents.Ping | intents.Applied)


async def serve(socket: WebSocket, screen: Screen[Asked], clock: Clock, ui_build: str) -> None:
    """Serve one page until it goes. A page that sends nonsense is answered, not dropped."""
    if not screen.feed.room:
        await socket.close(TOO_MANY, "too many pages")
        return
    await socket.accept()
    await _serve(socket, screen, clock, ui_build)


async def _serve(socket: WebSocket, screen: Screen[Asked], clock: Clock, ui_build: str) -> None:
    subscriber = screen.feed.subscribe()
    if subscriber is None:
        await socket.close(TOO_MANY, "too many pages")
        return
    try:
        await socket.send_text(msgspec.json.encode(Hello(screen.feed.epoch, ui_build, clock.now_ms())).decode())
        sending = asyncio.create_task(_send(socket, screen, subscriber), name="page send")
        receiving = asyncio.create_task(_receive(socket, screen, clock), name="page receive")
        # whichever ends first ends the other, or a page that only listens would hold the shutdown
        done, pending = await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
        for task in (*pending, *done):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await task
    finally:
        screen.feed.unsubscribe(subscriber)
        if socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close()


async def console(
    socket: WebSocket, board: IncidentBoard, who: Callable[[str], bool], clock: Clock, ui_build: str
) -> None:
    """Incidents and doors for staff. The page's first frame says who looks: a browser's socket has no headers."""
    await socket.accept()
    try:
        async with asyncio.timeout(GREET_S):
            greeting = _GREETING.decode(await socket.receive_text())
        if not who(greeting.token):
            await socket.close(WHO_ARE_YOU, "no such token")
            return
    except (TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
        await socket.close(WHO_ARE_YOU, "say who you are first")
        return
    except (WebSocketDisconnect, RuntimeError, KeyError):
        return
    token = greeting.token
    screen: Screen[Any] = Screen(
        board.feed, _CONSOLE.decode, lambda _: None, applied=board.applied, allowed=lambda: who(token)
    )
    await _serve(socket, screen, clock, ui_build)


class Greeting(msgspec.Struct, tag_field="type", tag="staff", frozen=True):
    token: Annotated[str, msgspec.Meta(max_length=256)]


_GREETING = msgspec.json.Decoder(Greeting)


async def _send(socket: WebSocket, screen: Screen[Asked], subscriber: Subscriber) -> None:
    while True:
        frames = await subscriber.next_frames()
        if not screen.allowed():
            await socket.close(WHO_ARE_YOU, "signed out")
            return
        for frame in frames:
            await socket.send_text(frame.decode())


async def _receive(socket: WebSocket, screen: Screen[Asked], clock: Clock) -> None:
    while True:
        text = await socket.receive_text()
        try:
            frame = screen.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            intent = _intent_of(text)
            if intent is not None:
                screen.malformed(intent)
            continue
        match frame:
            case intents.Ping() if not screen.allowed():
                await socket.close(WHO_ARE_YOU, "signed out")
                return
            case intents.Ping():
                await socket.send_text(msgspec.json.encode(Pong(frame.t, clock.now_ms())).decode())
            case intents.Applied():
                PAINT.observe(min(frame.paint_ms, 60_000) / 1000)
                screen.applied(frame.rev)
            case _:
                screen.post(frame)


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
