"""The console's one socket: topics of numbered snapshots, for whoever may see them.

The first frame says who looks and what they watch (a browser's socket has no headers); `watch` frames change it.
Topics: `incidents`, `now`, and `booth:ID`, which mirrors the very snapshots that booth's kiosk gets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from paybooth.domain.staff import Act, Staff
from paybooth.shop import intents
from paybooth.shop.feed import Feed, Subscriber
from paybooth.shop.shop import Shop
from paybooth.shop.views import Hello

from .socket import TOO_MANY, WHO_ARE_YOU, Talk, converse

GREET_S = 5.0
"""A console says who it is within this, or is hung up on."""
TOPICS_MOST = 16
MIRRORS_MOST = 48
"""Consoles that mirror one booth: the kiosk itself always finds room."""

Topic = Annotated[str, msgspec.Meta(pattern=r"^(incidents|now|booth:[A-Za-z0-9]{1,8})$")]
Topics = Annotated[tuple[Topic, ...], msgspec.Meta(max_length=TOPICS_MOST)]


class Greeting(msgspec.Struct, tag_field="type", tag="staff", frozen=True):
    """The first frame. An empty token: the session's cookie says who."""

    token: Annotated[str, msgspec.Meta(max_length=256)]
    topics: Topics = ("incidents",)


class Watch(msgspec.Struct, tag_field="type", tag="watch", frozen=True):
    """From now on these topics, and no others."""

    topics: Topics


_GREETING = msgspec.json.Decoder(Greeting)
_FRAME: msgspec.json.Decoder[Watch | intents.Ping | intents.Applied] = msgspec.json.Decoder(
    Watch | intents.Ping | intents.Applied
)
Who = Callable[[str], Staff | None]


class Seat:
    """What one console watches."""

    def __init__(self, shop: Shop, staff: Callable[[], Staff | None]) -> None:
        self._shop = shop
        self._staff = staff
        self._something = asyncio.Event()
        self._watched: dict[str, tuple[Feed[Any], Subscriber]] = {}

    def watch(self, topics: tuple[str, ...]) -> None:
        """Topics nobody has, or this console may not see, are left out."""
        for name in [name for name in self._watched if name not in topics]:
            feed, subscriber = self._watched.pop(name)
            feed.unsubscribe(subscriber)
        for name in topics:
            feed_ = None if name in self._watched else self._feed(name)
            if feed_ is None:
                continue
            subscriber_ = feed_.subscribe(Subscriber(self._something))
            if subscriber_ is not None:
                self._watched[name] = feed_, subscriber_
                if name == "now":
                    self._shop.now.show()

    def _feed(self, topic: str) -> Feed[Any] | None:
        staff = self._staff()
        if staff is None or not staff.may(Act.SEE_INCIDENTS):
            return None
        if topic == "incidents":
            return self._shop.exits.board.feed
        if topic == "now":
            return self._shop.now.feed
        booth = self._shop.booths.get(topic.partition(":")[2])
        return booth.feed if booth is not None and booth.feed.watchers < MIRRORS_MOST else None

    def leave(self) -> None:
        self.watch(())

    async def next_frames(self) -> list[bytes]:
        """Snapshots alone: sounds are for whoever stands at the booth."""
        while True:
            await self._something.wait()
            self._something.clear()
            frames = [frame for _, subscriber in self._watched.values() for frame in subscriber.take_snapshot()]
            if frames:
                return frames


async def greeted(socket: WebSocket, who: Who) -> Greeting | None:
    """What a page says first; it is hung up on where that is nobody."""
    await socket.accept()
    try:
        async with asyncio.timeout(GREET_S):
            greeting = _GREETING.decode(await socket.receive_text())
    except (TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
        await socket.close(WHO_ARE_YOU, "say who you are first")
        return None
    except (WebSocketDisconnect, RuntimeError, KeyError):
        return None
    if who(greeting.token) is None:
        await socket.close(WHO_ARE_YOU, "no such token")
        return None
    return greeting


async def serve(socket: WebSocket, shop: Shop, who: Who, ui_build: str) -> None:
    """Serve one console until it goes, or until whoever looks may not any more."""
    greeting = await greeted(socket, who)
    if greeting is None:
        return

    def staff() -> Staff | None:
        return who(greeting.token)

    board = shop.exits.board
    if not board.feed.room:
        await socket.close(TOO_MANY, "too many pages")
        return
    seat = Seat(shop, staff)
    seat.watch(greeting.topics)
    talk: Talk[Watch] = Talk(
        decode=_FRAME.decode,
        post=lambda frame: seat.watch(frame.topics),
        applied=lambda done: board.applied(done.rev) if done.of in ("", "incidents") else None,
        allowed=lambda: staff() is not None,
    )
    try:
        await converse(socket, talk, seat, shop.clock, Hello(board.feed.epoch, ui_build, shop.clock.now_ms()))
    finally:
        seat.leave()
