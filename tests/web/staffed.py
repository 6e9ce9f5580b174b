"""A shop with all its staff, and one of them at the REST windows."""

from __future__ import annotations

from contextlib import asynccontextmanager

import httpx2

from paybooth.lab.serve import serve
from paybooth.web import server

from ..shop.floor import floor
from .test_api import GENEROUS
from .test_refunds import bearer, hire


@asynccontextmanager
async def staffed(path, who="Bo", **wish):
    """The desk and the client of `who` (empty: of nobody); `wish` goes to the floor."""
    async with floor(path, **wish) as desk:
        if "staff.added" not in desk.kinds():
            hire(desk)
        async with (
            serve(server.build(desk.shop, rates=GENEROUS)) as port,
            httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", trust_env=False, headers=bearer(who) if who else {}, timeout=20
            ) as client,
        ):
            yield desk, client
