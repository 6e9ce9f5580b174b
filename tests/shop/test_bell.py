"""The bell an actor waits on."""

from __future__ import annotations

import asyncio

import pytest

from paybooth.shop.bell import Bell

pytestmark = pytest.mark.anyio


async def test_rung_before_the_wait_the_wait_is_over_at_once():
    bell = Bell()
    bell.ring()
    assert await bell.wait(None)
    assert not await bell.wait(0)  # one ring, one wait


async def test_rung_while_waited_for():
    bell = Bell()
    waiting = asyncio.create_task(bell.wait(60))
    await asyncio.sleep(0)
    bell.ring()
    bell.ring()
    assert await waiting
    assert not await bell.wait(0)


async def test_nobody_rings():
    assert not await Bell().wait(0.001)


async def test_a_hushed_ring_is_forgotten():
    bell = Bell()
    bell.ring()
    bell.hush()
    assert not await bell.wait(0)


async def test_who_stops_waiting_leaves_no_timer_and_the_bell_works_on():
    bell = Bell()
    waiting = asyncio.create_task(bell.wait(60))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    bell.ring()
    assert await bell.wait(60)
