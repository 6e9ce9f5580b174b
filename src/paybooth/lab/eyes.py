"""A kiosk page without a screen, over the booth's true socket: what a scripted shopper sees and taps."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import websockets

from .world import World

STEP_S = 20.0
"""How long a shopper waits for the next page before something is wrong."""


class Eyes:
    """A kiosk page without a screen: keeps the newest view, sends intents."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._socket: Any = None
        self._reading: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._intents = 0
        self.view: dict[str, Any] = {}
        self.rev = 0
        self.cues: list[str] = []

    async def open(self) -> None:
        """Load the page for its device cookie, then the socket."""
        base = f"127.0.0.1:{self._world.shop_port}"
        async with httpx2.AsyncClient(trust_env=False) as client:
            page = await client.get(f"http://{base}/kiosk/")
            cookie = page.headers.get("set-cookie", "").partition(";")[0]
        self._socket = await websockets.connect(
            f"ws://{base}/ws/kiosk/1", additional_headers={"Cookie": cookie}, proxy=None
        )
        self._reading = asyncio.create_task(self._read(), name="eyes")
        await self.until(bool)

    async def _read(self) -> None:
        try:
            async for raw in self._socket:
                frame = json.loads(raw)
                async with self._changed:
                    if frame["type"] == "snapshot":
                        self.view, self.rev = frame["view"], frame["rev"]
                    elif frame["type"] == "cue":
                        self.cues.append(frame["sound"])
                    self._changed.notify_all()
        except websockets.WebSocketException:
            pass

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()
        self.view = {}

    async def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = STEP_S) -> dict[str, Any]:
        """Wait until the view is as wanted. Raises AssertionError with what it was instead."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: bool(self.view) and wanted(self.view))
        except TimeoutError:
            raise AssertionError(f"the kiosk stayed on {self.view.get('phase')}: {self.view.get('notice')}") from None
        return self.view

    async def phase(self, *names: str, seconds: float = STEP_S) -> dict[str, Any]:
        return await self.until(lambda v: v["phase"] in names, seconds)

    async def tap(self, name: str, **arguments: Any) -> None:
        self._intents += 1
        intent_id = f"t{self._intents}-{time.monotonic_ns()}"
        action = {"name": name, **arguments}
        frame = {"type": "intent", "id": intent_id, "seen_rev": self.rev, "action": action}
        await self._socket.send(json.dumps(frame))
        await self.until(lambda v: (v["last_intent"] or {}).get("id") == intent_id)
