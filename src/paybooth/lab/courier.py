"""Carries a wallet's notifications to the merchant, again while nobody acknowledges; forged or doubled by the menu."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import httpx2
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from .keys import foreign_key
from .models import BookOrder
from .serve import trust

WAITS_S = (0, 1, 3, 10)
"""Seconds before each try; the wallets' own go on for a day."""


class Notify(Protocol):
    """Headers and body of the notification of an order, signed by `key`, else by the wallet."""

    def __call__(self, order: BookOrder, key: RSAPrivateKey | None = None) -> tuple[dict[str, str], bytes]: ...


class Courier:
    """One wallet's. `strikes` takes a fault of the menu; `taken` tells an acknowledgement."""

    def __init__(
        self, notification: Notify, strikes: Callable[[str], object], taken: Callable[[httpx2.Response], bool]
    ) -> None:
        self._notification, self._strikes, self._taken = notification, strikes, taken
        self._outside: set[asyncio.Task[None]] = set()

    def send(self, order: BookOrder) -> None:
        """Tell the merchant that an order was paid."""
        if not order.notify_url or self._strikes("no_notification"):
            return
        if self._strikes("forged_notification"):
            self._later(order, foreign_key())
        self._later(order, None)
        if self._strikes("duplicate_notification"):
            self._later(order, None)

    def _later(self, order: BookOrder, key: RSAPrivateKey | None) -> None:
        task = asyncio.get_running_loop().create_task(self._post(order, key))
        self._outside.add(task)
        task.add_done_callback(self._outside.discard)

    async def _post(self, order: BookOrder, key: RSAPrivateKey | None) -> None:
        headers, body = self._notification(order, key)
        async with httpx2.AsyncClient(trust_env=False, timeout=5, verify=trust()) as client:
            for wait_s in WAITS_S:
                await asyncio.sleep(wait_s)
                try:
                    answer = await client.post(order.notify_url, content=body, headers=headers)
                except httpx2.HTTPError:
                    continue
                if self._taken(answer) or key is not None:
                    return

    async def aclose(self) -> None:
        """Let go of what is on its way."""
        for task in list(self._outside):
            task.cancel()
        await asyncio.gather(*self._outside, return_exceptions=True)
